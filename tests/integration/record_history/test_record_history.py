"""The history is the sequence of acknowledged changes, whatever fails while it is recorded."""

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apikeys.history.store import HistoryStore
from apikeys.keys.key import Change
from apikeys.keys.store import KeyStore
from tests.acknowledged import Organization
from tests.integration.record_history.conftest import Function
from tests.keys import DIGEST

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


deeds = st.tuples(st.integers(0, 5), st.sampled_from(["use", "rotate", "revoke", "One name", "Another"]))
#: At which record a delivery begins, how many it has, at which write it breaks, and whether that was done.
faults = st.tuples(st.integers(0, 6), st.integers(1, 6), st.integers(0, 4), st.booleans())


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.tuples(st.lists(deeds, min_size=1, max_size=8), st.lists(faults, max_size=4), st.integers(1, 4)))
def test_history_is_what_was_acknowledged_in_spite_of_repetitions_and_failures(
    function: Function, store: KeyStore, history: HistoryStore, plan: Any
) -> None:
    done, broken, size = plan
    function.written()
    own = Organization(store)
    own.create()
    for number, deed in done:
        own.do(number, deed)
    records = function.written()
    # Any part of it may come at any time, and break. Then all of it comes, in order, and again from the
    # record that is told to have failed.
    for first, length, write, after in broken:
        function.break_write(write, after=after)
        if part := records[first : first + length]:
            function.deliver(part)
    for write, after in [*((write, after) for _, _, write, after in broken), *[(-1, False)] * len(records)]:
        function.heal()
        if write >= 0:
            function.break_write(write % size, after=after)
        records = records[function.deliver(records[:size]) :]
    function.heal()
    assert not records
    assert own.told(history) == sorted(own.acknowledged)


def test_a_failed_record_is_reported_and_those_before_it_are_kept(
    function: Function, store: KeyStore, history: HistoryStore
) -> None:
    function.written()
    own = Organization(store)
    for _ in range(3):
        own.create()
    records = function.written()
    function.break_write(1, after=False)
    assert function.deliver(records) == 1
    assert len(history.of_organization(own.id, None, 10, None).events) == 1
    assert function.deliver(records[1:]) == 2
    assert len(history.of_organization(own.id, None, 10, None).events) == 3


def test_only_key_changes_and_first_uses_are_delivered_and_recorded(
    function: Function, store: KeyStore, dynamodb: "DynamoDBClient", history: HistoryStore
) -> None:
    function.written()
    own = Organization(store)
    own.create()
    for _ in range(3):
        own.do(0, "use")
    for key_id in (f"ses_{uuid.uuid4().hex[:12]}", f"tic_{uuid.uuid4().hex[:12]}", f"roster:{own.id}"):
        item: Any = {"id": {"S": key_id}, "digest": {"S": DIGEST}, "organization_id": {"S": own.id}}
        dynamodb.put_item(TableName="KeyTable", Item=item)
        dynamodb.delete_item(TableName="KeyTable", Key={"id": item["id"]})
        change = {"Keys": {"id": item["id"]}, "NewImage": item, "SequenceNumber": "1"}
        assert function.deliver([{"dynamodb": change}]) == 1
    records = function.written()
    assert [record["dynamodb"]["NewImage"]["last_write"]["S"] for record in records] == [
        "change",
        "first use",
    ]
    assert function.deliver(records) == 2
    events = history.of_organization(own.id, None, 10, None).events
    assert [event["type"] for event in events] == ["first_used", "created"]


#: A key's item after somebody edited it by hand: no later try can read it.
UNREADABLE: dict[str, dict[str, Any]] = {
    "most of it gone": {"created_by": None, "about": None},
    "another type": {"organization_id": {"N": "1"}},
    "no organization": {"organization_id": {"S": ""}},
    "no time": {"created_at": {"S": "hostile-text"}},
    "larger than any event": {"about": {"M": {"name": {"S": "x" * 200_000}, "hint": {"S": "x"}}}},
    "no map": {"about": {"S": "hostile-text"}},
}


@pytest.mark.parametrize("changed", UNREADABLE.values(), ids=UNREADABLE)
def test_an_unreadable_record_is_reported_and_all_others_are_recorded(
    function: Function,
    store: KeyStore,
    history: HistoryStore,
    caplog: pytest.LogCaptureFixture,
    changed: dict[str, Any],
) -> None:
    function.written()
    own = Organization(store)
    for _ in range(3):
        own.create()
    records = function.written()
    image = records[1]["dynamodb"]["NewImage"] | {"hostile": {"S": "hostile-text"}} | changed
    records[1]["dynamodb"]["NewImage"] = {name: value for name, value in image.items() if value}
    assert function.deliver(records) == 3
    assert function.answers[-1] == {"batchItemFailures": []}
    events = history.of_organization(own.id, None, 10, None).events
    assert {event["key_id"] for event in events} == {own.keys[0].id, own.keys[2].id}
    [told] = [vars(line) for line in caplog.records if line.getMessage() == "unreadable"]
    assert told["sequence_number"] == records[1]["dynamodb"]["SequenceNumber"]
    assert told["keys"] == {"id": {"S": own.keys[1].id}}
    assert "hostile-text" not in caplog.text + str(told)
    assert DIGEST not in caplog.text + str(told)


def test_no_digest_and_no_value_of_metadata_is_in_the_history_or_the_log(
    function: Function,
    store: KeyStore,
    history: HistoryStore,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG", logger="history")
    function.written()
    own = Organization(store)
    own.create()
    change = Change("2026-11-24T09:30:00.000Z", "user_42")
    store.change(own.id, own.keys[0].id, lambda key: key.changed(change, metadata={"team": "private-value"}))
    function.deliver(function.written())
    events = history.of_organization(own.id, None, 10, None).events
    assert events[0]["changes"] == {"metadata": {"from": [], "to": ["team"]}}
    for text in (str(events), caplog.text):
        assert "private-value" not in text
        assert DIGEST.partition(":")[2] not in text
