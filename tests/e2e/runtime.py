"""The Runtime API as a client uses it: sessions, and executions as streams of events."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import httpx

from tests.e2e.api import PATIENCE_S, TRUSTED, Api
from tests.e2e.conftest import Gateway

SESSIONS = "/api/runtime/sessions"


class Event(NamedTuple):
    """One server-sent event, its data decoded."""

    name: str
    data: dict[str, Any]


def open_session(api: Api, key: str) -> str:
    """A new session of the key's organization: its path."""
    response = api.call("POST", SESSIONS, key)
    assert response.status_code == 201, response.text
    return f"{SESSIONS}/{response.json()['id']}"


@contextmanager
def streamed(url: str, key: str, session: str, tool: str, **arguments: object) -> Iterator[Iterator[Event]]:
    """The events of an execution, as they come. Leaving the block early hangs up."""
    with httpx.Client(timeout=600, verify=TRUSTED) as client:
        request = client.build_request(
            "POST",
            f"{url}{session}/executions",
            headers={"Authorization": f"Bearer {key}", "Accept": "text/event-stream"},
            json={"tool": tool, "arguments": arguments},
        )
        with closing(client.send(request, stream=True)) as response:
            assert response.status_code == 200, response.read()
            yield _events(response.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[Event]:
    name = ""
    for line in lines:
        field, _, value = line.partition(": ")
        if field == "event":
            name = value
        elif field == "data":
            yield Event(name, json.loads(value))


def counted(events: Iterable[Event]) -> list[int]:
    """The numbers of a whole stream of `count`, which says at its end how many there were."""
    *outputs, done = events
    numbers = [event.data["count"] for event in outputs]
    assert {event.name for event in outputs} == {"output"}
    assert (done.name, done.data["total"]) == ("done", len(numbers))
    return numbers


def wait_for(gateway: Gateway, *texts: str) -> str:
    """The first line of the gateway's output with all the texts, which may not be printed yet."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        lines = (line for line in gateway.output.splitlines() if all(text in line for text in texts))
        if line := next(lines, None):
            return line
        time.sleep(0.02)
    raise AssertionError(f"never printed: {texts}")
