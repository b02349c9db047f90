"""The ways in which a call can fail, and the form of the answer to every failure.

Owns the promise that an error is a JSON body with an `error` field, whether this backend, its web framework
or the MCP SDK raised it, or something broke unexpectedly. The text of a CallError is shown to the caller and
must never repeat a value that the caller sent. Callers learn nothing about any other exception.
"""

import logging
from collections.abc import Mapping
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)


class CallError(Exception):
    """A failure that the caller is told about, with the HTTP status that it has."""

    status = HTTPStatus.INTERNAL_SERVER_ERROR
    headers: Mapping[str, str] = {}


class InvalidInputError(CallError):
    """What was sent has the wrong shape."""

    status = HTTPStatus.BAD_REQUEST


class NotFoundError(CallError):
    """There is no such thing in the caller's organization, whether or not there is one in another."""

    status = HTTPStatus.NOT_FOUND


class TooManyError(CallError):
    """The caller's key or organization has as much as it may have. `retry_after` is in seconds."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, text: str, retry_after: int) -> None:
        super().__init__(text)
        self.headers = {"Retry-After": str(retry_after)}


class UnavailableError(CallError):
    """A part that the call needs cannot be reached; the same call may succeed in a moment."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers: Mapping[str, str] = {"Retry-After": "1"}


class UnidentifiedError(CallError):
    """The call came without the identity that the gateway vouches for.

    This is never the key's fault, but a mistake in the deployment. So the status is 500, which alerts an
    operator, and never 401, which would make a client discard a good key.
    """


class ErrorEnvelope:
    """ASGI middleware that answers every failure of the app inside it as `{"error": TEXT}`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises only what came too late to be answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answer = _Answer(send)
        try:
            await self._app(scope, receive, answer.send)
        except Exception as error:
            if answer.started:
                raise  # too late for a body: the server cuts the connection, so that nothing looks complete
            told = (
                error
                if isinstance(error, CallError)
                else CallError("Something broke. Try again in a moment.")
            )
            if told.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                _log.exception("answered with %d", told.status)
            await JSONResponse({"error": str(told)}, told.status, told.headers)(scope, receive, send)


class _Answer:
    """What the app sends. An error without a JSON body is held back and sent as one."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._held: Message | None = None
        self._text = b""
        self.started = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            kind = Headers(raw=message["headers"]).get("content-type", "")
            if message["status"] >= HTTPStatus.BAD_REQUEST and not kind.startswith("application/json"):
                self._held = message
                return
            self.started = True
        elif self._held:
            self._text += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_held(self._held)
            return
        await self._send(message)

    async def _send_held(self, start: Message) -> None:
        text = self._text.decode(errors="replace") or HTTPStatus(start["status"]).phrase
        envelope = JSONResponse({"error": text.capitalize()}, start["status"])
        headers = MutableHeaders(raw=start["headers"])
        headers.update(envelope.headers)
        self.started = True
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": envelope.body})
