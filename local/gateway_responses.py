"""What the gateway itself answers: everything that never reached a backend, or that a backend broke.

Owns the types of gateway responses and their rendering from the OpenAPI body. Templates only substitute
`$context` variables, as in API Gateway; a variable that has no value is an empty string.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from local.call import variable
from local.exchange import Response

# Type → its default status and message. The two of authorizers have none: `{"message": null}`.
_DEFAULTS: dict[str, tuple[int, str | None]] = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, None),
    "AUTHORIZER_FAILURE": (500, None),
    "DEFAULT_4XX": (400, "Bad Request"),
    "DEFAULT_5XX": (502, "Internal server error"),
    "INTEGRATION_FAILURE": (504, "Network error communicating with endpoint"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "REQUEST_TOO_LARGE": (413, "Request Too Long"),
    "UNAUTHORIZED": (401, "Unauthorized"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type"),
}

_TEMPLATE = '{"message":$context.error.messageString}'
_VARIABLE = re.compile(r"\$context((?:\.[A-Za-z_][\w-]*)+)")
_HEADER = "gatewayresponse.header."


class GatewayError(Exception):
    """The gateway answers by itself. `kind` is the type of its response."""

    def __init__(self, kind: str, message: str | None = None) -> None:
        self.kind = kind
        self.status, self.message = _DEFAULTS[kind]
        if message:
            self.message = message


class GatewayResponses:
    """The gateway responses of one OpenAPI body."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._declared: Mapping[str, Any] = body.get("x-amazon-apigateway-gateway-responses", {})

    def render(self, error: GatewayError, context: Mapping[str, Any]) -> Response:
        """The response to `error`; `context` is what `$context` stands for, without `error`."""
        fallback: Mapping[str, Any] = self._declared.get(f"DEFAULT_{error.status // 100}XX", {})
        own: Mapping[str, Any] = self._declared.get(error.kind, fallback)
        variables = {
            **context,
            "error": {
                "message": error.message,
                "messageString": json.dumps(error.message),
                "responseType": error.kind,
            },
        }
        templates = own.get("responseTemplates") or {"application/json": _TEMPLATE}
        media_type = "application/json" if "application/json" in templates else next(iter(templates))
        headers = [("Content-Type", media_type)]
        for name, source in own.get("responseParameters", {}).items():
            if name.startswith(_HEADER):
                headers.append((name.removeprefix(_HEADER), _parameter(source, variables)))
        return Response(
            status=int(own.get("statusCode") or fallback.get("statusCode") or error.status),
            headers=headers,
            body=substitute(templates[media_type], variables).encode(),
        )


def _parameter(source: str, variables: Mapping[str, Any]) -> str:
    """The value of a mapped header: a text in quotes, or a context variable."""
    value = source[1:-1] if source.startswith("'") else substitute(f"${source}", variables)
    return re.sub(r"[\r\n]", "", value)


def substitute(template: str, variables: Mapping[str, Any], absent: str = "") -> str:
    """`template` with each `$context` variable replaced; `absent` takes the place of one without a value."""
    return _VARIABLE.sub(lambda match: variable(match[1].split(".")[1:], variables) or absent, template)
