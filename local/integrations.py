"""What answers an authorized call: a function, a web application, or an HTTP upstream.

Owns the integrations of the OpenAPI body. Must never pass on a header of the client's that says who it is in
the gateway's name, nor let the client take away the gateway's own.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

import asyncio
import json
import re
import sys
import time
import uuid
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from local.call import Call
from local.event import binary_media_types, matches_media_type, proxy_event, with_forwarding
from local.exchange import Request, Response
from local.forward import Forwarder, Outgoing, UpstreamError, end_to_end
from local.functions import Functions, PayloadTooLargeError
from local.gateway_responses import GatewayError
from local.proxy_response import MalformedResponseError, proxy_response
from local.sandbox import FunctionError
from local.template import Function, invoked_function

_TIMEOUT_MS = 29_000

_PLACEHOLDER = re.compile(r"\{(\w+)\+?\}")


class Integrations:
    """The integrations of one API, with the functions and upstreams behind them."""

    def __init__(self, functions: Functions, forwarder: Forwarder) -> None:
        self._functions = functions
        self._forwarder = forwarder

    async def run(self, call: Call) -> Response:
        """The backend's response. Raises GatewayError."""
        integration = call.match.route.integration
        seconds = int(integration.get("timeoutInMillis", _TIMEOUT_MS)) / 1000
        name = invoked_function(str(integration.get("uri")))
        try:
            match str(integration.get("type")).lower():
                case "http_proxy":
                    return await self._pass_on(call, seconds)
                case "aws_proxy" if self._functions.is_web_app(name):
                    return await self._run_web_app(name, call, seconds)
                case "aws_proxy" if self._functions.has_handler(name):
                    async with asyncio.timeout(seconds):
                        return await self._invoke(name, call)
        except TimeoutError:
            raise GatewayError("INTEGRATION_TIMEOUT") from None
        except UpstreamError as error:
            print(error, file=sys.stderr)
            # A process that dies is an error of the function, not of the network.
            raise GatewayError("DEFAULT_5XX" if name else "INTEGRATION_FAILURE") from None
        except PayloadTooLargeError:
            raise GatewayError("REQUEST_TOO_LARGE") from None
        except FunctionError as error:
            self._functions.print_error(name, error)
            raise GatewayError("DEFAULT_5XX") from None
        raise GatewayError("API_CONFIGURATION_ERROR")

    async def _invoke(self, name: str, call: Call) -> Response:
        result = await self._functions.invoke(name, json.dumps(proxy_event(call)).encode())
        if call.match.route.integration.get("responseTransferMode") == "STREAM":
            # Python's managed runtime returns a result as a whole, without the delimiter of a stream.
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
            raise FunctionError.of("Malformed stream", "A Python function streams by AWS Lambda Web Adapter.")
        types = binary_media_types(call.api)
        accepted = matches_media_type(call.request.header("accept") or "", types)
        try:
            return proxy_response(json.loads(result), binary=accepted)
        except MalformedResponseError as error:
            raise FunctionError.of("Malformed Lambda proxy response", str(error)) from None

    async def _run_web_app(self, name: str, call: Call, seconds: float) -> Response:
        """Do as AWS Lambda Web Adapter does: the contexts become headers.

        Source: https://awslabs.github.io/aws-lambda-web-adapter/features/request-context.html
        """
        request = call.request
        async with AsyncExitStack() as resources:
            app = await resources.enter_async_context(self._functions.lease(name))
            contexts = {
                "x-amzn-request-context": json.dumps(call.context),
                "x-amzn-lambda-context": json.dumps(_lambda_context(app.function)),
            }
            outgoing = Outgoing(
                method=request.method,
                url=app.url + request.path + (f"?{request.query}" if request.query else ""),
                headers=_headers(request, contexts),
                body=request.body,
            )
            return await self._forwarder.send(outgoing, min(seconds, app.function.timeout), resources)

    async def _pass_on(self, call: Call, seconds: float) -> Response:
        """Send the request to an HTTP upstream, with the parameters that the integration maps."""
        request, integration = call.request, call.match.route.integration
        mapped: dict[str, dict[str, str | None]] = {"header": {}, "path": {}, "querystring": {}}
        for target, source in integration.get("requestParameters", {}).items():
            _, _, kind, name = target.split(".", 3)
            mapped[kind][name] = call.parameter(source)
        url = _PLACEHOLDER.sub(lambda found: mapped["path"].get(found[1]) or "", integration["uri"])
        query = _overwritten(request.parameters, mapped["querystring"])
        method = integration.get("httpMethod", "ANY")
        outgoing = Outgoing(
            method=request.method if method == "ANY" else method,
            url=f"{url}?{urlencode(query)}" if query else url,
            headers=_headers(request, mapped["header"] | {"host": None}),
            body=request.body,
        )
        async with AsyncExitStack() as resources:
            return await self._forwarder.send(outgoing, seconds, resources)


def _headers(request: Request, mapped: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """What the backend gets: the client's headers that are for it, with the gateway's own over them."""
    sent = replace(request, headers=end_to_end(request.headers))
    return _overwritten(with_forwarding(sent), mapped)


def _overwritten(pairs: list[tuple[str, str]], mapped: Mapping[str, str | None]) -> list[tuple[str, str]]:
    """`pairs` with the mapped ones in place of the client's, which are gone even without a new value."""
    names = {name.lower() for name in mapped}
    kept = [(name, value) for name, value in pairs if name.lower() not in names]
    return kept + [(name, value) for name, value in mapped.items() if value]


def _lambda_context(function: Function) -> dict[str, Any]:
    return {
        "request_id": str(uuid.uuid4()),
        "deadline": int((time.time() + function.timeout) * 1000),
        "invoked_function_arn": function.arn,
        "xray_trace_id": None,
        "client_context": None,
        "identity": None,
        "env_config": {
            "function_name": function.name,
            "memory": function.memory,
            "version": "$LATEST",
            "log_group": f"/aws/lambda/{function.name}",
            "log_stream": "local",
        },
    }
