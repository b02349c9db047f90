"""The gateway's own answers, for calls that never reached a backend, or whose backend failed.

Owns the types of gateway responses and their rendering from the OpenAPI body. Templates only substitute
variables, as in API Gateway: `$context.*`, `$stageVariables.*` and `$method.request.*`. A variable without a
value becomes an empty string.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-parameter-mapping-sources.html
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from local.wire.exchange import Response

# Type → its default status, its message, and what `x-amzn-ErrorType` says. The messages of the two of
# authorizers are null. (unproven) the last word of AUTHORIZER_FAILURE and REQUEST_TOO_LARGE.
_DEFAULTS: dict[str, tuple[int, str | None, str]] = {
    "ACCESS_DENIED": (403, "User is not authorized to access this resource", "AccessDeniedException"),
    "API_CONFIGURATION_ERROR": (500, "Internal server error", "InternalServerErrorException"),
    "AUTHORIZER_CONFIGURATION_ERROR": (500, None, "AuthorizerConfigurationException"),
    "AUTHORIZER_FAILURE": (500, None, "AuthorizerFailureException"),
    "BAD_REQUEST_BODY": (400, "Invalid request body", "BadRequestException"),
    "BAD_REQUEST_PARAMETERS": (400, "Missing required request parameters", "BadRequestException"),
    "DEFAULT_4XX": (400, "Bad Request", "BadRequestException"),
    "DEFAULT_5XX": (502, "Internal server error", "InternalServerErrorException"),
    "INTEGRATION_FAILURE": (504, "Network error communicating with endpoint", "InternalServerErrorException"),
    "INTEGRATION_TIMEOUT": (504, "Endpoint request timed out", "InternalServerErrorException"),
    "INVALID_API_KEY": (403, "Forbidden", "ForbiddenException"),
    "MISSING_AUTHENTICATION_TOKEN": (
        403,
        "Missing Authentication Token",
        "MissingAuthenticationTokenException",
    ),
    "QUOTA_EXCEEDED": (429, "Limit Exceeded", "LimitExceededException"),
    "REQUEST_TOO_LARGE": (413, "Request Too Long", "RequestTooLargeException"),
    "THROTTLED": (429, "Too Many Requests", "TooManyRequestsException"),
    "UNAUTHORIZED": (401, "Unauthorized", "UnauthorizedException"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "Unsupported Media Type", "BadRequestException"),
}

_TEMPLATE = '{"message":$context.error.messageString}'
_VARIABLE = re.compile(
    r"\$((?:context|stageVariables|method\.request\.(?:header|path|querystring))(?:\.[A-Za-z_][\w-]*)+)"
)
_HEADER = "gatewayresponse.header."

#: The value of an expression such as `method.request.header.NAME`.
Parameter = Callable[[str], str | None]


class GatewayError(Exception):
    """The gateway answers itself. `kind` is the type of its response, and `type` the text of its header.

    `reason` is only for the developer; the client gets the message.
    """

    def __init__(self, kind: str, message: str | None = None, reason: str | None = None) -> None:
        self.kind = kind
        self.reason = reason
        self.status, self.message, self.type = _DEFAULTS[kind]
        if message:
            self.message = message


class GatewayResponses:
    """The gateway responses of one OpenAPI body."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._declared: Mapping[str, Any] = body.get("x-amazon-apigateway-gateway-responses", {})

    def render(self, error: GatewayError, parameter: Parameter) -> Response:
        """The response to `error`; `parameter` knows all of the request but `context.error`."""
        # One that is declared takes nothing from the default of its class, its status neither.
        fallback = f"DEFAULT_{error.status // 100}XX"
        own: Mapping[str, Any] = self._declared.get(error.kind, self._declared.get(fallback, {}))
        told = {
            "context.error.message": error.message,
            "context.error.messageString": json.dumps(error.message),
            "context.error.responseType": error.kind,
        }

        def value(expression: str) -> str | None:
            return told[expression] if expression in told else parameter(expression)

        templates = own.get("responseTemplates") or {"application/json": _TEMPLATE}
        media_type = "application/json" if "application/json" in templates else next(iter(templates))
        headers = [("Content-Type", media_type), ("x-amzn-ErrorType", error.type)]
        for name, source in own.get("responseParameters", {}).items():
            if name.startswith(_HEADER):
                headers.append((name.removeprefix(_HEADER), _one_line(value(source) or "")))
        return Response(
            status=int(own.get("statusCode") or error.status),
            headers=headers,
            body=substitute(templates[media_type], value).encode(),
        )


def _one_line(value: str) -> str:
    return re.sub(r"[\r\n]", "", value)


def substitute(template: str, parameter: Parameter, absent: str = "") -> str:
    """`template` with each variable replaced; `absent` takes the place of one without a value."""
    return _VARIABLE.sub(lambda match: parameter(match[1]) or absent, template)
