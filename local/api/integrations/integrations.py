"""The integration of a method: which kind it is, and what the client gets when it fails.

Owns the kinds that are imitated, and how their errors become the gateway's.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

import asyncio
import sys

from local.api.integrations import http_proxy, lambda_proxy, web_app
from local.api.integrations.mappings import MisconfiguredError
from local.api.integrations.mock import Mock
from local.api.request.call import Call
from local.api.request.routes import Route
from local.api.responses.gateway_responses import GatewayError
from local.functions.functions import Functions, PayloadTooLargeError
from local.functions.sandbox import FunctionError
from local.template.function import invoked_function
from local.template.rest_api import Api
from local.wire.exchange import Response
from local.wire.forward import Forwarder, UpstreamError

_TIMEOUT_MS = 29_000


class Integrations:
    """The integrations of one API, with the functions and upstreams behind them."""

    def __init__(self, api: Api, functions: Functions, forwarder: Forwarder) -> None:
        self._api = api
        self._functions = functions
        self._forwarder = forwarder

    async def run(self, call: Call) -> Response:
        """The backend's response. Raises GatewayError."""
        if problem := self.problem(call.match.route):
            raise GatewayError("API_CONFIGURATION_ERROR", reason=problem)
        return Mock.of(call.match.route.integration).response or await self._ask_backend(call)

    async def _ask_backend(self, call: Call) -> Response:
        integration = call.match.route.integration
        seconds = int(integration.get("timeoutInMillis", _TIMEOUT_MS)) / 1000
        name = invoked_function(self._api.with_variables(str(integration.get("uri"))))
        try:
            match str(integration.get("type")).lower():
                case "http_proxy":
                    return await http_proxy.run(call, self._forwarder, seconds)
                case "aws_proxy" if self._functions.is_web_app(name):
                    return await web_app.run(name, call, self._functions, self._forwarder, seconds)
                case "aws_proxy" if self._functions.has_handler(name):
                    async with asyncio.timeout(seconds):
                        return await lambda_proxy.run(name, call, self._functions)
        except TimeoutError:
            raise GatewayError("INTEGRATION_TIMEOUT") from None
        except UpstreamError as error:
            print(error, file=sys.stderr)
            # A process that dies is an error of the function, not of the network.
            raise GatewayError("DEFAULT_5XX" if name else "INTEGRATION_FAILURE") from None
        except MisconfiguredError as error:
            print(f"{call.request.method} {call.match.route.resource}: {error}", file=sys.stderr)
            raise GatewayError("API_CONFIGURATION_ERROR") from None
        except PayloadTooLargeError:
            raise GatewayError("REQUEST_TOO_LARGE") from None
        except FunctionError as error:
            self._functions.print_error(name, error)
            raise GatewayError("DEFAULT_5XX") from None
        raise GatewayError("API_CONFIGURATION_ERROR")

    def problem(self, route: Route) -> str | None:  # noqa: PLR0911 - a case each
        """Why a method has no answer here; None when it has one."""
        integration = route.integration
        name = invoked_function(self._api.with_variables(str(integration.get("uri"))))
        match kind := str(integration.get("type")).lower():
            case "mock":
                return Mock.of(integration).problem
            case "http_proxy" if str(integration.get("connectionType")).upper() == "VPC_LINK":
                return "its integration goes through a VPC link, which is not imitated"
            case "aws_proxy" if not name:
                return "its integration calls no Lambda function, which alone is imitated"
            case "aws_proxy" if not (self._functions.is_web_app(name) or self._functions.has_handler(name)):
                return f"its function {name} is not in the template"
            case "http_proxy" | "aws_proxy":
                return None if "uri" in integration else "its integration has no URI"
            case "none":
                return "it has no integration"
        return f"its integration of the type {kind} is not imitated"
