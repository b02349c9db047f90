"""Lambda proxy integrations: a function's handler answers.

Owns what their declaration must contain, for web applications too.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import json

from local.api.integrations.mappings import UNMAPPED_TO_LAMBDA, MisconfiguredError, mappings
from local.api.request.call import Call
from local.api.request.event import binary_media_types, matches_media_type, proxy_event
from local.api.request.reception import answered_trace
from local.api.responses.proxy_response import BrokenBase64Error, MalformedResponseError, proxy_response
from local.functions.functions import Functions
from local.functions.sandbox import FunctionError
from local.wire.exchange import Response


def check(call: Call) -> None:
    """Raise MisconfiguredError for an integration that API Gateway does not run. What it maps is not used."""
    method = call.match.route.integration.get("httpMethod", "POST")
    if method != "POST":
        raise MisconfiguredError(f"Its httpMethod is {method}, and a function is invoked by POST.")
    mappings(call, UNMAPPED_TO_LAMBDA)


async def run(name: str, call: Call, functions: Functions) -> Response:
    """The function's response. Raises FunctionError, PayloadTooLargeError and MisconfiguredError."""
    check(call)
    result = await functions.invoke(name, json.dumps(proxy_event(call)).encode())
    if call.match.route.integration.get("responseTransferMode") == "STREAM":
        # Python's managed runtime returns a result as a whole, without the delimiter of a stream.
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
        raise FunctionError.of("Malformed stream", "A Python function streams by AWS Lambda Web Adapter.")
    types = binary_media_types(call.api)
    accepted = matches_media_type(call.request.header("accept") or "", types)
    try:
        response = proxy_response(json.loads(result), binary=accepted)
    except MalformedResponseError as error:
        raise FunctionError.of("Malformed Lambda proxy response", str(error)) from None
    except BrokenBase64Error:
        raise MisconfiguredError(f"The body that {name} returns is not base64, as it says.") from None
    response.headers.append(("X-Amzn-Trace-Id", answered_trace(call.request)))
    return response
