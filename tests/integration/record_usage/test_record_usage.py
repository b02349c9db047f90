"""Batches of log lines give the same counts and times, whatever fails on the way."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apikeys.dynamodb import unavailable
from apikeys.errors import StoreUnavailableError
from apikeys.keys.key import timestamp
from apikeys.keys.store import KeyStore
from apikeys.usage.call import Call
from apikeys.usage.store import UsageStore
from tests.iam.policies import read_policies
from tests.integration.record_usage.conftest import Function, LogEvent, log_event
from tests.keys import DIGEST, made_up

ROOT = Path(__file__).parents[3]
NOON = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp() * 1000)
TWO_DAYS_MS = 2 * 24 * 60 * 60 * 1000


@pytest.fixture
def add(store: KeyStore) -> Callable[[], str]:
    """Adds a key and returns its id."""

    def add() -> str:
        key = made_up()
        store.add(key, DIGEST)
        return key.id

    return add


@pytest.fixture
def usage(dynamodb: Any) -> UsageStore:
    return UsageStore(dynamodb, "UsageTable")


@st.composite
def deliveries(
    draw: st.DrawFn,
) -> tuple[tuple[int, int, int, int], list[tuple[int, int, int]], list[tuple[list[int], int, bool]]]:
    """Bounds of counts, calls of up to three keys, and batches in any order, repetition and splitting.

    A call is its key, its time and its status. A batch is the numbers of its calls, the write at which the
    store fails, and whether that write was done. The last batches are whole and free of faults:
    delivered at least once means that every call arrives in the end.
    """
    call = st.tuples(
        st.integers(0, 2),
        st.sampled_from([0, 1, 9_999, 10_000, 59_999, 60_000, 43_200_000]) | st.integers(0, TWO_DAYS_MS),
        st.sampled_from([200, 201, 302, 400, 403, 404, 429, 500, 503]),
    )
    calls = draw(st.lists(call, min_size=1, max_size=12))
    small = st.integers(0, 4)
    bounds = draw(st.tuples(small, small, st.integers(1, 4), small))
    some = st.lists(st.integers(0, len(calls) - 1), min_size=1, max_size=12)
    faulty = draw(st.lists(st.tuples(some, st.integers(0, 12), st.booleans()), max_size=6))
    order = draw(st.permutations(range(len(calls))))
    cut = draw(st.integers(0, len(calls)))
    return bounds, calls, [*faulty, (order[:cut], -1, False), (order[cut:], -1, False)]


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deliveries())
def test_any_order_repetition_splitting_and_fault_gives_the_same_counts_and_the_latest_minute(
    function: Function, add: Callable[[], str], store: KeyStore, usage: UsageStore, plan: Any
) -> None:
    bounds, calls, batches = plan
    keys = [add() for _ in range(3)]
    events = [log_event(keys[key], NOON + at, status) for key, at, status in calls]
    stream = uuid.uuid4().hex
    with pytest.MonkeyPatch.context() as patch:
        # So small that counts are full after few calls.
        names = ("_EVENTS_BESIDE", "_EVENTS_AT_ONCE", "_MOVED_TOGETHER", "_MOVED_AT_MOST")
        for name, bound in zip(names, bounds, strict=True):
            patch.setattr(f"apikeys.usage.counts.{name}", bound)
        for numbers, fault, after in batches:
            if fault >= 0:
                function.start_again()
                function.break_write(fault, after=after)
            try:
                function.deliver(stream, [events[number] for number in numbers])
            except StoreUnavailableError:
                assert fault >= 0
            function.heal()

    expected: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    latest: dict[str, str] = {}
    for key, at, status in calls:
        time = timestamp(datetime.fromtimestamp((NOON + at) / 1000, UTC))
        expected[keys[key]][time[:10]][Call("", "", "", "", status).kind] += 1
        latest[keys[key]] = max(latest.get(keys[key], ""), time)
    for key_id in keys:
        assert usage.read(key_id, date(2026, 11, 24), date(2026, 11, 27)) == expected[key_id]
        last, found = latest.get(key_id), store.get("org_one", key_id).last_used_at
        assert last == found or (last and found and last[:16] == found[:16] and found < last)


def test_a_key_in_constant_use_is_written_once_a_minute_by_each_process(
    function: Function, add: Callable[[], str], store: KeyStore
) -> None:
    key_id, stream = add(), uuid.uuid4().hex

    def used(second: int) -> str | None:
        function.deliver(stream, [log_event(key_id, NOON + 1000 * second)])
        return store.get("org_one", key_id).last_used_at

    times = [used(second) for second in (3, 59, 60, 61)]
    assert times == [f"2026-11-24T12:{at}.000Z" for at in ("00:03", "00:03", "01:00", "01:00")]
    function.start_again()
    assert used(62) == "2026-11-24T12:01:02.000Z"


def test_lines_that_are_not_calls_are_counted_and_the_good_ones_still_count(
    function: Function, add: Callable[[], str], usage: UsageStore
) -> None:
    key_id = add()
    good = log_event(key_id, NOON)
    hostile: list[LogEvent] = [
        good | {"id": str(number), "message": message}
        for number, message in enumerate(
            [
                "",
                "\ud800",
                "{" * 5000,
                good["message"][:-1],
                'x","key_id":"',
                '{"key_id": "key_ExampleKey01"}',
            ]
        )
    ]
    answer = function.deliver(uuid.uuid4().hex, [*hostile[:3], good, *hostile[3:]])
    assert answer == {"lines": 7, "counted": 1, "skipped": 6}
    assert usage.read(key_id, date(2026, 11, 24), date(2026, 11, 24)) == {"2026-11-24": {"succeeded": 1}}


def test_skipped_lines_are_logged_at_every_log_level_and_others_are_not(
    function: Function, add: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    good = log_event(add(), NOON)
    function.deliver(uuid.uuid4().hex, [good])
    function.deliver(uuid.uuid4().hex, [good, good | {"message": good["message"][:-1]}])
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_no_line_reaches_the_functions_own_log(function: Function, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    function.deliver("hostile-stream", [log_event("hostile-key", NOON, path="hostile-path")])
    [logged] = [vars(record) for record in caplog.records]
    assert logged["skipped"] == 1
    assert "hostile" not in str(logged)


def test_two_calls_with_one_request_id_are_two_calls(
    function: Function, add: Callable[[], str], usage: UsageStore
) -> None:
    key_id = add()
    calls = [log_event(key_id, NOON, request_id="chosen-by-the-client") for _ in range(2)]
    function.deliver(uuid.uuid4().hex, calls)
    assert usage.read(key_id, date(2026, 11, 24), date(2026, 11, 24)) == {"2026-11-24": {"succeeded": 2}}


def test_calls_of_a_deleted_key_do_not_stop_other_calls_from_being_recorded(
    function: Function, add: Callable[[], str], store: KeyStore
) -> None:
    key_id = add()
    function.deliver(uuid.uuid4().hex, [log_event("key_000000000000", NOON), log_event(key_id, NOON)])
    assert store.get("org_one", key_id).last_used_at == "2026-11-24T12:00:00.000Z"


def test_a_batch_is_counted_though_the_last_use_of_a_key_cannot_be_written(
    function: Function, add: Callable[[], str], usage: UsageStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lambda gives a batch up after three tries, and its counts must not be lost with a last use."""
    key_id = add()

    def mark_used(*_: object) -> None:
        raise unavailable()

    monkeypatch.setattr(KeyStore, "mark_used", mark_used)
    with pytest.raises(StoreUnavailableError):
        function.deliver(uuid.uuid4().hex, [log_event(key_id, NOON)])
    assert usage.read(key_id, date(2026, 11, 24), date(2026, 11, 24)) == {"2026-11-24": {"succeeded": 1}}


def test_calls_of_two_apis_whose_log_streams_share_a_name_are_distinct(
    function: Function, add: Callable[[], str]
) -> None:
    stream, event = uuid.uuid4().hex, log_event(add(), NOON)
    groups = ["AccessLogs", "InvoicesAccessLogs", "AccessLogs"]
    assert [function.deliver(stream, [event], group)["counted"] for group in groups] == [1, 1, 0]


def test_the_functions_policy_allows_what_it_does_and_nothing_more(
    function: Function, add: Callable[[], str]
) -> None:
    function.used.clear()
    key_id = add()
    # This many calls of one key at once are stored in a slot.
    function.deliver(uuid.uuid4().hex, [log_event(key_id, NOON) for _ in range(21)])
    statements = read_policies(ROOT / "template.yaml")["RecordUsageFunction"]
    assert all(any(one.allows(used) for one in statements) for used in function.used)
    assert {(used.action, used.resource) for used in function.used} == {
        (action, table) for one in statements for action in one.actions for table in one.resources
    }
    [bounded] = [one for one in statements if one.attributes]
    [key_table] = bounded.resources
    named = [used.attributes for used in function.used if used.resource == key_table]
    assert frozenset().union(*named) == bounded.attributes


@pytest.mark.parametrize(("kept", "address"), [("true", "203.0.113.7"), ("false", None)])
def test_the_address_of_the_last_use_is_kept_where_the_parameter_says_so(
    function: Function, store: KeyStore, monkeypatch: pytest.MonkeyPatch, kept: str, address: str | None
) -> None:
    monkeypatch.setenv("LAST_USED_FROM", kept)
    key = made_up()
    store.add(key, DIGEST)
    function.deliver(uuid.uuid4().hex, [log_event(key.id, NOON, source_ip="203.0.113.7")])
    assert store.get("org_one", key.id).last_used_from == address
