"""The HTTP server: from a connection to a `Request`, and from a `Response` back.

Owns the connections and the log of requests. Must never log a header or a query.
"""

import re
import sys
import time
import traceback
from collections.abc import Callable

from aiohttp import web
from multidict import CIMultiDict

from local.api.gateway import BODY_LIMIT, HEADERS_LIMIT, Gateway
from local.functions.functions import Functions
from local.functions.invoke import invoke
from local.wire.exchange import Request, Response, Stream, pairs
from local.wire.forward import UpstreamError

# A key that was sent in the path by mistake does not belong in a log; no path of anyone's has a longer word.
_SECRET = re.compile(r"\w{40,}")

# A request target that is a URL: its host, and all that follows.
_ABSOLUTE = re.compile(r"(?i:https?)://(?:[^/?#@]*@)?([^/?#@]+)(.*)", re.DOTALL)


class _Protocol(web.RequestHandler):
    """One connection. Broken HTTP, and faults of the gateway, are answered like any other error."""

    refusal: Callable[[str], Response]

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - may quote a header
    ) -> web.StreamResponse:
        is_ours = status >= 500  # noqa: PLR2004 - server errors of HTTP
        if not is_ours:
            # What was no HTTP never came to be a request, which logs its own line.
            print(f"- - {status} - 0 ms", flush=True)
        if isinstance(exc, UpstreamError):
            print(exc, file=sys.stderr)
        elif is_ours and exc:
            traceback.print_exception(exc)
        if request.writer.output_size:
            raise ConnectionError("A stream broke off; so does the connection.")
        response = _whole(self.refusal("DEFAULT_5XX" if is_ours else "DEFAULT_4XX"))
        response.force_close()
        return response


class Server(web.Server):
    """aiohttp's low-level server, which keeps paths and the case of headers as they came."""

    def __init__(self, gateway: Gateway, functions: Functions) -> None:
        super().__init__(
            self._handle,
            handler_cancellation=True,
            access_log=None,
            auto_decompress=False,
            # The gateway's own limits are lower, and it answers for them itself.
            max_line_size=2 * HEADERS_LIMIT,
            max_field_size=2 * HEADERS_LIMIT,
            max_headers=HEADERS_LIMIT,
        )
        self._gateway = gateway
        self._functions = functions

    def __call__(self) -> web.RequestHandler:
        """The handler of a new connection."""
        protocol = _Protocol(self, loop=self._loop, **self._kwargs)
        protocol.refusal = self._gateway.refusal
        return protocol

    async def _handle(self, received: web.BaseRequest) -> web.StreamResponse:
        started = time.monotonic()
        status, principal = "hung up", "-"
        path = _target(received)[1].partition("?")[0]
        try:
            request = await _read(received)
            response, principal = await self._respond(request)
            status = str(response.status)
            return await _send(response, received)
        finally:
            milliseconds = int((time.monotonic() - started) * 1000)
            line = f"{received.method} {_SECRET.sub('…', path)} {status} {principal} {milliseconds} ms"
            print("".join(filter(str.isprintable, line)), flush=True)

    async def _respond(self, request: Request) -> tuple[Response, str]:
        invoked = await invoke(request, self._functions)
        return (invoked, "-") if invoked else await self._gateway.respond(request)


async def _read(received: web.BaseRequest) -> Request:
    """The whole request; of a body that is too large, just enough to see that."""
    if received.headers.get("Expect", "").lower() == "100-continue" and received.transport:
        received.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = bytearray()
    async for chunk in received.content.iter_any():
        body += chunk
        if len(body) > BODY_LIMIT:
            break
    host, target = _target(received)
    path, _, query = target.partition("?")
    headers = pairs(received.raw_headers)
    if host:
        headers = [("Host", host), *((name, value) for name, value in headers if name.lower() != "host")]
    return Request(
        method=received.method,
        path=path,
        query=query,
        headers=headers,
        body=bytes(body),
        source_ip=received.remote or "127.0.0.1",
        protocol=f"HTTP/{received.version.major}.{received.version.minor}",
    )


def _target(received: web.BaseRequest) -> tuple[str, str]:
    """The host that the request line names, if any, and the path with the query.

    Source: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
    """
    absolute = _ABSOLUTE.fullmatch(received.raw_path)
    if not absolute:
        return "", received.raw_path
    host, rest = absolute.groups()
    return host, rest if rest.startswith("/") else f"/{rest}"


def _whole(response: Response) -> web.Response:
    return web.Response(status=response.status, headers=CIMultiDict(response.headers), body=response.body)


async def _send(response: Response, received: web.BaseRequest) -> web.StreamResponse:
    if not isinstance(response.body, Stream):
        return _whole(response)
    sent = web.StreamResponse(status=response.status, headers=CIMultiDict(response.headers))
    async with response.body as chunks:
        await sent.prepare(received)
        async for chunk in chunks:
            await sent.write(chunk)
        await sent.write_eof()
    return sent
