"""Lambda authorizers: who may call a method.

Owns the way from a request to a decision: identity sources, the call of the function, and its answer's rules.
Answers are never cached. Must never let through a call that it does not understand.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.event import authorizer_event, method_arn
from local.exchange import Request
from local.gateway_responses import GatewayError
from local.intrinsics import text
from local.policy import Decision, MalformedPolicyError, evaluate
from local.routes import Match
from local.template import Api
from local.workers import Functions

_DEFAULT_TTL = 300


@dataclass(frozen=True)
class Verdict:
    """An authorizer's answer: its decision, and what becomes `requestContext.authorizer`."""

    decision: Decision
    context: dict[str, Any]


class Authorizer:
    """One Lambda authorizer, by its security scheme in the OpenAPI body."""

    def __init__(self, scheme: Mapping[str, Any], function: str) -> None:
        settings: Mapping[str, Any] = scheme["x-amazon-apigateway-authorizer"]
        self.function = function
        self.ttl = int(settings.get("authorizerResultTtlInSeconds", _DEFAULT_TTL))
        self._is_token = settings["type"].lower() == "token"
        self._token_pattern = settings.get("identityValidationExpression", ".*")
        source = f"method.request.header.{scheme['name']}" if self._is_token else ""
        sources = settings.get("identitySource", source).split(",")
        self._sources = [source.strip() for source in sources if source.strip()]

    async def authorize(
        self, request: Request, match: Match, api: Api, context: Mapping[str, Any], functions: Functions
    ) -> Verdict:
        """Ask the function. Raises GatewayError unless it gives an answer that can be used."""
        identities = [self._identity(source, request, api, context) for source in self._sources]
        if not all(identities):
            raise GatewayError("UNAUTHORIZED")
        arn = method_arn(api, request)
        if self._is_token:
            token = str(identities[0])
            if not re.fullmatch(self._token_pattern, token):
                raise GatewayError("UNAUTHORIZED")
            event = {"type": "TOKEN", "methodArn": arn, "authorizationToken": token}
        else:
            event = authorizer_event(request, match, api, context, arn)
        started = time.monotonic()
        outcome = await functions.invoke(self.function, json.dumps(event).encode())
        latency = int((time.monotonic() - started) * 1000)
        if outcome.is_error:
            report = outcome.error()
            if report["errorMessage"] == "Unauthorized":
                raise GatewayError("UNAUTHORIZED")
            functions.print_error(self.function, report)
            raise GatewayError("AUTHORIZER_FAILURE")
        return _verdict(json.loads(outcome.payload), arn, latency)

    @staticmethod
    def _identity(source: str, request: Request, api: Api, context: Mapping[str, Any]) -> object:
        """The value of one identity source; nothing when it is missing."""
        match source.split("."):
            case ["method", "request", "header", *name]:
                return request.header(".".join(name))
            case ["method", "request", "querystring", *name]:
                return dict(request.parameters).get(".".join(name))
            case ["stageVariables", name]:
                return api.variables.get(name)
            case ["context", *names]:
                value: Any = context
                for name in names:
                    value = value.get(name) if isinstance(value, Mapping) else None
                return value
        return None


def _verdict(answer: object, arn: str, latency: int) -> Verdict:
    """Read what the function returned.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("principalId"), str):
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR")
    context = answer.get("context") or {}
    if not isinstance(context, Mapping) or not all(
        isinstance(value, str | int | float) for value in context.values()
    ):
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR")
    try:
        decision = evaluate(answer.get("policyDocument"), arn)
    except MalformedPolicyError:
        raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR") from None
    texts = {name: text(value) for name, value in context.items()}
    return Verdict(decision, texts | {"principalId": answer["principalId"], "integrationLatency": latency})
