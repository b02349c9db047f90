"""Every runtime event in events/ does, in the backend, what its name says."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from backend.tools import TOOLS
from tests.integration.runtime.conftest import PATIENCE_S, Backend

EVENTS = Path(__file__).parents[3] / "events"

TOOL_NAMES = list(TOOLS)


def _tools_over_mcp(answer: httpx.Response) -> list[str]:
    [message] = (json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: "))
    return [tool["name"] for tool in message["result"]["tools"]]


EXPECTED: dict[str, Callable[[httpx.Response], Any]] = {
    "runtime_capabilities": lambda answer: answer.json()["organization_id"] == "org_example",
    "runtime_open_session": lambda answer: answer.json()["created_by"] == "key_ExampleKey01",
    "runtime_mcp_list_tools": lambda answer: _tools_over_mcp(answer) == TOOL_NAMES,
}


def test_every_runtime_event_is_tried() -> None:
    assert EXPECTED.keys() == {path.stem for path in EVENTS.glob("runtime_*.json")}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_event_does_what_its_name_says(backend: Backend, name: str) -> None:
    event = json.loads((EVENTS / f"{name}.json").read_text())
    # What the adapter makes of an event.
    answer = httpx.request(
        event["httpMethod"],
        backend.url + event["path"],
        headers=event["headers"] | {"x-amzn-request-context": json.dumps(event["requestContext"])},
        content=event["body"],
        timeout=PATIENCE_S,
    )
    assert answer.is_success, answer.text
    assert EXPECTED[name](answer)
