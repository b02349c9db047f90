"""A session is its organization's own, and over when its time is."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from backend.caller import Caller
from backend.errors import NotFoundError, UnavailableError
from backend.sessions import LIFETIME, SessionStore
from backend.table import Table
from local.template.template import Template
from tests.damaged import damaged

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = datetime(2026, 11, 24, 9, 30, 0, 500_000, UTC)
CALLER = Caller("org_one", "key_AAAAAAAAAAAA", ("runtime",))
OTHER = Caller("org_other", "key_BBBBBBBBBBBB", ("runtime",))


@pytest.fixture
def sessions(template: Template, dynamodb: "DynamoDBClient") -> SessionStore:
    return SessionStore(Table(dynamodb, template.functions["RuntimeFunction"].environment["SESSION_TABLE"]))


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


def test_ids_of_sessions_differ_in_every_digit_so_that_none_tells_of_another(sessions: SessionStore) -> None:
    ids = [sessions.open(CALLER, NOW).id.removeprefix("session_") for _ in range(50)]
    assert len(set(ids)) == 50
    assert [len(set(digits)) > 4 for digits in zip(*ids, strict=True)] == [True] * 32


def test_a_new_session_never_replaces_one_that_is_there(
    sessions: SessionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.sessions.secrets.token_hex", lambda size: "ab" * size)
    first = sessions.open(CALLER, NOW)
    with pytest.raises(UnavailableError):
        sessions.open(CALLER, NOW + timedelta(hours=1))
    assert sessions.get("org_one", first.id, NOW) == first
    sessions.close("org_one", first.id, NOW)


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
    key = {"organization_id": {"S": "org_one"}, "id": {"S": session.id}}
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
    key = {"organization_id": {"S": "org_one"}, "id": {"S": session.id}}
    item = dynamodb.get_item(TableName="SessionTable", Key=key)["Item"]
    expires_at = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
    assert expires_at == NOW.replace(microsecond=0) + LIFETIME


@pytest.mark.parametrize("wrong", ["", "session_", "session_" + "G" * 32, "session_" + "a" * 33, "a" * 5000])
def test_what_cannot_be_a_session_is_not_found(sessions: SessionStore, wrong: str) -> None:
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


def test_a_damaged_answer_is_not_taken_for_a_session_that_is_not_there() -> None:
    with damaged() as client:
        assert_unavailable(SessionStore(Table(client, "SessionTable")))


def test_a_table_that_is_not_there_is_a_store_that_cannot_be_reached(dynamodb: "DynamoDBClient") -> None:
    assert_unavailable(SessionStore(Table(dynamodb, "NoSuchTable")))
