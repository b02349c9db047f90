"""How many executions run at once: the bounds of a key and of an organization, and what ends a lease."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from backend.caller import Caller
from backend.errors import TooManyError, UnavailableError
from backend.leases import Lease, Leases
from backend.table import Table
from local.template.template import Template
from tests.damaged import damaged
from tests.integration.authorizer.scripted_store import error, send

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
SECONDS = 60
PER_KEY, PER_ORGANIZATION = 2, 3


@pytest.fixture
def table(template: Template, dynamodb: "DynamoDBClient") -> Table:
    return Table(dynamodb, template.functions["RuntimeFunction"].environment["SESSION_TABLE"])


@pytest.fixture
def leases(table: Table) -> Leases:
    return Leases(table, PER_KEY, PER_ORGANIZATION)


_organizations = (f"org_leases_{number}" for number in itertools.count())


@pytest.fixture
def organization() -> Iterator[str]:
    return _organizations


@pytest.fixture
def one(organization: Iterator[str]) -> Caller:
    return Caller(next(organization), "key_One", ("runtime",))


def another(caller: Caller, name: str = "key_Another") -> Caller:
    """Another key of the same organization."""
    return Caller(caller.organization_id, name, ("runtime",))


def take(leases: Leases, caller: Caller, name: str, now: datetime = NOW) -> Lease:
    return leases.take(caller, f"exec_{name}", SECONDS, now)


def test_a_key_gets_no_more_than_its_bound_and_the_error_says_what_to_do(leases: Leases, one: Caller) -> None:
    for number in range(PER_KEY):
        take(leases, one, f"{number}")
    with pytest.raises(
        TooManyError, match=r"^This key has 2 executions running, .* Wait until one ends"
    ) as refusal:
        take(leases, one, "more")
    assert (refusal.value.status, refusal.value.headers) == (429, {"Retry-After": "5"})


def test_all_keys_of_an_organization_together_get_no_more_than_its_bound(leases: Leases, one: Caller) -> None:
    for number in range(PER_KEY):
        take(leases, one, f"{number}")
    take(leases, another(one), "another")
    with pytest.raises(TooManyError, match=r"^The key's organization has 3 executions running"):
        take(leases, another(one), "more")


def test_an_organization_at_its_bound_takes_nothing_from_another(
    leases: Leases, one: Caller, organization: Iterator[str]
) -> None:
    for number in range(PER_ORGANIZATION):
        take(leases, another(one, f"key_{number}"), f"{number}")
    other = Caller(next(organization), one.key_id, ("runtime",))
    for number in range(PER_KEY):
        take(leases, other, f"{number}")


def test_a_lease_that_is_given_back_makes_room_for_one(leases: Leases, one: Caller) -> None:
    held = [take(leases, one, f"{number}") for number in range(PER_KEY)]
    leases.give_back(one.organization_id, held[0])
    leases.give_back(one.organization_id, held[0])  # as after an answer that was lost
    take(leases, one, "next")
    with pytest.raises(TooManyError):
        take(leases, one, "more")


def test_a_lease_of_an_execution_that_crashed_ends_at_its_time(leases: Leases, one: Caller) -> None:
    for number in range(PER_KEY):
        take(leases, one, f"{number}")
    last = NOW + timedelta(seconds=SECONDS)
    with pytest.raises(TooManyError):
        take(leases, one, "early", last)
    for number in range(PER_KEY):
        take(leases, one, f"later{number}", last + timedelta(seconds=1))
    with pytest.raises(TooManyError):
        take(leases, one, "more", last + timedelta(seconds=1))


def test_of_many_that_begin_at_the_same_moment_only_the_allowed_number_begins(
    leases: Leases, one: Caller
) -> None:
    def begins(number: int) -> bool:
        try:
            take(leases, another(one, f"key_{number % 2}"), f"{number}")
        except TooManyError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begins, range(12))) == PER_ORGANIZATION


def test_a_lease_whose_answer_was_lost_counts_once(leases: Leases, one: Caller) -> None:
    assert [take(leases, one, "same") for _ in range(3)] == [take(leases, one, "same")] * 3
    take(leases, one, "second")
    # At the bound, too.
    take(leases, one, "second")


def test_a_lease_is_one_write_to_take_and_one_to_give_back(
    leases: Leases, one: Caller, dynamodb: "DynamoDBClient"
) -> None:
    calls: list[str] = []

    def note(model: Any, **_: object) -> None:
        calls.append(model.name)

    dynamodb.meta.events.register("before-call.dynamodb", note)
    try:
        leases.give_back(one.organization_id, take(leases, one, "one"))
    finally:
        dynamodb.meta.events.unregister("before-call.dynamodb", note)
    assert calls == ["UpdateItem", "UpdateItem"]


def test_the_item_of_running_executions_expires_after_its_last_lease(
    leases: Leases, one: Caller, table: Table
) -> None:
    lease = take(leases, one, "one")
    key = {"organization_id": {"S": one.organization_id}, "id": {"S": "running"}}
    item = table.client.get_item(TableName=table.name, Key=key)["Item"]
    assert int(item["expires_at"]["N"]) > lease.until
    leases.give_back(one.organization_id, lease)
    item = table.client.get_item(TableName=table.name, Key=key)["Item"]
    assert item.keys() == {"organization_id", "id", "expires_at"}


def test_a_damaged_refusal_is_not_taken_for_executions_that_run(one: Caller) -> None:
    refusal = error("ConditionalCheckFailedException")
    damaged_refusal = refusal.replace(b"x-amz-crc32: ", b"x-amz-crc32: 1")
    with damaged(send(damaged_refusal)) as client, pytest.raises(UnavailableError):
        take(Leases(Table(client, "SessionTable"), PER_KEY, PER_ORGANIZATION), one, "one")


def test_a_store_that_gives_no_clear_answer_lets_nothing_begin(
    one: Caller, dynamodb: "DynamoDBClient"
) -> None:
    with damaged() as client:
        for table in (Table(client, "SessionTable"), Table(dynamodb, "NoSuchTable")):
            leases = Leases(table, PER_KEY, PER_ORGANIZATION)
            with pytest.raises(UnavailableError):
                take(leases, one, "one")
            with pytest.raises(UnavailableError):
                leases.give_back(one.organization_id, Lease(1, "exec_1", "key_One"))
