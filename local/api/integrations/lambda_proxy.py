"""Lambda proxy integrations: a function's handler answers.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import json

from local.api.request.call import Call
from local.api.request.event import binary_media_types, matches_media_type, proxy_event
from local.api.responses.proxy_response import MalformedResponseError, proxy_response
from local.functions.functions import Functions
from local.functions.sandbox import FunctionError
from local.wire.exchange import Response


async def run(name: str, call: Call, functions: Functions) -> Response:
    """The function's response. Raises FunctionError and PayloadTooLargeError."""
    result = await functions.invoke(name, json.dumps(proxy_event(call)).encode())
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
