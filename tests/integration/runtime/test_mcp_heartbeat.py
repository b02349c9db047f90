"""A client of the MCP endpoint that waits for a silent tool hears that it is still running."""

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from sse_starlette import EventSourceResponse
from starlette.types import Message

from backend.caller import Caller
from backend.leases import Leases
from backend.mcp_endpoint import McpEndpoint
from backend.table import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytestmark = pytest.mark.anyio

ARGUMENTS = {"to": 2, "interval_ms": 60_000}
CALL = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "count", "arguments": ARGUMENTS},
}


async def test_a_silent_tool_has_a_heartbeat_here_as_well(
    dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventSourceResponse, "DEFAULT_PING_INTERVAL", 0.001)
    sent: asyncio.Queue[Message] = asyncio.Queue()
    sent.put_nowait({"type": "http.request", "body": json.dumps(CALL).encode(), "more_body": False})
    pinged = asyncio.Event()

    async def send(message: Message) -> None:
        if message.get("body", b"").startswith(b": ping"):
            pinged.set()

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/mcp",
        "query_string": b"",
        "headers": [
            (b"accept", b"application/json, text/event-stream"),
            (b"content-type", b"application/json"),
        ],
        "caller": Caller("org_a", "key_AAAAAAAAAAAA", ("runtime",)),
    }
    endpoint = McpEndpoint(Leases(Table(dynamodb, "SessionTable"), 4, 4))
    call = asyncio.create_task(endpoint(scope, sent.get, send))
    await pinged.wait()
    sent.put_nowait({"type": "http.disconnect"})
    await call
