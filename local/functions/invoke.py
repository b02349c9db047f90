"""Lambda's own Invoke call, for SDKs and `aws lambda invoke --endpoint-url`.

Owns its path, headers and errors. Accepts only calls that carry an AWS signature, which is not verified:
every SDK sends one, and a web page cannot send one to another origin without a preflight.
Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

import json
import re
import uuid
from urllib.parse import unquote

from local.functions.functions import Functions, PayloadTooLargeError
from local.functions.sandbox import FunctionError, ThrottledError
from local.template.function import function_name
from local.wire.exchange import Request, Response

_PATH = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


async def invoke(request: Request, functions: Functions) -> Response | None:
    """The response to an Invoke call, or None when the request is something else."""
    path = _PATH.fullmatch(request.path)
    if request.method != "POST" or not path:
        return None
    try:
        _check_caller(request)
        return await _invoke(function_name(unquote(path[1])), request, functions)
    except _InvokeError as error:
        return error.response()


class _InvokeError(Exception):
    """The call is refused, as Lambda's API refuses it."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        self._status, self._kind, self._message = status, kind, message

    def response(self) -> Response:
        body = {"Type": "User", "Message": self._message, "message": self._message}
        return _response(self._status, json.dumps(body).encode(), ("X-Amzn-ErrorType", self._kind))


def _check_caller(request: Request) -> None:
    signature = request.header("authorization") or ""
    if request.header("origin") or not signature.startswith("AWS4-HMAC-SHA256 "):
        advice = "use an SDK or the AWS CLI, with any credentials."
        raise _InvokeError(403, "AccessDeniedException", f"Invoking a function takes a signature: {advice}")


def _event(request: Request) -> bytes:
    event = request.body or b"{}"
    try:
        json.loads(event)
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        raise _InvokeError(400, "InvalidRequestContentException", message) from None
    return event


async def _invoke(name: str, request: Request, functions: Functions) -> Response:
    if functions.is_web_app(name):
        message = f"{name} is a web application: call it through the API."
        raise _InvokeError(400, "InvalidRequestContentException", message)
    if not functions.has_handler(name):
        raise _InvokeError(404, "ResourceNotFoundException", f"Function not found: {name}")
    event = _event(request)
    try:
        match request.header("x-amz-invocation-type"):
            case "DryRun":
                return _response(204)
            case "Event":
                functions.start(name, event)
                return _response(202)
        return _response(200, await functions.invoke(name, event))
    except ThrottledError as error:
        report = error.report
        raise _InvokeError(429, report["errorType"], report["errorMessage"]) from None
    except FunctionError as error:
        return _response(200, error.payload, ("X-Amz-Function-Error", "Unhandled"))
    except PayloadTooLargeError:
        raise _InvokeError(413, "RequestTooLargeException", "The event is larger than 6 MB.") from None


def _response(status: int, body: bytes = b"", *headers: tuple[str, str]) -> Response:
    own = [
        ("Content-Type", "application/json"),
        ("X-Amzn-RequestId", str(uuid.uuid4())),
        ("X-Amz-Executed-Version", "$LATEST"),
    ]
    return Response(status, [*own, *headers], body)
