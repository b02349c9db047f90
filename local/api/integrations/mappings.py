"""What an integration maps from a request to its backend: `requestParameters`.

Owns the targets, and those that no API may map. Must never skip a mapping that it does not understand.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

from dataclasses import dataclass, field

from local.api.request.call import Call

#: Headers that no integration can map, and those that only Lambda proxy integrations cannot map.
#: Recorded: tests/integration/local/test_recorded.py
UNMAPPED = frozenset({"content-length", "transfer-encoding"})
UNMAPPED_TO_LAMBDA = UNMAPPED | {"authorization", "connection", "expect", "proxy-authenticate", "te"}


class MisconfiguredError(Exception):
    """The integration cannot be run as it is declared; the text says why."""


@dataclass
class Mappings:
    """The values of a request's mapped parameters by their names; None where the source has no value."""

    header: dict[str, str | None] = field(default_factory=dict)
    path: dict[str, str | None] = field(default_factory=dict)
    querystring: dict[str, str | None] = field(default_factory=dict)


def mappings(call: Call, unmapped: frozenset[str]) -> Mappings:
    """What the integration of the call maps. Raises MisconfiguredError, for a header of `unmapped` too."""
    found = Mappings()
    declared = call.match.route.integration.get("requestParameters") or {}
    for target, source in declared.items():
        match target.split(".", 3):
            case ["integration", "request", "header", name] if name.lower() in unmapped:
                raise MisconfiguredError(f"The header {name} cannot be mapped.")
            case ["integration", "request", "header", name]:
                found.header[name] = call.parameter(str(source))
            case ["integration", "request", "path", name]:
                found.path[name] = call.parameter(str(source))
            case ["integration", "request", "querystring", name]:
                found.querystring[name] = call.parameter(str(source))
            case _:
                raise MisconfiguredError(f"{target} is not a parameter of an integration.")
    return found
