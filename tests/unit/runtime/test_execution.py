"""A tool runs as long as someone waits for it, and its outputs reach them as they come."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any, cast

import pytest
from starlette.types import Message

from backend import execution
from backend.caller import Caller
from backend.errors import InvalidInputError
from backend.execution import Execution, ExecutionAnswer, ToolFailedError
from backend.tools import TOOLS, Arguments, Output, Tool

if TYPE_CHECKING:
    from backend.leases import Leases

pytestmark = pytest.mark.anyio

CALLER = Caller("org_a", "key_AAAAAAAAAAAA", ("runtime",))

#: For tools that answer at once, which take no lease.
NO_LEASES = cast("Leases", None)


class Client:
    """The client's end of one ASGI request: what it got, and when it hangs up."""

    def __init__(self) -> None:
        self.body = b""
        self.status = 0
        self.ended = False
        self.hung_up = asyncio.Event()
        self.got_heartbeats = asyncio.Event()

    async def receive(self) -> Message:
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")
        self.ended = message["type"] == "http.response.body" and not message.get("more_body")
        if self.body.count(b"\n: heartbeat\n\n") > 1:
            self.got_heartbeats.set()

    async def call(self, tool: str, arguments: dict[str, Any] | None = None, *, stream: bool) -> None:
        answer = ExecutionAnswer(Execution(CALLER, NO_LEASES, tool, arguments or {}), stream=stream)
        await answer({"type": "http"}, self.receive, self.send)


class Endless:
    """A tool that gives one output and then waits forever; `stopped` once it was stopped."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.stopped = False

    async def run(self, _: Caller, __: Arguments) -> AsyncGenerator[Output, None]:
        try:
            yield {"started": True}
            self.started.set()
            await asyncio.Event().wait()
        finally:
            self.stopped = True


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Endless:
    tool = Endless()
    monkeypatch.setitem(TOOLS, "endless", Tool("endless", "", Arguments, tool.run))
    return tool


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(_: Caller, __: Arguments) -> AsyncGenerator[Output, None]:
        yield {"started": True}
        raise RuntimeError("what broke")

    monkeypatch.setitem(TOOLS, "broken", Tool("broken", "", Arguments, run))


async def test_a_document_contains_all_outputs() -> None:
    client = Client()
    await client.call("count", {"to": 3, "interval_ms": 0}, stream=False)
    document = json.loads(client.body)
    assert client.status == 200
    assert document.pop("id").startswith("exec_")
    assert document == {"tool": "count", "outputs": [{"count": 1}, {"count": 2}, {"count": 3}]}


async def test_a_stream_is_one_event_for_each_output_and_done() -> None:
    client = Client()
    await client.call("count", {"to": 2, "interval_ms": 0}, stream=True)
    *outputs, done, rest = client.body.decode().split("\n\n")
    assert outputs == ['event: output\ndata: {"count": 1}', 'event: output\ndata: {"count": 2}']
    assert done.startswith("event: done\ndata: ")
    assert done.endswith('"tool": "count", "total": 2}')
    assert (rest, client.ended) == ("", True)


async def test_a_text_with_line_breaks_stays_one_event() -> None:
    client = Client()
    await client.call("echo", {"text": "a\n\nevent: done\r\n"}, stream=True)
    output = client.body.decode().split("\n\n")[0]
    assert json.loads(output.removeprefix("event: output\ndata: ")) == {"text": "a\n\nevent: done\r\n"}


@pytest.mark.usefixtures("broken")
async def test_a_tool_that_breaks_ends_its_stream_with_an_error() -> None:
    client = Client()
    await client.call("broken", stream=True)
    assert client.body.decode().split("\n\n")[1:] == [
        'event: error\ndata: {"error": "The tool failed. Try again in a moment."}',
        "",
    ]
    assert client.ended


@pytest.mark.usefixtures("broken")
async def test_a_tool_that_breaks_has_no_document() -> None:
    client = Client()
    await client.call("broken", stream=False)
    assert client.status == 500
    assert json.loads(client.body) == {"error": "The tool failed. Try again in a moment."}


@pytest.mark.parametrize("output", [{"time": object()}, {"ratio": float("nan")}, {"text": "\ud800"}])
async def test_a_tool_whose_output_json_cannot_hold_ends_its_stream_with_an_error(
    monkeypatch: pytest.MonkeyPatch, output: Output
) -> None:
    async def run(_: Caller, __: Arguments) -> AsyncGenerator[Output, None]:
        yield {"started": True}
        yield output

    monkeypatch.setitem(TOOLS, "odd", Tool("odd", "", Arguments, run))
    client = Client()
    await client.call("odd", stream=True)
    assert client.body.decode().split("\n\n") == [
        'event: output\ndata: {"started": true}',
        'event: error\ndata: {"error": "The tool failed. Try again in a moment."}',
        "",
    ]


def test_no_answer_is_silent_for_as_long_as_the_gateway_waits() -> None:
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
    assert max(execution.HEARTBEAT_SECONDS, execution.DOCUMENT_SECONDS) < 300


@pytest.mark.parametrize("stream", [True, False])
async def test_a_client_that_hangs_up_stops_the_tool(
    endless: Endless, caplog: pytest.LogCaptureFixture, *, stream: bool
) -> None:
    client = Client()
    with caplog.at_level(logging.INFO):
        call = asyncio.create_task(client.call("endless", stream=stream))
        await endless.started.wait()
        client.hung_up.set()
        await call
    assert endless.stopped
    assert not client.ended
    assert [record.getMessage() for record in caplog.records][-1:] == ["execution stopped"]


async def test_a_silent_stream_has_a_heartbeat(endless: Endless, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "HEARTBEAT_SECONDS", 0.001)
    client = Client()
    call = asyncio.create_task(client.call("endless", stream=True))
    await client.got_heartbeats.wait()
    client.hung_up.set()
    await call
    assert endless.stopped


async def test_a_document_that_takes_too_long_is_a_504_that_suggests_a_stream(
    endless: Endless, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "DOCUMENT_SECONDS", 0.001)
    client = Client()
    await client.call("endless", stream=False)
    assert client.status == 504
    assert "text/event-stream" in json.loads(client.body)["error"]
    assert endless.stopped


@pytest.mark.parametrize("stream", [True, False])
async def test_an_execution_that_outlasts_what_its_tool_announced_is_cut_off(
    endless: Endless, monkeypatch: pytest.MonkeyPatch, *, stream: bool
) -> None:
    monkeypatch.setattr(execution, "SPARE_SECONDS", 0.001)
    client = Client()
    with pytest.raises(ToolFailedError, match=r"^The tool took too long, and was stopped\.$"):
        await client.call("endless", stream=stream)
    assert endless.stopped
    assert not client.ended
    assert client.status == (200 if stream else 0)


async def test_an_unknown_tool_is_refused_without_repeating_its_name() -> None:
    with pytest.raises(InvalidInputError, match=r"^tool: is not one of echo, whoami, clock, count\.$"):
        Execution(CALLER, NO_LEASES, "sk_live_copia_secret", {})


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize(("tool", "outcome"), [("whoami", "done"), ("broken", "failed")])
async def test_every_execution_is_logged_with_its_outcome_and_never_with_its_arguments(
    tool: str, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await Client().call(tool, stream=True)
    record = caplog.records[-1]
    assert record.getMessage() == f"execution {outcome}"
    fields: dict[str, object] = record.fields  # type: ignore[attr-defined]
    assert fields.keys() == {"execution_id", "tool", "organization_id", "key_id", "outputs"}
