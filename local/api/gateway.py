"""The path of a request through the REST API: route, guards, integration, response.

Owns the order of these steps and the gateway's limits. Must never let a call reach an integration that did
not pass the method's guards.
"""

import sys
import time
from functools import partial
from typing import Any

from local.api import not_imitated
from local.api.access_log import AccessLog
from local.api.content_coding import decoded, encoded
from local.api.guards.guards import Guards
from local.api.integrations.integrations import Integrations
from local.api.request.call import Call, parameter
from local.api.request.event import request_context
from local.api.request.reception import received
from local.api.request.routes import Match, Routes
from local.api.responses.gateway_responses import GatewayError, GatewayResponses
from local.functions.functions import Functions
from local.services.usage_plans import UsagePlans
from local.template.rest_api import Api
from local.wire.exchange import Request, Response
from local.wire.forward import Forwarder

# Bytes of a body, and of the request line with all headers.
# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
BODY_LIMIT = 10 * 1024 * 1024
HEADERS_LIMIT = 10_240


class Gateway:
    """One REST API, with the functions behind it."""

    def __init__(
        self,
        api: Api,
        functions: Functions,
        forwarder: Forwarder,
        access_log: AccessLog | None,
        plans: UsagePlans | None = None,
    ) -> None:
        """`plans` are the account's usage plans; by default only those of the API."""
        self._api = api
        self._access_log = access_log
        self._integrations = Integrations(api, functions, forwarder)
        self._routes = Routes(api.body)
        self._responses = GatewayResponses(api.body)
        self._guards = Guards(api, self._routes, functions, plans or UsagePlans([api.keys], time.time))

    def warnings(self) -> list[str]:
        """What the template asks for and does not get here, a line each."""
        return list(not_imitated.warnings(self._routes, self._guards, self._integrations))

    async def respond(self, request: Request) -> tuple[Response, str]:
        """The response, and the principal that the authorizer named, or `-`."""
        sent, request = request, received(request)
        match = self._routes.match(request.method, request.path)
        resource = match.route.resource if match else None
        context = request_context(request, self._api, resource, sent.path)
        started, error_type = time.monotonic(), None
        try:
            _check_size(sent)
            response = await self._run(request, match, context)
        except GatewayError as error:
            if error.reason and match:
                print(f"{request.method} {match.route.resource}: {error.reason}", file=sys.stderr)
            known = partial(
                parameter,
                api=self._api,
                request=request,
                path_parameters=match.parameters if match else {},
                context=context,
            )
            response, error_type = self._responses.render(error, known), error.kind
        response = encoded(response, request, self._api.minimum_compression_size)
        if self._access_log:
            self._access_log.write(context, response, error_type, started)
        # Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html
        response.headers.append(("x-amzn-RequestId", context["requestId"]))
        response.headers.append(("x-amz-apigw-id", context["extendedRequestId"]))
        return response, context.get("authorizer", {}).get("principalId", "-")

    def refusal(self, kind: str) -> Response:
        """The response to bytes that are not a request, such as broken HTTP."""
        return self._responses.render(
            GatewayError(kind), lambda source: source[1:-1] if source.startswith("'") else None
        )

    async def _run(self, request: Request, match: Match | None, context: dict[str, Any]) -> Response:
        request = decoded(request, BODY_LIMIT)
        if match is None:
            raise GatewayError("MISSING_AUTHENTICATION_TOKEN")
        call = Call(self._api, request, match, context)
        await self._guards.check(call)
        return await self._integrations.run(call)


def _check_size(request: Request) -> None:
    line = len(f"{request.method} {request.path}?{request.query} {request.protocol}")
    if line + sum(len(name) + len(value) + len(": ") for name, value in request.headers) > HEADERS_LIMIT:
        raise GatewayError("REQUEST_TOO_LARGE")
    if len(request.body) > BODY_LIMIT:
        raise GatewayError("REQUEST_TOO_LARGE")
