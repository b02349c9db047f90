"""The key that a request presents, in one of two headers.

Owns which header counts. Must never judge the key itself.
"""

import re
from collections.abc import Mapping, Sequence

_BEARER = re.compile(r"bearer +([^ ]+)", re.IGNORECASE)


def presented_key(headers: Mapping[str, Sequence[str]]) -> str | None:
    """The presented key, or None if there is none, or more than one.

    `headers` are the event's `multiValueHeaders`, whose names keep the client's case. If there is an
    `x-api-key`, only it counts, and the client may use `Authorization` for anything.
    """
    api_keys: set[str] = set()
    authorizations: set[str] = set()
    for name, values in headers.items():
        lower = name.lower()
        if lower == "x-api-key":
            api_keys.update(value.strip(" \t") for value in values)
        elif lower == "authorization":
            authorizations.update(value.strip(" \t") for value in values)
    if api_keys:
        return api_keys.pop() if len(api_keys) == 1 else None
    if len(authorizations) != 1:
        return None
    bearer = _BEARER.fullmatch(authorizations.pop())
    return bearer and bearer[1]
