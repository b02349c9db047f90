"""One execution: a tool that runs for a caller, and the ways in which the caller gets its outputs.

Owns both forms of the answer, one JSON document or a stream of server-sent events. A tool runs only as long
as someone waits for it, and no longer than it announced.
"""

import json
import logging
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.caller import Caller
from backend.errors import CallError, InvalidInputError, UnavailableError
from backend.input import from_fields
from backend.leases import Lease, Leases
from backend.tools import TOOLS, Output

_log = logging.getLogger(__name__)

#: The gateway cuts a stream that is silent for 5 minutes, and proxies on the way may be less patient.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
HEARTBEAT_SECONDS = 15

#: A JSON document cannot show that it is still coming, so it has to be there before those 5 minutes are over.
DOCUMENT_SECONDS = 240


#: What an execution may take beyond the time that its tool announces: its own work, and a client that reads
#: slowly. Then it is cut off, lest it outlast its lease.
SPARE_SECONDS = 30


class ToolFailedError(CallError):
    """The tool broke. Its log entry says how; the caller is told only that it did."""


class Execution:
    """One run of one tool. Raises InvalidInputError, before anything runs, for a wrong name or argument."""

    def __init__(self, caller: Caller, leases: Leases, tool: str, arguments: object) -> None:
        if tool not in TOOLS:
            raise InvalidInputError(f"tool: is not one of {', '.join(TOOLS)}.")
        self.id = f"exec_{secrets.token_hex(16)}"
        self.tool = TOOLS[tool]
        self.arguments = from_fields(self.tool.arguments, arguments)
        self._caller = caller
        self._leases = leases

    @asynccontextmanager
    async def admitted(self) -> AsyncIterator[None]:
        """Its time to run, if its tool takes any among those that its key and organization may run at once.

        Raises TooManyError or UnavailableError before it begins, ToolFailedError when it takes too long.
        """
        most = self.arguments.seconds + SPARE_SECONDS
        lease = await self._lease(most) if self.arguments.seconds else None
        try:
            with anyio.fail_after(most):
                yield
        except TimeoutError:
            _log.warning("%s was cut off: tool %s takes longer than it says", self.id, self.tool.name)
            raise ToolFailedError("The tool took too long, and was stopped.") from None
        finally:
            if lease:
                with anyio.CancelScope(shield=True):
                    await self._give_back(lease)

    async def _lease(self, seconds: float) -> Lease:
        now = datetime.now(UTC)
        return await run_in_threadpool(self._leases.take, self._caller, self.id, seconds, now)

    async def _give_back(self, lease: Lease) -> None:
        try:
            await run_in_threadpool(self._leases.give_back, self._caller.organization_id, lease)
        except UnavailableError:
            _log.exception("the lease of %s stays until its time is over", self.id)

    async def outputs(self) -> AsyncGenerator[Output, None]:
        """Run the tool. Closing the generator before its end stops the tool. Raises ToolFailedError."""
        given, outcome = 0, "stopped"
        try:
            async with aclosing(self.tool.run(self._caller, self.arguments)) as run:
                async for output in run:
                    # What cannot be written must fail here: later it would cut a stream that has begun.
                    json.dumps(output, ensure_ascii=False, allow_nan=False).encode()
                    given += 1
                    yield output
            outcome = "done"
        except Exception:  # noqa: BLE001 - your own tool may break in any way
            outcome = "failed"
            _log.exception("tool %s broke in %s", self.tool.name, self.id)
            raise ToolFailedError("The tool failed. Try again in a moment.") from None
        finally:
            fields = {
                "execution_id": self.id,
                "tool": self.tool.name,
                "organization_id": self._caller.organization_id,
                "key_id": self._caller.key_id,
                "outputs": given,
            }
            _log.info("execution %s", outcome, extra={"fields": fields})


class ExecutionAnswer:
    """The ASGI app that runs an execution and answers with its outputs. A client that hangs up stops it."""

    def __init__(self, execution: Execution, *, stream: bool) -> None:
        self._execution = execution
        self._run = self._stream if stream else self._document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run and answer. Raises TooManyError or UnavailableError before anything is sent."""
        end: ASGIApp | None = None
        async with self._execution.admitted(), anyio.create_task_group() as running:
            running.start_soon(_cancel_on_disconnect, receive, running.cancel_scope)
            end = await self._run(send)
            running.cancel_scope.cancel()
        # Its lease is returned by now, so a client that reads the end can start the next execution.
        if end:
            await end(scope, receive, send)

    async def _document(self, _: Send) -> ASGIApp:
        with anyio.move_on_after(DOCUMENT_SECONDS):
            return await self._outcome()
        return JSONResponse({"error": _TOO_SLOW}, HTTPStatus.GATEWAY_TIMEOUT)

    async def _outcome(self) -> JSONResponse:
        try:
            async with aclosing(self._execution.outputs()) as run:
                return JSONResponse({**self._record(), "outputs": [output async for output in run]})
        except CallError as error:
            return JSONResponse({"error": str(error)}, error.status)

    async def _stream(self, send: Send) -> ASGIApp:
        headers = [(b"content-type", b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": headers})
        async with anyio.create_task_group() as beating:
            beating.start_soon(_heartbeats, send)
            last = await self._events(send)
            beating.cancel_scope.cancel()

        async def end(_: Scope, __: Receive, send: Send) -> None:
            await send({**last, "more_body": False})

        return end

    async def _events(self, send: Send) -> Message:
        """Send an event for each output. The last event is still to be sent."""
        given = 0
        try:
            async with aclosing(self._execution.outputs()) as run:
                async for output in run:
                    given += 1
                    await send(_event("output", output))
        except CallError as error:
            return _event("error", {"error": str(error)})
        return _event("done", {**self._record(), "total": given})

    def _record(self) -> dict[str, object]:
        return {"id": self._execution.id, "tool": self._execution.tool.name}


_TOO_SLOW = (
    f"The tool takes longer than the {DOCUMENT_SECONDS} seconds that an answer in one piece may take. "
    "Ask for a stream, with the header Accept: text/event-stream."
)


async def _cancel_on_disconnect(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


async def _heartbeats(send: Send) -> None:
    while True:
        await anyio.sleep(HEARTBEAT_SECONDS)
        await send({"type": "http.response.body", "body": b": heartbeat\n\n", "more_body": True})


def _event(name: str, data: dict[str, object]) -> Message:
    # JSON has no raw line break, which would end the event early.
    body = f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()
    return {"type": "http.response.body", "body": body, "more_body": True}
