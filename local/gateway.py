"""A request's way through the REST API: route, authorizer, integration, response.

Owns the order of these steps and the gateway's limits. Must never answer anything that did not pass the
method's authorizer.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any

from local.authorizer import Authorizer
from local.event import binary_media_types, matches_media_type, proxy_event, request_context
from local.exchange import Request, Response
from local.gateway_responses import GatewayError, GatewayResponses
from local.policy import Decision
from local.proxy_response import MalformedResponseError, proxy_response
from local.routes import Match, Route, Routes
from local.template import Api, function_name
from local.workers import Functions, PayloadTooLargeError

# Bytes of a body, and of the request line with all headers.
# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
BODY_LIMIT = 10 * 1024 * 1024
HEADERS_LIMIT = 10_240

_TIMEOUT_MS = 29_000

_FUNCTION = re.compile(r"/functions/(.+)/(?:response-streaming-)?invocations")


class Gateway:
    """One REST API, with the functions behind it."""

    def __init__(self, api: Api, functions: Functions) -> None:
        self._api = api
        self._functions = functions
        self._routes = Routes(api.body)
        self._responses = GatewayResponses(api.body)
        schemes = api.body.get("components", {}).get("securitySchemes", {})
        schemes = schemes or api.body.get("securityDefinitions", {})
        self._authorizers = {
            name: Authorizer(scheme, _function(scheme["x-amazon-apigateway-authorizer"]["authorizerUri"]))
            for name, scheme in schemes.items()
            if "authorizerUri" in scheme.get("x-amazon-apigateway-authorizer", {})
        }

    def warnings(self) -> list[str]:
        """What the template asks for and does not get here, a line each."""
        cached = [name for name, authorizer in self._authorizers.items() if authorizer.ttl > 0]
        lines = [f"Authorizer {name}: its answers are not cached locally." for name in cached]
        refused = {route.resource for route in self._routes if route.security and not self._authorizer(route)}
        lines += [
            f"{path}: always refused, its kind of authorizer is not imitated." for path in sorted(refused)
        ]
        return lines

    async def respond(self, request: Request) -> tuple[Response, str]:
        """The response, and the principal that the authorizer named, or `-`."""
        match = self._routes.match(request.method, request.path)
        context = request_context(request, self._api, match.route.resource if match else None)
        try:
            response = await self._route(request, match, context)
        except GatewayError as error:
            response = self._responses.render(error, context)
        response.headers.append(("x-amzn-RequestId", context["requestId"]))
        return response, context.get("authorizer", {}).get("principalId", "-")

    async def _route(self, request: Request, match: Match | None, context: dict[str, Any]) -> Response:
        _check_size(request)
        if match is None:
            raise GatewayError("MISSING_AUTHENTICATION_TOKEN")
        await self._authorize(request, match, context)
        return await self._integrate(request, match, context)

    def refusal(self, kind: str) -> Response:
        """The response to something that is no request, such as broken HTTP."""
        return self._responses.render(GatewayError(kind), {})

    def _authorizer(self, route: Route) -> Authorizer | None:
        return next((self._authorizers[name] for name in route.security if name in self._authorizers), None)

    async def _authorize(self, request: Request, match: Match, context: dict[str, Any]) -> None:
        if not match.route.security:
            return
        authorizer = self._authorizer(match.route)
        if authorizer is None:
            raise GatewayError("ACCESS_DENIED")
        verdict = await authorizer.authorize(request, match, self._api, context, self._functions)
        context["authorizer"] = verdict.context
        if verdict.decision is Decision.EXPLICIT_DENY:
            raise GatewayError(
                "ACCESS_DENIED", "User is not authorized to access this resource with an explicit deny"
            )
        if verdict.decision is not Decision.ALLOW:
            raise GatewayError("ACCESS_DENIED")

    async def _integrate(self, request: Request, match: Match, context: Mapping[str, Any]) -> Response:
        integration = match.route.integration
        kind = str(integration.get("type")).lower()
        try:
            async with asyncio.timeout(int(integration.get("timeoutInMillis", _TIMEOUT_MS)) / 1000):
                if kind == "aws_proxy":
                    return await self._invoke(_function(integration["uri"]), request, match, context)
        except TimeoutError:
            raise GatewayError("INTEGRATION_TIMEOUT") from None
        raise GatewayError("API_CONFIGURATION_ERROR")

    async def _invoke(
        self, name: str, request: Request, match: Match, context: Mapping[str, Any]
    ) -> Response:
        if name not in self._functions:
            raise GatewayError("API_CONFIGURATION_ERROR")
        event = json.dumps(proxy_event(request, match, self._api, context)).encode()
        try:
            outcome = await self._functions.invoke(name, event)
        except PayloadTooLargeError:
            raise GatewayError("REQUEST_TOO_LARGE") from None
        if outcome.is_error:
            self._functions.print_error(name, outcome.error())
            raise GatewayError("DEFAULT_5XX")
        accepted = matches_media_type(request.header("accept") or "", binary_media_types(self._api))
        try:
            return proxy_response(json.loads(outcome.payload), binary=accepted)
        except MalformedResponseError as error:
            report = {"errorType": "Malformed Lambda proxy response", "errorMessage": str(error)}
            self._functions.print_error(name, report)
            raise GatewayError("DEFAULT_5XX") from None


def _function(uri: str) -> str:
    """The logical id of the function that an integration or authorizer URI names; "" when it names none."""
    found = _FUNCTION.search(uri)
    return function_name(found[1]) if found else ""


def _check_size(request: Request) -> None:
    line = len(f"{request.method} {request.path}?{request.query} {request.protocol}")
    if line + sum(len(name) + len(value) + len(": ") for name, value in request.headers) > HEADERS_LIMIT:
        raise GatewayError("REQUEST_TOO_LARGE")
    if len(request.body) > BODY_LIMIT:
        raise GatewayError("REQUEST_TOO_LARGE")
