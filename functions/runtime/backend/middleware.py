"""ASGI middleware that checks a request before a call's own code does.

Owns the refusal of parts that no call would read, and gives headers that can be written in several ways one
form. Must never repeat what was sent: it may be a misplaced secret.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.errors import InvalidInputError
from backend.input import BODY_BYTES, refuse_duplicates


class WithoutQuery:
    """For calls that read nothing from the query: a parameter is refused, not overlooked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises InvalidInputError."""
        if scope["query_string"]:
            raise InvalidInputError("This call takes no parameters in the query.")
        await self._app(scope, receive, send)


class WithoutBody:
    """For calls that read no body: one is refused, not overlooked."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises InvalidInputError."""
        more = True
        while more:
            message = await receive()
            if message.get("body"):
                raise InvalidInputError("This call takes no body.")
            more = message.get("more_body", False)
        await self._app(scope, receive, send)


class WithoutDuplicates:
    """For JSON that a library reads: a duplicate member is refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises InvalidInputError."""
        messages: list[Message] = []
        body, more = b"", True
        # Longer bodies are refused later, and so is invalid JSON.
        while more and len(body) <= BODY_BYTES:
            messages.append(await receive())
            body += messages[-1].get("body", b"")
            more = messages[-1].get("more_body", False)
        refuse_duplicates(body)
        again = iter(messages)

        async def receive_again() -> Message:
            return next(again, None) or await receive()

        await self._app(scope, receive_again, send)


class OneLineEach:
    """For code that reads only the first line of `Accept`, and only a lower-case `application/json`.

    https://www.rfc-editor.org/rfc/rfc9110#section-5.3
    https://www.rfc-editor.org/rfc/rfc9110#section-8.3.1
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        sent = Headers(scope=scope)
        headers = MutableHeaders(raw=list(scope["headers"]))
        for name in {"accept", "content-type"} & set(sent.keys()):
            headers[name] = ", ".join(sent.getlist(name)).lower()
        await self._app({**scope, "headers": headers.raw}, receive, send)
