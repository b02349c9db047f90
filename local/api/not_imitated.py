"""What API Gateway does and this gateway does not, said where it concerns a template.

Owns every such line: it walks the methods at start, and prints one for each that is concerned. Whatever is
said here, the guards must be stricter for it, never more open. What concerns a function or a table is said by
`template`, which reads it.
"""

from collections.abc import Iterable, Mapping

from local.api.guards.authorizer import Authorizer
from local.api.request.routes import Route


def warnings(routes: Iterable[Route], authorizers: Mapping[str, Authorizer]) -> list[str]:
    """A line for each thing that the API asks for and does not get here. `authorizers` has the imitated."""
    cached = [name for name, authorizer in authorizers.items() if authorizer.ttl > 0]
    lines = [f"Authorizer {name}: its answers are not cached locally." for name in cached]
    refused = {
        route.resource for route in routes if route.security and not authorizers.keys() & set(route.security)
    }
    lines += [f"{path}: always refused, its kind of authorizer is not imitated." for path in sorted(refused)]
    return lines
