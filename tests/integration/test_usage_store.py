"""The counts on a real DynamoDB API, and `last_used_at` with them."""

import uuid
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from apikeys.errors import NotFoundError, StoreUnavailableError
from apikeys.keys.key import Key
from apikeys.keys.store import KeyStore
from apikeys.usage.call import Call
from apikeys.usage.store import UsageStore
from local.template.template import Template
from tests.damaged import damaged
from tests.keys import DIGEST, made_up, revoke

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

DAY = date(2026, 11, 24)

#: This many calls of one key at once are counted by slots.
AT_ONCE = 21


@pytest.fixture
def stream() -> str:
    """A log stream that no other test writes to."""
    return uuid.uuid4().hex


@pytest.fixture
def key_id() -> str:
    return f"key_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def usage(template: Template, dynamodb: "DynamoDBClient") -> UsageStore:
    environment = template.functions["RecordUsageFunction"].environment
    return UsageStore(dynamodb, environment["USAGE_TABLE"], environment["COUNTED_TABLE"])


@pytest.fixture
def call(key_id: str) -> Callable[..., Call]:
    def make(at: str = "2026-11-24T09:30:00.000Z", status: int = 200, key: str = key_id) -> Call:
        return Call(uuid.uuid4().hex, key, "org_one", at, status)

    return make


@contextmanager
def before(client: "DynamoDBClient", operation: str, act: Callable[[], object]) -> "Iterator[None]":
    """Do something just before the next call of an operation, once."""

    def once(**_: Any) -> None:
        client.meta.events.unregister(f"before-call.dynamodb.{operation}", once)
        act()

    client.meta.events.register(f"before-call.dynamodb.{operation}", once)
    yield


@contextmanager
def noting(client: "DynamoDBClient", asked: list[str]) -> "Iterator[None]":
    """Note the name of each operation."""

    def note(model: Any, **_: Any) -> None:
        asked.append(model.name)

    client.meta.events.register("before-call.dynamodb", note)
    yield
    client.meta.events.unregister("before-call.dynamodb", note)


def items(client: "DynamoDBClient", key_id: str) -> list[dict[str, Any]]:
    """All counts of a key, as they are stored."""
    of_key = {":key": {"S": key_id}}
    found: Any = client.query(
        TableName="UsageTable", KeyConditionExpression="key_id = :key", ExpressionAttributeValues=of_key
    )["Items"]
    return list(found)


def size(item: dict[str, Any]) -> int:
    """How many bytes DynamoDB takes an item for.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name) + value_size(value) for name, value in item.items())


def value_size(value: dict[str, Any]) -> int:
    [(kind, content)] = value.items()
    if kind == "BS":
        return 3 + sum(1 + len(one) for one in content)
    return 1 if kind == "BOOL" else len(content)


def test_calls_are_counted_by_day_and_class(
    usage: UsageStore, stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    calls = [
        call(status=200),
        call(status=201),
        call(status=403),
        call(status=503),
        call("2026-11-23T23:59:59.999Z", 404),
    ]
    assert usage.count(stream, calls) == 5
    assert usage.read(key_id, date(2026, 11, 23), DAY) == {
        "2026-11-23": {"client_errors": 1},
        "2026-11-24": {"succeeded": 2, "refused": 1, "server_errors": 1},
    }


def test_days_before_and_after_are_left_out(
    usage: UsageStore, stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    usage.count(stream, [call(f"2026-11-{day}T12:00:00.000Z") for day in (22, 23, 24, 25)])
    assert usage.read(key_id, date(2026, 11, 23), DAY).keys() == {"2026-11-23", "2026-11-24"}
    assert usage.read(key_id, DAY, DAY).keys() == {"2026-11-24"}


def test_a_key_without_calls_has_no_days(usage: UsageStore, key_id: str) -> None:
    assert usage.read(key_id, DAY, DAY) == {}


def test_a_call_counts_once_however_often_it_is_delivered_and_in_any_batch(
    usage: UsageStore, stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    calls = [call() for _ in range(5)]
    assert usage.count(stream, calls[:3]) == 3
    assert usage.count(stream, calls[:3]) == 0
    assert usage.count(stream, calls[2:]) == 2
    assert usage.count(stream, calls + calls) == 0
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": 5}}


def test_the_calls_of_all_log_streams_add_up(
    usage: UsageStore, key_id: str, call: Callable[..., Call]
) -> None:
    for _ in range(20):
        usage.count(uuid.uuid4().hex, [call()])
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": 20}}


def test_more_keys_than_a_transaction_holds_are_all_counted(
    usage: UsageStore, stream: str, call: Callable[..., Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apikeys.usage.counts._EVENTS_AT_ONCE", 0)
    keys = [f"key_{uuid.uuid4().hex[:12]}" for _ in range(101)]
    calls = [call(key=key) for key in keys]
    assert usage.count(stream, calls) == 101
    assert usage.count(stream, calls) == 0
    for key in keys:
        assert usage.read(key, DAY, DAY) == {"2026-11-24": {"succeeded": 1}}


def another(dynamodb: "DynamoDBClient") -> UsageStore:
    """Another process, which knows nothing of any count."""
    return UsageStore(dynamodb, "UsageTable", "CountedTable")


def test_calls_one_by_one_cost_one_write_each_and_three_more_when_the_smallest_write_is_full(
    usage: UsageStore, dynamodb: "DynamoDBClient", stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    kinds = [200, 403, 404, 500]
    calls = [call(status=kinds[number % 4]) for number in range(181)]
    asked: list[str] = []

    def count(first: int, after: int, at_once: int) -> None:
        for number in range(first, after, at_once):
            assert usage.count(stream, calls[number : number + at_once]) == at_once

    with noting(dynamodb, asked):
        count(0, 80, 20)
        count(80, 90, 1)
        assert asked == ["UpdateItem"] * 14
        asked.clear()
        count(90, 91, 1)
        # The first try finds no room, two writes move the events, and then there is room again.
        assert asked == ["UpdateItem"] * 4
        asked.clear()
        count(91, 100, 1)
        count(100, 180, 20)
        assert asked == ["UpdateItem"] * 13
        [item] = items(dynamodb, key_id)
        assert size(item) <= 1024
        asked.clear()
        assert another(dynamodb).count(stream, calls[180:]) == 1
        # A new process learns that events were moved, reads them, and makes room.
        assert asked == ["UpdateItem", "GetItem", *["UpdateItem"] * 4]
    for store in (usage, another(dynamodb)):
        assert [store.count(stream, [one]) for one in (*calls[:2], *calls[89:91], calls[180])] == [0] * 5
        assert store.count(stream, calls) == 0
    assert usage.read(key_id, DAY, DAY)["2026-11-24"].total() == len(calls)


@pytest.fixture
def small_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counts that have room for two calls, and are full once they have moved four."""
    monkeypatch.setattr("apikeys.usage.counts._EVENTS_BESIDE", 2)
    monkeypatch.setattr("apikeys.usage.counts._MOVED_TOGETHER", 2)
    monkeypatch.setattr("apikeys.usage.counts._MOVED_AT_MOST", 4)


@pytest.mark.usefixtures("small_counts")
def test_a_count_that_has_moved_many_calls_is_full_and_goes_on_in_slots(
    usage: UsageStore, dynamodb: "DynamoDBClient", stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    calls = [call() for _ in range(9)]
    asked: list[str] = []
    for one in calls[:6]:
        assert usage.count(stream, [one]) == 1
    with noting(dynamodb, asked):
        for one in calls[6:]:
            assert usage.count(stream, [one]) == 1
    # It is tried, marked as full, and read; from then on it is known to be full.
    full = ["UpdateItem"] * 2 + ["GetItem"] * 2
    assert asked == [*full, *["GetItem", "TransactWriteItems"] * 3]
    for store in (usage, another(dynamodb)):
        assert [store.count(stream, [one]) for one in calls] == [0] * 9
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": 9}}


@pytest.mark.usefixtures("small_counts")
@pytest.mark.parametrize(
    ("earlier", "own", "others"), [(1, 2, 1), (1, 1, 2), (2, 1, 3), (3, 1, 2), (4, 2, 2), (5, 2, 3)]
)
@pytest.mark.parametrize("request_number", range(4))
def test_a_delivery_that_comes_between_any_two_requests_of_another_is_counted_once(
    usage: UsageStore,
    dynamodb: "DynamoDBClient",
    stream: str,
    key_id: str,
    call: Callable[..., Call],
    *,
    earlier: int,
    own: int,
    others: int,
    request_number: int,
) -> None:
    """What one delivery knows of the count is old by then, and the other brings one of the same calls."""
    calls = [call() for _ in range(earlier + own + others - 1)]
    for one in calls[:earlier]:
        assert usage.count(stream, [one]) == 1
    asked: list[str] = []

    def between(**_: Any) -> None:
        asked.append("")
        if len(asked) == request_number + 1:
            for one in (calls[0], *calls[-others:]):
                another(dynamodb).count(stream, [one])

    dynamodb.meta.events.register("before-call.dynamodb", between)
    try:
        usage.count(stream, calls[earlier : earlier + own])
    finally:
        dynamodb.meta.events.unregister("before-call.dynamodb", between)
    for one in calls:
        usage.count(stream, [one])
    assert another(dynamodb).count(stream, calls) == 0
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": len(calls)}}


@pytest.mark.usefixtures("small_counts")
@pytest.mark.parametrize("write", range(4))
def test_a_process_that_stops_while_it_moves_calls_leaves_each_counted_once(
    usage: UsageStore,
    dynamodb: "DynamoDBClient",
    stream: str,
    key_id: str,
    call: Callable[..., Call],
    *,
    write: int,
) -> None:
    calls = [call() for _ in range(3)]
    for one in calls[:2]:
        usage.count(stream, [one])
    asked: list[str] = []

    def stop(**_: Any) -> None:
        asked.append("")
        if len(asked) == write + 1:
            raise ConnectionResetError

    dynamodb.meta.events.register("before-call.dynamodb", stop)
    with pytest.raises(StoreUnavailableError):
        usage.count(stream, calls[2:])
    dynamodb.meta.events.unregister("before-call.dynamodb", stop)
    for one in calls:
        another(dynamodb).count(stream, [one])
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": 3}}


def test_a_deleted_count_starts_again(
    usage: UsageStore, dynamodb: "DynamoDBClient", stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    for _ in range(6):
        usage.count(stream, [call() for _ in range(18)])
    [item] = items(dynamodb, key_id)
    dynamodb.delete_item(TableName="UsageTable", Key={name: item[name] for name in ("key_id", "day_share")})
    assert usage.count(stream, [call()]) == 1
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": 1}}


def test_a_call_that_is_delivered_again_after_its_count_is_full_is_counted_once(
    usage: UsageStore, dynamodb: "DynamoDBClient", stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    calls = [call() for _ in range(3)]
    many = [call() for _ in range(AT_ONCE)]
    assert usage.count(stream, calls[:2]) == 2
    assert usage.count(stream, many) == AT_ONCE
    assert usage.count(stream, calls) == 1
    assert usage.count(stream, [*calls, *many]) == 0
    # Another process knows nothing of it: alone, a call of a slot would find room in the count.
    for one in (*calls, many[0]):
        assert another(dynamodb).count(stream, [one]) == 0
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": 3 + AT_ONCE}}


def test_a_count_without_events_goes_on_in_slots(
    usage: UsageStore, dynamodb: "DynamoDBClient", stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    # As they were until counts had any: the slot holds the event.
    first = call()
    usage.count(stream, [first, *(call() for _ in range(AT_ONCE))])
    [item] = items(dynamodb, key_id)
    del item["is_full"]
    dynamodb.put_item(TableName="UsageTable", Item=item)
    again = another(dynamodb)
    assert again.count(stream, [first]) == 0
    assert again.count(stream, [call()]) == 1
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": AT_ONCE + 2}}


@pytest.mark.parametrize("earlier", [0, AT_ONCE])
def test_a_delivery_that_overtakes_another_is_not_counted_twice(
    usage: UsageStore,
    dynamodb: "DynamoDBClient",
    stream: str,
    key_id: str,
    call: Callable[..., Call],
    *,
    earlier: int,
) -> None:
    usage.count(stream, [call() for _ in range(earlier)])
    calls = [call() for _ in range(AT_ONCE + 1)]
    with before(dynamodb, "TransactWriteItems", lambda: usage.count(stream, calls[1:])):
        assert usage.count(stream, calls) == 1
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": earlier + len(calls)}}


@pytest.mark.parametrize("sizes", [(1, 1), (3, 1), (1, 3), (AT_ONCE, 1), (1, AT_ONCE), (AT_ONCE, AT_ONCE)])
def test_a_delivery_that_overtakes_another_before_the_count_is_full_is_not_counted_twice(
    usage: UsageStore,
    dynamodb: "DynamoDBClient",
    key_id: str,
    call: Callable[..., Call],
    sizes: tuple[int, int],
) -> None:
    stream, (overtaking, overtaken) = uuid.uuid4().hex, sizes
    calls = [call() for _ in range(overtaking + overtaken)]
    other = another(dynamodb)
    # One call is in both.
    first, second = calls[: overtaken + 1], calls[overtaken:]
    with before(dynamodb, "UpdateItem", lambda: other.count(stream, second)):
        usage.count(stream, first)
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": len(calls)}}
    assert usage.count(stream, calls) == 0


def test_a_batch_that_failed_half_way_is_finished_by_its_retry(
    usage: UsageStore, dynamodb: "DynamoDBClient", stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    # Two slots are two transactions, and the second one fails.
    calls = [call(f"2026-11-24T09:30:{second}0.000Z") for second in (0, 1) for _ in range(AT_ONCE)]

    def fail() -> None:
        raise ConnectionResetError

    with before(
        dynamodb, "TransactWriteItems", lambda: before(dynamodb, "TransactWriteItems", fail).__enter__()
    ):
        with pytest.raises(StoreUnavailableError):
            usage.count(stream, calls)
        assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": AT_ONCE}}
    assert usage.count(stream, calls) == AT_ONCE
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": 2 * AT_ONCE}}


def test_a_full_slot_does_not_stop_others_from_being_counted(
    usage: UsageStore, dynamodb: "DynamoDBClient", stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    def refuse() -> None:
        error = {"Code": "ValidationException", "Message": "Item size to update has exceeded the maximum"}
        raise ClientError({"Error": error}, "TransactWriteItems")  # type: ignore[typeddict-item]

    calls = [call(f"2026-11-24T09:30:{second}0.000Z") for second in (0, 1, 2) for _ in range(AT_ONCE)]
    with before(dynamodb, "TransactWriteItems", refuse), pytest.raises(StoreUnavailableError):
        usage.count(stream, calls)
    assert usage.read(key_id, DAY, DAY) == {"2026-11-24": {"succeeded": 2 * AT_ONCE}}
    assert usage.count(stream, calls) == AT_ONCE


def test_a_damaged_answer_is_not_taken_for_an_empty_one(
    call: Callable[..., Call],
) -> None:
    with damaged() as client:
        usage = UsageStore(client, "UsageTable", "CountedTable")
        with pytest.raises(StoreUnavailableError):
            usage.read("key_000000000000", DAY, DAY)
        with pytest.raises(StoreUnavailableError):
            usage.count("stream", [call()])
        with pytest.raises(StoreUnavailableError):
            usage.count("stream", [call() for _ in range(AT_ONCE)])


def test_counts_live_as_long_as_they_can_be_asked_for_and_slots_less(
    usage: UsageStore, dynamodb: "DynamoDBClient", stream: str, key_id: str, call: Callable[..., Call]
) -> None:
    for _ in range(6):
        usage.count(stream, [call() for _ in range(18)])
    usage.count(stream, [call() for _ in range(AT_ONCE)])
    [counts] = items(dynamodb, key_id)

    def expiry_of(slot: str) -> dict[str, Any]:
        item: Any = dynamodb.get_item(TableName="CountedTable", Key={"slot": {"S": slot}})["Item"]
        return dict(item["expires_at"])

    assert counts["expires_at"] == {"N": "1803340800"}  # 2027-02-23
    assert expiry_of(f"{stream} 2026-11-24T09:30:0") == {"N": "1795771800"}  # 2026-11-27T09:30:00Z
    # Its last call may be of the end of the day.
    assert expiry_of(f"{key_id} {counts['day_share']['S']} 0") == {"N": "1795824000"}  # 2026-11-28


def test_an_unreachable_store_is_reported_as_such(call: Callable[..., Call]) -> None:
    client = boto3.client(
        "dynamodb",
        endpoint_url="http://127.0.0.1:1",
        region_name="eu-central-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )
    usage = UsageStore(client, "UsageTable", "CountedTable")
    with pytest.raises(StoreUnavailableError):
        usage.count("stream", [call()])
    with pytest.raises(StoreUnavailableError):
        usage.read("key_000000000000", DAY, DAY)
    client.close()


@pytest.fixture
def key(store: KeyStore, key_id: str) -> Key:
    key = made_up(key_id)
    store.add(key, DIGEST)
    return key


def test_last_used_at_moves_forward_and_never_back(store: KeyStore, key: Key) -> None:
    for at in ("2026-11-24T09:30:00.001Z", "2026-11-24T09:30:00.000Z", "2026-11-24T09:30:00.001Z"):
        store.mark_used(key.id, at)
        assert store.get("org_one", key.id) == replace(key, last_used_at="2026-11-24T09:30:00.001Z")
    store.mark_used(key.id, "2026-11-24T09:30:00.002Z")
    assert store.get("org_one", key.id) == replace(key, last_used_at="2026-11-24T09:30:00.002Z")


def test_the_use_of_a_revoked_key_changes_nothing_else(store: KeyStore, key: Key) -> None:
    revoked = revoke(store, "org_one", key.id, "2026-11-24T10:00:00.000Z")
    store.mark_used(key.id, "2026-11-24T09:59:59.000Z")
    assert store.get("org_one", key.id) == replace(revoked, last_used_at="2026-11-24T09:59:59.000Z")


def test_a_deleted_key_is_not_brought_back(store: KeyStore, key_id: str) -> None:
    store.mark_used(key_id, "2026-11-24T09:30:00.000Z")
    with pytest.raises(NotFoundError):
        store.get("org_one", key_id)


def test_the_list_shows_when_a_key_was_last_used(store: KeyStore, key_id: str) -> None:
    organization = f"org_{uuid.uuid4().hex}"
    key = made_up(key_id, organization)
    store.add(key, DIGEST)
    store.mark_used(key_id, "2026-11-24T09:30:00.000Z")
    [listed] = store.page(organization, 25).keys
    assert listed.last_used_at == "2026-11-24T09:30:00.000Z"


def test_the_address_is_that_of_the_last_use_and_is_removed_where_none_is_kept(store: KeyStore) -> None:
    key = made_up()
    store.add(key, DIGEST)
    for at, address, wanted in (
        ("2026-11-24T09:30:00.000Z", "203.0.113.7", "203.0.113.7"),
        ("2026-11-24T09:29:00.000Z", "198.51.100.1", "203.0.113.7"),
        ("2026-11-24T09:31:00.000Z", "2001:db8::1", "2001:db8::1"),
        ("2026-11-24T09:32:00.000Z", None, None),
    ):
        store.mark_used(key.id, at, address)
        assert store.get(key.organization_id, key.id).last_used_from == wanted
    used = store.get(key.organization_id, key.id)
    assert used.last_used_at == "2026-11-24T09:32:00.000Z"


def test_a_change_does_not_affect_the_last_use(store: KeyStore) -> None:
    key = made_up()
    store.add(key, DIGEST)
    store.mark_used(key.id, "2026-11-24T09:30:00.000Z", "203.0.113.7")
    revoked = revoke(store, key.organization_id, key.id, "2026-11-24T09:31:00.000Z")
    assert revoked == store.get(key.organization_id, key.id)
    assert (revoked.last_used_at, revoked.last_used_from) == ("2026-11-24T09:30:00.000Z", "203.0.113.7")
