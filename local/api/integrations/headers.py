"""The headers that a backend over HTTP gets.

Must never pass on a client's header that looks like one of the gateway's own, and never let the client remove
one of the gateway's own.
"""

from collections.abc import Mapping

from local.wire.exchange import Request
from local.wire.forward import end_to_end


def backend_headers(request: Request, mapped: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """What the backend gets: the client's headers that are for it, with the gateway's own over them."""
    return overwritten(end_to_end(request.headers), mapped)


def overwritten(pairs: list[tuple[str, str]], mapped: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """`pairs` with the mapped ones in place of the client's, which are gone even without a new value."""
    names = {name.lower() for name in mapped}
    kept = [(name, value) for name, value in pairs if name.lower() not in names]
    return kept + [(name, value) for name, value in mapped.items() if value]
