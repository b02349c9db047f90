"""Lambda proxy integrations whose function is a web application behind AWS Lambda Web Adapter.

Works as the adapter does: the contexts become headers, and the path is resolved. Must never pass on these
headers from a client.
Sources: https://awslabs.github.io/aws-lambda-web-adapter/features/request-context.html
https://github.com/awslabs/aws-lambda-web-adapter/blob/main/src/lib.rs
"""

import json
import re
import time
import uuid
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from local.api.integrations import lambda_proxy
from local.api.integrations.headers import backend_headers
from local.api.request.call import Call
from local.api.request.reception import answered_trace
from local.api.responses.proxy_response import remapped
from local.functions.functions import Functions
from local.functions.web_apps import SECRET_HEADER
from local.template.function import Function
from local.wire.exchange import Response
from local.wire.forward import Forwarder, Outgoing, end_to_end

# Source: https://url.spec.whatwg.org/#path-percent-encode-set
_UNSAFE = re.compile(r"""[^!-~]|["#<>?`{}]""")


async def run(name: str, call: Call, functions: Functions, forwarder: Forwarder, seconds: float) -> Response:
    """The application's response, as a stream.

    Raises FunctionError, UpstreamError, TimeoutError and MisconfiguredError.
    """
    lambda_proxy.check(call)
    request = call.request
    async with AsyncExitStack() as resources:
        app = await resources.enter_async_context(functions.lease(name))
        contexts = {
            "x-amzn-request-context": json.dumps(call.context),
            "x-amzn-lambda-context": json.dumps(_lambda_context(app.function)),
            SECRET_HEADER: app.secret,
        }
        outgoing = Outgoing(
            method=request.method,
            url=app.url + resolved(request.path) + (f"?{request.query}" if request.query else ""),
            headers=backend_headers(request, contexts),
            body=request.body,
        )
        response = await forwarder.send(outgoing, min(seconds, app.function.timeout), resources)
        trace = ("X-Amzn-Trace-Id", answered_trace(request))
        return replace(response, headers=[*remapped(end_to_end(response.headers)), trace])


def resolved(path: str) -> str:
    """A path as the adapter sets it in the URL of the application.

    Dot segments are resolved, also with encoded dots, a backslash becomes a slash, and characters that are
    not allowed in a path are encoded. Nothing else changes, so `%2F` stays.
    Source: https://url.spec.whatwg.org/#path-state, by `set_path` of https://docs.rs/url
    """
    segments: list[str] = []
    *_, last = parts = re.split(r"[/\\]", re.sub(r"[\t\n\r]", "", path))[1:] or [""]
    for part in parts:
        match re.sub("%2e", ".", part, flags=re.IGNORECASE):
            case "..":
                del segments[-1:]
            case ".":
                pass
            case _:
                segments.append(_UNSAFE.sub(lambda found: quote(found[0]), part))
    if re.sub("%2e", ".", last, flags=re.IGNORECASE) in (".", ".."):
        segments.append("")
    return "/" + "/".join(segments)


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
