"""What the gateway itself answers: everything that never reached a backend, or that a backend broke.

Owns the types of gateway responses and their rendering from the OpenAPI body. Templates only substitute
variables, as in API Gateway: `$context.*`, `$stageVariables.*` and `$method.request.*`. One that has no value
is an empty string.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping-sources.html
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from local.wire.exchange import Response

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
_VARIABLE = re.compile(
    r"\$((?:context|stageVariables|method\.request\.(?:header|path|querystring))(?:\.[A-Za-z_][\w-]*)+)"
)
_HEADER = "gatewayresponse.header."

#: The value that an expression such as `method.request.header.NAME` stands for.
Parameter = Callable[[str], str | None]


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

    def render(self, error: GatewayError, parameter: Parameter) -> Response:
        """The response to `error`; `parameter` knows all of the request but `context.error`."""
        fallback: Mapping[str, Any] = self._declared.get(f"DEFAULT_{error.status // 100}XX", {})
        own: Mapping[str, Any] = self._declared.get(error.kind, fallback)
        told = {
            "context.error.message": error.message,
            "context.error.messageString": json.dumps(error.message),
            "context.error.responseType": error.kind,
        }

        def value(expression: str) -> str | None:
            return told[expression] if expression in told else parameter(expression)

        templates = own.get("responseTemplates") or {"application/json": _TEMPLATE}
        media_type = "application/json" if "application/json" in templates else next(iter(templates))
        headers = [("Content-Type", media_type)]
        for name, source in own.get("responseParameters", {}).items():
            if name.startswith(_HEADER):
                headers.append((name.removeprefix(_HEADER), _one_line(value(source) or "")))
        return Response(
            status=int(own.get("statusCode") or fallback.get("statusCode") or error.status),
            headers=headers,
            body=substitute(templates[media_type], value).encode(),
        )


def _one_line(value: str) -> str:
    return re.sub(r"[\r\n]", "", value)


def substitute(template: str, parameter: Parameter, absent: str = "") -> str:
    """`template` with each variable replaced; `absent` takes the place of one without a value."""
    return _VARIABLE.sub(lambda match: parameter(match[1]) or absent, template)
