"""Lambda proxy integrations whose function is a web application behind AWS Lambda Web Adapter.

Does as the adapter does: the contexts become headers. Must never let the client send these itself.
Source: https://awslabs.github.io/aws-lambda-web-adapter/features/request-context.html
"""

import json
import re
import time
import uuid
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from local.api.integrations.headers import backend_headers
from local.api.request.call import Call
from local.api.responses.proxy_response import remapped
from local.functions.functions import Functions
from local.template.template import Function
from local.wire.exchange import Response
from local.wire.forward import Forwarder, Outgoing


async def run(name: str, call: Call, functions: Functions, forwarder: Forwarder, seconds: float) -> Response:
    """The application's response, as a stream. Raises FunctionError, UpstreamError and TimeoutError."""
    request = call.request
    async with AsyncExitStack() as resources:
        app = await resources.enter_async_context(functions.lease(name))
        contexts = {
            "x-amzn-request-context": json.dumps(call.context),
            "x-amzn-lambda-context": json.dumps(_lambda_context(app.function)),
        }
        outgoing = Outgoing(
            method=request.method,
            url=app.url + resolved(request.path) + (f"?{request.query}" if request.query else ""),
            headers=backend_headers(request, contexts),
            body=request.body,
        )
        response = await forwarder.send(outgoing, min(seconds, app.function.timeout), resources)
        return replace(response, headers=list(remapped(response.headers)))


def resolved(path: str) -> str:
    """The path that the application gets: the adapter's URL library resolves dot segments, encoded ones too.

    Source: https://url.spec.whatwg.org/#path-state, which the library follows (Adapter.fetch_response there).
    """
    segments: list[str] = []
    *parts, last = re.split(r"[/\\]", re.sub(r"[\t\n\r]", "", path.removeprefix("/")))
    for part in (*parts, last):
        dots = re.sub("%2e", ".", part, flags=re.IGNORECASE)
        if dots == "..":
            del segments[-1:]
        elif dots != ".":
            segments.append(part)
    ends_in_dots = re.fullmatch(r"(\.|%2e){1,2}", last, re.IGNORECASE)
    return "/" + "/".join([*segments, ""] if ends_in_dots else segments)


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
