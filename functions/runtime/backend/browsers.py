"""Calls from web pages: which origins may make them, and what they may send and read.

Owns the answer to a preflight, which has no key. A page gives its key itself, in a header, so no cookie or
other credential of the browser is ever allowed.
https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from collections.abc import Sequence

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import NotFoundError

_SENT = ("authorization", "x-api-key", "mcp-protocol-version", "mcp-session-id", "last-event-id")


def browsers(origins: Sequence[str]) -> list[Middleware]:
    """The middleware for an app that pages of `origins` may call."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=("GET", "POST", "DELETE"),
        allow_headers=_SENT,
        expose_headers=("Retry-After",),
    )
    return [cors, Middleware(_PreflightsAlone)]


class _PreflightsAlone:
    """ASGI middleware that refuses an OPTIONS call that is not a preflight.

    The gateway lets every OPTIONS call through, without a key. The app would take a call without a caller for
    a mistake in the deployment.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises NotFoundError."""
        if scope["method"] == "OPTIONS":
            raise NotFoundError("Not found")
        await self._app(scope, receive, send)
