"""An event on EventBridge."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from apikeys.errors import UnavailableError
from apikeys.history.event import Event, Type
from operation.bus import DETAIL_TYPES, SOURCE, Bus


def event(kind: Type = "changed") -> Event:
    return Event(
        key_id="key_ExampleKey01",
        organization_id="org_example",
        type=kind,
        at="2026-11-24T09:30:00.000Z",
        by="user_42",
        by_name="Ada",
        address="203.0.113.7",
        request_id="x",
        changes={"name": {"from": "a", "to": "Größe"}},
    )


def put(told: Event, failed: int = 0) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    def put_events(Entries: list[dict[str, Any]]) -> dict[str, int]:  # noqa: N803 - as boto3 has it
        sent.extend(Entries)
        return {"FailedEntryCount": failed}

    Bus(put_events, "platform").put(told)
    return sent


def test_an_event_has_one_source_a_type_and_the_record_as_its_detail() -> None:
    [entry] = put(event())
    assert json.loads(entry.pop("Detail")) == event().record()
    assert entry == {
        "EventBusName": "platform",
        "Source": SOURCE,
        "DetailType": "Key Changed",
        "Time": "2026-11-24T09:30:00.000Z",
    }


@pytest.mark.parametrize("kind", DETAIL_TYPES)
def test_each_type_of_event_has_its_own_detail_type(kind: Type) -> None:
    assert put(event(kind))[0]["DetailType"] == DETAIL_TYPES[kind]
    assert set(DETAIL_TYPES.values()) == {
        *(
            "Key Created",
            "Key Changed",
            "Key Rotated",
            "Key Revoked",
            "Key Leaked",
            "Key Used For The First Time",
        ),
    }


def test_an_unreachable_bus_is_the_same_error() -> None:
    def put_events(**_: Any) -> dict[str, int]:
        raise EndpointConnectionError(endpoint_url="https://events.example")

    with pytest.raises(UnavailableError):
        Bus(put_events, "platform").put(event())


def test_an_event_that_the_bus_did_not_accept_is_an_error() -> None:
    with pytest.raises(UnavailableError):
        put(event(), failed=1)
