"""Lambda authorizers: who may call a method.

Owns the steps from a request to a decision: identity sources, the call of the function, and the rules for its
answer. Answers are never cached. Must never let a call through that it does not understand.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.api.guards.policy import Decision, MalformedPolicyError, evaluate
from local.api.request.call import Call
from local.api.request.event import authorizer_event
from local.api.responses.gateway_responses import GatewayError
from local.functions.functions import Functions
from local.functions.sandbox import FunctionError
from local.template.function import invoked_function
from local.template.parameters import text

_DEFAULT_TTL = 300

#: Why an authorizer cannot be asked.
UNKNOWN_FUNCTION = "its authorizer is not a function of this template that runs here"


@dataclass(frozen=True)
class Verdict:
    """An authorizer's answer: its decision, and what becomes `requestContext.authorizer`.

    `usage_key` is the caller's API key, where the authorizer knows it.
    """

    decision: Decision
    context: dict[str, Any]
    usage_key: str | None = None


class Authorizer:
    """One Lambda authorizer, by its security scheme in the OpenAPI body."""

    def __init__(self, scheme: Mapping[str, Any]) -> None:
        settings: Mapping[str, Any] = scheme["x-amazon-apigateway-authorizer"]
        self.ttl = int(settings.get("authorizerResultTtlInSeconds", _DEFAULT_TTL))
        self.function = invoked_function(settings["authorizerUri"])
        self._is_token = settings["type"].lower() == "token"
        self._token_pattern = re.compile(settings.get("identityValidationExpression") or ".*")
        source = f"method.request.header.{scheme['name']}" if self._is_token else ""
        sources = settings.get("identitySource", source).split(",")
        self._sources = [source.strip() for source in sources if source.strip()]

    async def authorize(self, call: Call, functions: Functions) -> Verdict:
        """Ask the function. Raises GatewayError unless it gives an answer that can be used."""
        identities = [call.parameter(source) or "" for source in self._sources]
        if not all(identities):
            raise GatewayError("UNAUTHORIZED")
        if not self._is_token:
            event = authorizer_event(call)
        elif self._token_pattern.fullmatch(identities[0]):
            event = {"type": "TOKEN", "methodArn": call.method_arn, "authorizationToken": identities[0]}
        else:
            raise GatewayError("UNAUTHORIZED")
        if not functions.has_handler(self.function):
            raise GatewayError("AUTHORIZER_CONFIGURATION_ERROR", reason=UNKNOWN_FUNCTION)
        started = time.monotonic()
        try:
            answer = await functions.invoke(self.function, json.dumps(event).encode())
        except FunctionError as error:
            if error.report["errorMessage"] == "Unauthorized":
                raise GatewayError("UNAUTHORIZED") from None
            functions.print_error(self.function, error)
            raise GatewayError("AUTHORIZER_FAILURE") from None
        latency = int((time.monotonic() - started) * 1000)
        return _verdict(json.loads(answer), call.method_arn, latency)


def _verdict(answer: object, arn: str, latency: int) -> Verdict:
    """Read what the function returned.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("principalId"), str):
        raise _unusable("it has no principalId")
    context = answer.get("context") or {}
    if not isinstance(context, Mapping) or not all(
        isinstance(value, str | int | float) for value in context.values()
    ):
        raise _unusable("its context holds something other than strings, numbers and booleans")
    try:
        decision = evaluate(answer.get("policyDocument"), arn)
    except MalformedPolicyError:
        raise _unusable("its policyDocument is not a policy, or has elements that are not imitated") from None
    texts = {name: text(value) for name, value in context.items()}
    known = texts | {"principalId": answer["principalId"], "integrationLatency": latency}
    usage_key = answer.get("usageIdentifierKey")
    return Verdict(decision, known, usage_key if isinstance(usage_key, str) else None)


def _unusable(why: str) -> GatewayError:
    return GatewayError(
        "AUTHORIZER_CONFIGURATION_ERROR", reason=f"the authorizer's answer cannot be used: {why}"
    )
