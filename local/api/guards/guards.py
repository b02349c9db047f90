"""All checks before a method's integration, in the order in which a call passes them.

Resource policy, authorizers, API key, request validator: a call that fails one of them never reaches the
integration. Owns this order, and how a resource policy and an authorizer decide together. A guard that is not
imitated refuses every call.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
It is (unproven) that an API key in a header is asked for after the authorizer.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.api.guards.authorizer import UNKNOWN_FUNCTION, Authorizer
from local.api.guards.policy import Decision
from local.api.guards.resource_policy import ResourcePolicy
from local.api.guards.schemes import IAM, ApiKeyScheme, Closed, Scheme, scheme
from local.api.guards.validation import UncheckableError, Validator
from local.api.request.call import Call
from local.api.request.routes import Route
from local.api.responses.gateway_responses import GatewayError
from local.functions.functions import Functions
from local.services.usage_plans import NotAdmittedError, UsagePlans
from local.template.rest_api import Api

_AUTH = "x-amazon-apigateway-auth"
_DENIED = "User is not authorized to access this resource with an explicit deny"


class Guards:
    """The guards of one API's methods."""

    def __init__(self, api: Api, routes: Iterable[Route], functions: Functions, plans: UsagePlans) -> None:
        self._api = api
        self._functions = functions
        self._plans = plans
        self._routes = list(routes)
        self._schemes: dict[str, Scheme] = {
            name: scheme(name, declared) for name, declared in _security_schemes(api.body).items()
        }
        self._policy = None if api.policy in (None, "") else ResourcePolicy(api.policy)
        self._takes_key_from_authorizer = (
            str(api.body.get("x-amazon-apigateway-api-key-source")).upper() == "AUTHORIZER"
        )
        self._validators = {
            str(route): Validator(api.body, route.path, route.method) for route in self._routes
        }

    async def check(self, call: Call) -> None:
        """Let a call pass, or raise GatewayError."""
        route = call.match.route
        validator = self._validators[str(route)]
        if problem := route.problem or validator.problem:
            raise GatewayError("API_CONFIGURATION_ERROR", reason=problem)
        by_policy = self._policy.decide(call.request, call.method_arn) if self._policy else Decision.ALLOW
        if by_policy is Decision.EXPLICIT_DENY:
            raise _denied_by_policy(call, "with an explicit deny")
        guards = list(self._of(route))
        for one in guards:
            if isinstance(one, Closed):
                raise one.refusal(call.request)
        authorizers = [one for one in guards if isinstance(one, Authorizer)]
        usage_key = None if self._takes_key_from_authorizer else call.request.header("x-api-key")
        for one in authorizers:
            verdict = await one.authorize(call, self._functions)
            call.context["authorizer"] = verdict.context
            self._judge(verdict.decision, by_policy)
            usage_key = verdict.usage_key if self._takes_key_from_authorizer else usage_key
        if not authorizers and by_policy is not Decision.ALLOW:
            raise _denied_by_policy(call, "because no resource-based policy allows it")
        if any(isinstance(one, ApiKeyScheme) for one in guards):
            self._check_key(call, usage_key)
        try:
            validator.check(call)
        except UncheckableError as error:
            raise GatewayError("API_CONFIGURATION_ERROR", reason=str(error)) from None

    def _judge(self, by_authorizer: Decision, by_policy: Decision) -> None:
        """Whether an authorizer and a resource policy that denies nothing allow a call together."""
        if by_authorizer is Decision.EXPLICIT_DENY:
            raise GatewayError("ACCESS_DENIED", _DENIED)
        # What one of them is silent about, the other may allow.
        is_allowed_by_policy = self._policy is not None and by_policy is Decision.ALLOW
        if by_authorizer is not Decision.ALLOW and not is_allowed_by_policy:
            raise GatewayError("ACCESS_DENIED")

    def _check_key(self, call: Call, value: str | None) -> None:
        try:
            name = self._plans.admit(self._api.keys, value)
        except NotAdmittedError as error:
            raise GatewayError(error.kind) from None
        call.context["identity"] |= {"apiKey": value, "apiKeyId": name}

    def _of(self, route: Route) -> Iterator[Scheme]:
        """What guards a method. All of it, even where OpenAPI says that one of several is enough."""
        for entry in (self._api.body.get(_AUTH), route.method.get(_AUTH)):
            if isinstance(entry, dict) and str(entry.get("type", "NONE")).upper() != "NONE":
                yield IAM
        for name in route.security:
            yield self._schemes.get(name) or scheme(name, None)

    def warnings(self) -> Iterator[str]:
        """What is not imitated of the guards, a line for each method, scheme or statement."""
        for name, one in self._schemes.items():
            if isinstance(one, Authorizer) and one.ttl > 0:
                yield f"Authorizer {name}: its answers are not cached locally."
        yield from (f"Resource policy: {line}." for line in (self._policy.problems() if self._policy else ()))
        for route in self._routes:
            if not route.problem and (reason := self._refusal(route)):
                yield f"{route}: always refused, {reason.rstrip('.')}."
        if any(isinstance(one, ApiKeyScheme) for route in self._routes for one in self._of(route)):
            yield from self._api.keys.problems
            for name in self._api.keys.shown:
                yield f"API key {name}, made up for this run: {self._api.keys.values[name]}"

    def _refusal(self, route: Route) -> str | None:
        """Why no call of a method can pass."""
        for one in self._of(route):
            if isinstance(one, Closed):
                return one.why
            if isinstance(one, Authorizer) and not self._functions.has_handler(one.function):
                return UNKNOWN_FUNCTION
        return self._validators[str(route)].problem


def _security_schemes(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schemes of OpenAPI 3, or those of Swagger 2."""
    schemes: Mapping[str, Any] = body.get("components", {}).get("securitySchemes", {})
    return schemes or body.get("securityDefinitions", {})


def _denied_by_policy(call: Call, why: str) -> GatewayError:
    action = "perform: execute-api:Invoke on resource"
    message = f"User: anonymous is not authorized to {action}: {call.method_arn} {why}"
    return GatewayError("ACCESS_DENIED", message, reason="refused by the API's resource policy")
