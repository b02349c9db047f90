"""The app: which function answers which call.

Owns the routes. Each is inside `Identified`, and everything is inside `ErrorEnvelope`.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from pydantic import Field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.browsers import browsers
from backend.caller import Identified, Identify, caller_of
from backend.errors import ErrorEnvelope
from backend.execution import Execution, ExecutionAnswer
from backend.input import BODY_BYTES, Empty, Input, from_body
from backend.leases import Leases
from backend.middleware import OneLineEach, WithoutBody, WithoutDuplicates, WithoutQuery
from backend.sessions import SessionStore
from backend.tools import TOOLS


def create_app(
    sessions: SessionStore, leases: Leases, identify: Identify, origins: Sequence[str] = ()
) -> ASGIApp:
    """The backend, which knows its callers by `identify`, for pages of `origins` and no others."""
    runtime = RuntimeApi(sessions, leases)
    mcp = OneLineEach(WithoutDuplicates(McpWhenCalled(leases)))
    routes = [
        _runtime("/capabilities", runtime.capabilities, "GET"),
        _runtime("/sessions", runtime.open_session, "POST"),
        _runtime("/sessions/{session_id}", runtime.read_or_close_session, "GET", "DELETE"),
        _runtime("/sessions/{session_id}/executions", runtime.execute, "POST"),
        # Stateless: there is no stream to GET and no session to DELETE, for which MCP asks for a 405.
        # https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
        # API Gateway takes the path with a slash at its end for the same one.
        *(Route(path, mcp, methods=["POST"]) for path in ("/mcp", "/mcp/")),
    ]
    # A redirect would name a path without the stage that the client sees before it.
    api = Router(routes, redirect_slashes=False, middleware=[Middleware(Identified, identify)])
    middleware = [Middleware(NeverStored), Middleware(ErrorEnvelope)]
    if origins:
        # Outside the errors, so that a page can read them, and inside a second envelope for its own errors.
        middleware = [Middleware(ErrorEnvelope), *browsers(origins), *middleware]
    app = Starlette(routes=[Mount("/api", api)], middleware=middleware)
    app.router.redirect_slashes = False
    return app


def _runtime(path: str, answer: Callable[[Request], Awaitable[ASGIApp]], *methods: str) -> Route:
    """A route of the Runtime API, which reads nothing but the path and, for POST, a bounded body."""
    middleware = [Middleware(WithoutQuery)] + ([] if "POST" in methods else [Middleware(WithoutBody)])
    return Route(f"/runtime{path}", answer, methods=methods, middleware=middleware, max_body_size=BODY_BYTES)


class NeverStored:
    """ASGI middleware that keeps every answer out of every cache.

    An answer is one organization's own, which a shared cache does not see: it knows Authorization, and not
    x-api-key. https://www.rfc-editor.org/rfc/rfc9111#section-3.5
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(raw=message["headers"])["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_header)


class ExecutionRequest(Input):
    """The body of an execution."""

    tool: str
    arguments: dict[str, object] = Field(default_factory=dict)


class RuntimeApi:
    """The Runtime API's calls, each within the caller's organization and no other."""

    def __init__(self, sessions: SessionStore, leases: Leases) -> None:
        self._sessions = sessions
        self._leases = leases

    async def capabilities(self, request: Request) -> Response:
        """GET /api/runtime/capabilities: who calls, and the tools with their JSON Schemas."""
        tools = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.schema}
            for tool in TOOLS.values()
        ]
        return JSONResponse({**caller_of(request.scope).record(), "tools": tools})

    async def open_session(self, request: Request) -> Response:
        """POST /api/runtime/sessions: 201 and the session."""
        from_body(Empty, await request.body() or b"{}")
        session = await run_in_threadpool(self._sessions.open, caller_of(request.scope), _now())
        return JSONResponse(session.record(), 201)

    async def read_or_close_session(self, request: Request) -> Response:
        """GET /api/runtime/sessions/{session_id}: the session. DELETE: 204, and it is closed."""
        if request.method == "DELETE":
            await run_in_threadpool(self._sessions.close, *_named(request), _now())
            return Response(status_code=204)
        session = await run_in_threadpool(self._sessions.get, *_named(request), _now())
        return JSONResponse(session.record())

    async def execute(self, request: Request) -> ASGIApp:
        """POST /api/runtime/sessions/{session_id}/executions: the outputs, as JSON or as a stream."""
        await run_in_threadpool(self._sessions.get, *_named(request), _now())
        sent = from_body(ExecutionRequest, await request.body())
        execution = Execution(caller_of(request.scope), self._leases, sent.tool, sent.arguments)
        return ExecutionAnswer(execution, stream=_wants_stream(request))


class McpWhenCalled:
    """The MCP endpoint, imported with its first call.

    The SDK takes longer to import than all else together, and a cold start that serves the Runtime API should
    not wait for it.
    """

    def __init__(self, leases: Leases) -> None:
        self._leases = leases

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        endpoint = await run_in_threadpool(_import_mcp_endpoint)
        await endpoint(self._leases)(scope, receive, send)


def _import_mcp_endpoint() -> Callable[[Leases], ASGIApp]:
    from backend.mcp_endpoint import McpEndpoint  # noqa: PLC0415 - see McpWhenCalled

    return McpEndpoint


def _named(request: Request) -> tuple[str, str]:
    return caller_of(request.scope).organization_id, request.path_params["session_id"]


def _wants_stream(request: Request) -> bool:
    accepted = ",".join(request.headers.getlist("accept")).lower().split(",")
    return any(_names_a_stream(*map(str.strip, media.split(";"))) for media in accepted)


def _names_a_stream(media_type: str, *parameters: str) -> bool:
    # A weight of 0 says "not acceptable". https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
    is_refused = any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters)
    return media_type == "text/event-stream" and not is_refused


def _now() -> datetime:
    return datetime.now(UTC)
