"""What the gateway does with an event for EventBridge."""

import json

import pytest

from local.services.event_bus import put_events
from local.wire.exchange import Request


def call(target: str, body: object) -> Request:
    headers = [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")]
    return Request("POST", "/", "", headers, json.dumps(body).encode(), "127.0.0.1")


def test_every_event_is_accepted_and_printed_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    entry = {"Source": "api-keys", "DetailType": "Key Created", "Detail": '{"id": "x\ny"}'}
    answer = put_events(call("AWSEvents.PutEvents", {"Entries": [entry, entry]}))
    assert answer
    assert isinstance(answer.body, bytes)
    taken = json.loads(answer.body)
    assert taken["FailedEntryCount"] == 0
    assert len({one["EventId"] for one in taken["Entries"]}) == 2
    assert capsys.readouterr().out == 'EventBridge: api-keys: Key Created: {"id": "xy"}\n' * 2


def test_another_call_is_not_handled() -> None:
    assert put_events(call("AWSEvents.PutRule", {})) is None
