"""The security schemes of an OpenAPI body, as guards of methods.

Owns what each scheme is: a Lambda authorizer, API Gateway's API key, or a scheme that is not imitated and so
refuses every call.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authorizer.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-authtype.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.api.guards.authorizer import Authorizer
from local.api.responses.gateway_responses import GatewayError
from local.template.plain_api import PROBLEM
from local.wire.exchange import Request

_SIGNATURE = "AWS4-"


class _Key:
    """A name with a dot is a value in a pattern."""

    PROBLEM = PROBLEM


class ApiKeyScheme:
    """The method asks for an API key of API Gateway's own."""


@dataclass(frozen=True)
class Closed:
    """What is not imitated. `why` is for the developer, `kind` the gateway's response."""

    why: str
    kind: str = "ACCESS_DENIED"

    def refusal(self, request: Request) -> GatewayError:
        """What a caller is told; an unsigned one the same as on AWS."""
        is_signed = (request.header("authorization") or "").startswith(_SIGNATURE)
        kind = "ACCESS_DENIED" if self is IAM and is_signed else self.kind
        return GatewayError(kind, reason=f"refused: {self.why}")


#: The method asks for a signature, which is not checked here.
IAM = Closed("it is authorized by IAM, whose signatures are not checked", "MISSING_AUTHENTICATION_TOKEN")

Scheme = Authorizer | ApiKeyScheme | Closed


def scheme(name: str, declared: Mapping[str, Any] | None) -> Scheme:  # noqa: PLR0911 - a case each
    """The guard of a security scheme; None means that the scheme is not declared."""
    match declared:
        case None if name == "api_key":
            # Bodies use SAM's name for it undeclared. (unproven) that AWS takes it so; this way it is closed.
            return ApiKeyScheme()
        case None:
            return Closed(f"its security scheme {name} is not declared")
        case {_Key.PROBLEM: problem}:
            return Closed(f"its security scheme {name} cannot be read: {problem}")
        case {"x-amazon-apigateway-authtype": str(kind)} if kind.lower() == "awssigv4":
            return IAM
        case {"x-amazon-apigateway-authorizer": {"authorizerUri": _}}:
            return _authorizer(name, declared)
        case {"x-amazon-apigateway-authorizer": _}:
            return Closed(f"its authorizer {name} is of a kind that is not imitated", "UNAUTHORIZED")
        case {"type": "apiKey", "name": str(header)} if header.lower() == "x-api-key":
            return ApiKeyScheme()
    return Closed(f"its security scheme {name} is of a kind that is not imitated")


def _authorizer(name: str, declared: Mapping[str, Any]) -> Scheme:
    try:
        return Authorizer(declared)
    except (AttributeError, LookupError, TypeError, ValueError, re.error) as error:
        return Closed(f"its authorizer {name} is not what API Gateway takes ({error})")
