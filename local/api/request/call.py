"""One call of a method: its request, its route, and what is known about it so far.

Owns the parameters of a call, by the expressions that OpenAPI extensions use for them: `method.request.*`,
`context.*`, `stageVariables.*` and quoted literals.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local.api.request.routes import Match
from local.template.names import ACCOUNT
from local.template.parameters import text
from local.template.rest_api import Api
from local.wire.exchange import Request


@dataclass(frozen=True)
class Call:
    """`context` is the event's `requestContext`; the authorizer adds its part when it has decided."""

    api: Api
    request: Request
    match: Match
    context: dict[str, Any]

    @property
    def method_arn(self) -> str:
        """The ARN of the call, which a policy's resources are matched with."""
        api, request = self.api, self.request
        stage = f"arn:aws:execute-api:{api.region}:{ACCOUNT}:{api.id}/{api.stage}"
        return f"{stage}/{request.method}{request.path}"

    def parameter(self, expression: str) -> str | None:
        """The value of `expression`; None if there is none."""
        return parameter(expression, self.api, self.request, self.match.parameters, self.context)


def parameter(
    expression: str,
    api: Api,
    request: Request,
    path_parameters: Mapping[str, str],
    context: Mapping[str, Any],
) -> str | None:
    """The value of `expression` in a request, whether or not it is for a method; None if there is none."""
    if expression.startswith("'"):
        return expression[1:-1]
    sources: dict[str, Callable[[str], str | None]] = {
        "header": request.header,
        "path": path_parameters.get,
        "querystring": dict(request.parameters).get,
    }
    match expression.split("."):
        case ["method", "request", kind, *name] if kind in sources:
            return sources[kind](".".join(name))
        case ["stageVariables", *name]:
            return api.variables.get(".".join(name))
        case ["context", *names]:
            return variable(names, context)
    return None


def variable(names: list[str], context: Mapping[str, Any]) -> str | None:
    """The context variable of these names; None when there is none."""
    value: Any = context
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return None if value is None or isinstance(value, Mapping) else text(value)
