"""All other AWS services: an endpoint on this machine, so that no call of a function leaves it.

Owns what a function's SDK reaches at AWS_ENDPOINT_URL: Lambda's Invoke, EventBridge's PutEvents, API
Gateway's calls about the keys of usage plans, and for everything else an error that names the service and the
call. Listens only on loopback.
Sources: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
https://smithy.io/2.0/aws/protocols/index.html
"""

import json
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import escape
from urllib.parse import parse_qs

from aiohttp import web
from multidict import CIMultiDict

from local.functions.functions import Functions
from local.functions.invoke import invoke
from local.services.event_bus import put_events
from local.services.gateway_keys import manage_keys
from local.services.usage_plans import UsagePlans
from local.wire.exchange import Request, Response, Stream, pairs

# 4xx, so that no SDK tries again.
_STATUS = 400
_KIND = "NotImitatedLocally"
# The scope of a signature: key, date, Region, service.
_SERVICE = re.compile(r"Credential=[^/,\s]+/\d+/[^/,\s]*/([a-z0-9-]+)/aws4_request")
_JSON_PROTOCOL = "application/x-amz-json"
_QUERY_PROTOCOL = "application/x-www-form-urlencoded"
# Of the services without either, these speak XML.
_XML_SERVICES = {"cloudfront", "route53", "s3"}


def listen() -> socket.socket:
    """Take a free port of loopback."""
    return socket.create_server(("127.0.0.1", 0))


def url(listener: socket.socket) -> str:
    """The endpoint that a listener serves."""
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


@asynccontextmanager
async def served(listener: socket.socket, functions: Functions, plans: UsagePlans) -> AsyncIterator[None]:
    """Answer on the port until the end of the block."""

    async def handle(received: web.BaseRequest) -> web.StreamResponse:
        path, _, query = received.raw_path.partition("?")
        request = Request(
            received.method, path, query, pairs(received.raw_headers), await received.read(), "127.0.0.1"
        )
        answer = (
            await invoke(request, functions)
            or put_events(request)
            or manage_keys(request, plans)
            or _refusal(request)
        )
        body = b"" if isinstance(answer.body, Stream) else answer.body
        return web.Response(status=answer.status, headers=CIMultiDict(answer.headers), body=body)

    runner = web.ServerRunner(web.Server(handle, access_log=None), shutdown_timeout=1)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()


def _refusal(request: Request) -> Response:
    """The error for a call of a service that is not here, in the form that its SDK reads."""
    found = _SERVICE.search(request.header("authorization") or "")
    service = found[1] if found else "AWS"
    kind = request.header("content-type") or ""
    target = (request.header("x-amz-target") or "").rpartition(".")[2]
    action = parse_qs(request.body.decode(errors="replace")).get("Action", [""])[0]
    call = (
        target or (action if kind.startswith(_QUERY_PROTOCOL) else "") or f"{request.method} {request.path}"
    )
    text = f"{service} is not imitated locally, and {call} did not leave this machine."
    # The session token of a function's credentials is its name.
    caller = request.header("x-amz-security-token") or "a function"
    line = f"{caller}: {text}"
    print("".join(filter(str.isprintable, line)), file=sys.stderr)
    if kind.startswith(_QUERY_PROTOCOL) or service in _XML_SERVICES:
        error = f"<Error><Type>Sender</Type><Code>{_KIND}</Code><Message>{escape(text)}</Message></Error>"
        is_query = kind.startswith(_QUERY_PROTOCOL)
        body = f"<ErrorResponse>{error}<RequestId>local</RequestId></ErrorResponse>" if is_query else error
        return Response(_STATUS, [("Content-Type", "text/xml")], body.encode())
    body = json.dumps({"__type": _KIND, "message": text})
    media_type = kind if kind.startswith(_JSON_PROTOCOL) else "application/json"
    return Response(_STATUS, [("Content-Type", media_type), ("x-amzn-ErrorType", _KIND)], body.encode())
