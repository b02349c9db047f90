"""The MCP endpoint, by the official client and by hand, in both generations of the protocol."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from backend.input import BODY_BYTES
from backend.tools import TOOLS
from tests.integration.runtime.conftest import PATIENCE_S, Backend, identity

#: With and without the handshake that the protocol had until 2025.
MODES = ["legacy", "auto"]

ACCEPT = {"Accept": "application/json, text/event-stream"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


@asynccontextmanager
async def connected(backend: Backend, mode: str, key_id: str = "key_AAAAAAAAAAAA") -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(headers=identity("org_one", key_id), timeout=PATIENCE_S) as http:
        transport = streamable_http_client(f"{backend.url}/api/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_the_client_lists_the_registrys_tools(backend: Backend, mode: str) -> None:
    async with connected(backend, mode) as client:
        listed = (await client.list_tools()).tools
    assert [(tool.name, tool.description, tool.input_schema) for tool in listed] == [
        (tool.name, tool.description, tool.schema) for tool in TOOLS.values()
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_the_client_calls_each_tool(backend: Backend, mode: str) -> None:
    calls: dict[str, dict[str, Any]] = {
        "echo": {"text": "grüezi"},
        "whoami": {},
        "clock": {},
        "count": {"to": 2, "interval_ms": 1},
    }
    assert calls.keys() == TOOLS.keys()
    async with connected(backend, mode) as client:
        results = {name: await client.call_tool(name, arguments) for name, arguments in calls.items()}
    outputs = {name: (result.structured_content or {})["outputs"] for name, result in results.items()}
    assert outputs["echo"] == [{"text": "grüezi"}]
    assert outputs["whoami"][0]["organization_id"] == "org_one"
    assert outputs["clock"][0]["time"].endswith("Z")
    assert outputs["count"] == [{"count": 1}, {"count": 2}]
    for name, result in results.items():
        assert not result.is_error
        [text] = result.content
        assert json.loads(text.text) == {"outputs": outputs[name]}  # type: ignore[union-attr]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_count_reports_its_progress(backend: Backend, mode: str) -> None:
    reported = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reported.append((progress, total, message))

    async with connected(backend, mode) as client:
        await client.call_tool("count", {"to": 3, "interval_ms": 1}, progress_callback=report)
    assert reported == [(number, 3, f'{{"count": {number}}}') for number in (1, 2, 3)]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("tool", "arguments", "text"),
    [
        ("count", {"to": 0}, "to: "),
        ("echo", {}, "text: "),
        ("whoami", {"organization_id": "org_other"}, "This takes no fields."),
        ("sudo", {}, "tool: "),
    ],
)
async def test_a_wrong_call_is_a_result_that_says_what_is_wrong(
    backend: Backend, mode: str, tool: str, arguments: dict[str, Any], text: str
) -> None:
    async with connected(backend, mode) as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert result.content[0].text.startswith(text)  # type: ignore[union-attr]


@pytest.mark.anyio
@pytest.mark.parametrize("mode", MODES)
async def test_a_client_that_hangs_up_stops_the_tool(backend: Backend, mode: str) -> None:
    key_id = f"key_HangsUp_{mode}"
    with anyio.CancelScope() as call:

        async def hang_up(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the SDK names them
            call.cancel()

        async with connected(backend, mode, key_id) as client:
            await client.call_tool("count", {"to": 6, "interval_ms": 60_000}, progress_callback=hang_up)
    assert "execution stopped" in backend.wait_for(key_id)


@pytest.mark.anyio
async def test_an_execution_over_the_bound_is_a_result_that_says_to_wait(backend: Backend) -> None:
    running = [anyio.Event() for _ in range(4)]

    async def hold(client: Client, begun: anyio.Event) -> None:
        async def report(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the SDK names them
            begun.set()

        await client.call_tool("count", {"to": 6, "interval_ms": 60_000}, progress_callback=report)

    async with connected(backend, "auto", "key_McpBounded00") as client, anyio.create_task_group() as calls:
        for begun in running:
            calls.start_soon(hold, client, begun)
        for begun in running:
            await begun.wait()
        refused = await client.call_tool("count", {"to": 2, "interval_ms": 1})
        assert refused.is_error
        assert refused.content[0].text.startswith("This key has 4 executions running")  # type: ignore[union-attr]
        assert not (await client.call_tool("clock", {})).is_error
        calls.cancel_scope.cancel()


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT"])
def test_405_for_what_a_stateless_server_does_not_have(one: httpx.Client, method: str) -> None:
    answer = one.request(method, "/api/mcp", headers={"Accept": "text/event-stream"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert answer.json() == {"error": "Method not allowed"}


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        (ACCEPT, "{", 400),
        (ACCEPT, "[]", 400),
        (ACCEPT, "{}", 400),
        (ACCEPT | {"Content-Type": "text/plain"}, json.dumps(PING), 400),
        ({"Accept": "application/json"}, json.dumps(PING), 406),
        (ACCEPT, " " * (BODY_BYTES + 1), 413),
        (ACCEPT | {"MCP-Protocol-Version": "1999-01-01"}, json.dumps(PING), 400),
        (ACCEPT | {"MCP-Protocol-Version": "2026-07-28"}, "{", 400),
        (ACCEPT | {"MCP-Protocol-Version": "2026-07-28"}, json.dumps(PING), 400),
        ({"MCP-Protocol-Version": "2026-07-28", "Accept": "text/plain"}, json.dumps(PING), 406),
    ],
)
def test_every_refusal_is_json_with_an_error(
    one: httpx.Client, headers: dict[str, str], content: str, status: int
) -> None:
    answer = one.post("/api/mcp", content=content, headers={"Content-Type": "application/json", **headers})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]


@pytest.mark.parametrize("path", ["/api/mcp", "/api/mcp/"])
@pytest.mark.parametrize("version", [{}, {"MCP-Protocol-Version": "2025-11-25"}])
def test_headers_are_read_in_any_case_and_from_every_line(
    one: httpx.Client, path: str, version: dict[str, str]
) -> None:
    headers = [
        ("Content-Type", "Application/JSON; charset=UTF-8"),
        ("Accept", "Application/JSON"),
        ("accept", "Text/Event-Stream"),
        *version.items(),
    ]
    answer = one.post(path, content=json.dumps(PING), headers=headers)
    assert answer.status_code == 200
    assert '"result"' in answer.text


def test_400_a_duplicate_member(one: httpx.Client) -> None:
    body = '{"jsonrpc": "2.0", "id": 1, "method": "ping", "method": "tools/list"}'
    answer = one.post("/api/mcp", content=body, headers=ACCEPT | {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "The body has a duplicate member. Send each member once."},
    )


@pytest.mark.parametrize("host", ["a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com", "api.example.com"])
def test_the_name_that_the_api_is_deployed_under_makes_no_difference(one: httpx.Client, host: str) -> None:
    headers = {**ACCEPT, "Host": host, "Origin": "https://app.example.com"}
    assert one.post("/api/mcp", json=PING, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"method": "a-secret" * 2000},
        {"method": ["a-secret"] * 2000},
        {"a-secret" * 2000: 1, "method": "ping"},
    ],
)
def test_what_an_error_of_the_protocol_repeats_is_bounded_and_in_no_log(
    backend: Backend, wrong: dict[str, Any]
) -> None:
    response = httpx.post(
        f"{backend.url}/api/mcp",
        json=PING | wrong,
        headers=ACCEPT | dict(identity("org_one", "key_AAAAAAAAAAAA")),
    )
    assert len(response.content) < BODY_BYTES
    assert "a-secret" not in backend.output
