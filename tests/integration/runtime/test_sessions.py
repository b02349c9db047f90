"""A session belongs to its organization, and ends when its time is over."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from backend.caller import Caller
from backend.errors import NotFoundError, TooManyError, UnavailableError
from backend.sessions import LIFETIME, Session, SessionStore
from backend.table import Table
from local.template.template import Template
from tests.damaged import damaged

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 24, 9, 30, 0, 500_000, UTC)
CALLER = Caller("org_one", "key_AAAAAAAAAAAA", ("runtime",))
OTHER = Caller("org_other", "key_BBBBBBBBBBBB", ("runtime",))


@pytest.fixture
def table(template: Template, dynamodb: "DynamoDBClient") -> Table:
    return Table(dynamodb, template.functions["RuntimeFunction"].environment["SESSION_TABLE"])


@pytest.fixture
def sessions(table: Table) -> SessionStore:
    return SessionStore(table)


def test_an_open_session_is_found_as_it_was_made(sessions: SessionStore) -> None:
    session = sessions.open(CALLER, NOW)
    assert sessions.get("org_one", session.id, NOW) == session
    assert session.record() == {
        "id": session.id,
        "organization_id": "org_one",
        "created_at": "2026-11-24T09:30:00.000Z",
        "created_by": "key_AAAAAAAAAAAA",
        "expires_at": "2026-11-25T09:30:00.000Z",
    }


def test_session_ids_differ_in_every_digit_so_that_none_reveals_another(sessions: SessionStore) -> None:
    ids = [sessions.open(CALLER, NOW).id.removeprefix("session_") for _ in range(20)]
    assert len(set(ids)) == 20
    assert [len(set(digits)) > 4 for digits in zip(*ids, strict=True)] == [True] * 32


def slot(session: Session) -> str:
    """What names a session's slot, which only one session can have at a time."""
    return session.id[:10]


def test_a_new_session_never_replaces_one_that_is_open(table: Table) -> None:
    caller = Caller("org_new", "key_AAAAAAAAAAAA", ("runtime",))
    sessions = SessionStore(table, slots=3)
    opened = [sessions.open(caller, NOW) for _ in range(3)]
    assert [sessions.get("org_new", session.id, NOW) for session in opened] == opened


def test_a_session_whose_answer_was_lost_is_stored_once(sessions: SessionStore) -> None:
    session = sessions.open(CALLER, NOW)
    # As botocore asks again: for the very same one.
    assert sessions._put(session, NOW)  # noqa: SLF001 - nothing above it asks twice


def test_an_organization_has_no_more_sessions_open_than_there_are_slots(table: Table) -> None:
    sessions = SessionStore(table, slots=3)
    full = Caller("org_full", "key_AAAAAAAAAAAA", ("runtime",))
    opened = [sessions.open(full, NOW + timedelta(minutes=number)) for number in range(3)]
    later = NOW.replace(microsecond=0) + timedelta(hours=10)
    with pytest.raises(TooManyError, match=r"has 3 sessions open, which is the limit\. Close one") as refusal:
        sessions.open(full, later)
    assert refusal.value.headers == {"Retry-After": str(14 * 60 * 60)}
    beside = Caller("org_beside", "key_AAAAAAAAAAAA", ("runtime",))
    assert len({slot(sessions.open(beside, later)) for _ in range(3)}) == 3

    # One that is closed makes room, and so does one that is over.
    sessions.close("org_full", opened[1].id, later)
    assert slot(sessions.open(full, later)) == slot(opened[1])
    over = opened[0].expires_at
    replaced = sessions.open(full, over)
    assert slot(replaced) == slot(opened[0])
    with pytest.raises(TooManyError):
        sessions.open(full, over)
    # A client that still names the expired one neither sees nor closes its replacement.
    with pytest.raises(NotFoundError):
        sessions.get("org_full", opened[0].id, over)
    with pytest.raises(NotFoundError):
        sessions.close("org_full", opened[0].id, over)
    assert sessions.get("org_full", replaced.id, over) == replaced


def test_a_session_is_read_consistently(sessions: SessionStore, dynamodb: "DynamoDBClient") -> None:
    read: list[bool] = []

    def note(params: dict[str, Any], **_: object) -> None:
        read.append(params["ConsistentRead"])

    session = sessions.open(CALLER, NOW)
    dynamodb.meta.events.register("provide-client-params.dynamodb.GetItem", note)
    try:
        sessions.get("org_one", session.id, NOW)
    finally:
        dynamodb.meta.events.unregister("provide-client-params.dynamodb.GetItem", note)
    assert read == [True]


def test_a_session_of_another_organization_is_not_found_and_not_closed(sessions: SessionStore) -> None:
    session = sessions.open(CALLER, NOW)
    with pytest.raises(NotFoundError):
        sessions.get("org_other", session.id, NOW)
    with pytest.raises(NotFoundError):
        sessions.close("org_other", session.id, NOW)
    assert sessions.get("org_one", session.id, NOW) == session


def test_a_closed_session_is_not_found_and_closes_once(sessions: SessionStore) -> None:
    session = sessions.open(CALLER, NOW)
    sessions.close("org_one", session.id, NOW)
    with pytest.raises(NotFoundError):
        sessions.get("org_one", session.id, NOW)
    with pytest.raises(NotFoundError):
        sessions.close("org_one", session.id, NOW)


def test_a_session_that_is_over_counts_as_absent_before_dynamodb_removes_it(
    sessions: SessionStore, dynamodb: "DynamoDBClient"
) -> None:
    session = sessions.open(CALLER, NOW)
    key = {"organization_id": {"S": "org_one"}, "id": {"S": slot(session)}}
    last = session.expires_at - timedelta(microseconds=1)
    assert sessions.get("org_one", session.id, last) == session
    assert "Item" in dynamodb.get_item(TableName="SessionTable", Key=key)
    with pytest.raises(NotFoundError):
        sessions.get("org_one", session.id, session.expires_at)
    with pytest.raises(NotFoundError):
        sessions.close("org_one", session.id, session.expires_at)


def test_the_time_to_live_is_in_seconds_where_the_template_says(
    sessions: SessionStore, dynamodb: "DynamoDBClient"
) -> None:
    session = sessions.open(CALLER, NOW)
    key = {"organization_id": {"S": "org_one"}, "id": {"S": slot(session)}}
    item = dynamodb.get_item(TableName="SessionTable", Key=key)["Item"]
    expires_at = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
    assert expires_at == NOW.replace(microsecond=0) + LIFETIME


@pytest.mark.parametrize("wrong", ["", "session_", "session_" + "G" * 32, "session_" + "a" * 33, "a" * 5000])
def test_a_malformed_session_id_is_not_found(sessions: SessionStore, wrong: str) -> None:
    with pytest.raises(NotFoundError):
        sessions.get("org_one", wrong, NOW)


def assert_unavailable(sessions: SessionStore) -> None:
    """Every method says that the store gives no clear answer."""
    session_id = "session_" + "a" * 32
    with pytest.raises(UnavailableError):
        sessions.open(OTHER, NOW)
    with pytest.raises(UnavailableError):
        sessions.get("org_other", session_id, NOW)
    with pytest.raises(UnavailableError):
        sessions.close("org_other", session_id, NOW)


def test_a_damaged_answer_is_not_taken_for_a_missing_session() -> None:
    with damaged() as client:
        assert_unavailable(SessionStore(Table(client, "SessionTable")))


def test_a_missing_table_counts_as_an_unreachable_store(dynamodb: "DynamoDBClient") -> None:
    assert_unavailable(SessionStore(Table(dynamodb, "NoSuchTable")))
