"""The history on a real DynamoDB API: pages, cursors, and what comes again."""

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from apikeys.errors import InvalidInputError, StoreUnavailableError
from apikeys.history.event import Event
from apikeys.history.store import HistoryStore
from tests.damaged import damaged

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def history(dynamodb: "DynamoDBClient") -> HistoryStore:
    return HistoryStore(dynamodb, "HistoryTable")


@dataclass
class Organization:
    """One that no other test has, and what happened in it."""

    history: HistoryStore
    id: str = field(default_factory=lambda: f"org_{uuid.uuid4().hex}")

    def happens(self, key_id: str, minute: int, name: str = "b") -> Event:
        event = Event(
            key_id=key_id,
            organization_id=self.id,
            type="changed",
            at=f"2026-11-24T09:{minute:02}:00.000Z",
            by="user_42",
            by_name="Ada",
            address="203.0.113.7",
            request_id="x",
            changes={"name": {"from": "a", "to": name}},
        )
        self.history.add(event, 400)
        return event

    def all(self, limit: int, since: str | None = None) -> list[dict[str, Any]]:
        cursor, events = None, []
        while True:
            page = self.history.of_organization(self.id, since, limit, cursor)
            assert len(page.events) <= limit
            events += page.events
            if (cursor := page.cursor) is None:
                return events


@pytest.fixture
def own(history: HistoryStore) -> Organization:
    return Organization(history)


@pytest.fixture
def key_id() -> str:
    return f"key_{uuid.uuid4().hex[:12]}"


def test_an_event_is_returned_as_it_was_stored(own: Organization, key_id: str) -> None:
    event = own.happens(key_id, 1)
    assert own.all(10) == [event.record()]
    assert own.history.of_key(own.id, key_id, 10, None).events == [event.record()]


def test_a_repeated_event_is_stored_once(own: Organization, key_id: str) -> None:
    for _ in range(3):
        own.happens(key_id, 1)
    assert len(own.all(10)) == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 100])
def test_pages_show_each_event_once_the_newest_first(own: Organization, key_id: str, limit: int) -> None:
    ids = [own.happens(key_id, minute).id for minute in (3, 1, 4, 0, 5)]
    assert [event["id"] for event in own.all(limit)] == sorted(ids, reverse=True)


def test_a_page_that_a_query_cannot_hold_is_followed_by_another(own: Organization, key_id: str) -> None:
    # A query stops at 1 MB.
    ids = [own.happens(key_id, minute, name="x" * 95_000).id for minute in range(14)]
    assert [event["id"] for event in own.all(100)] == ids[::-1]


def test_the_history_of_a_key_has_only_its_own_events(own: Organization, key_id: str) -> None:
    other = f"key_{uuid.uuid4().hex[:12]}"
    ids = [own.happens(key_id, minute).id for minute in range(4)]
    for minute in range(4):
        own.happens(other, minute)
    first = own.history.of_key(own.id, key_id, 2, None)
    rest = own.history.of_key(own.id, key_id, 2, first.cursor)
    assert [event["id"] for event in first.events + rest.events] == ids[::-1]
    assert rest.cursor is None


def test_since_leaves_out_what_is_older(own: Organization, key_id: str) -> None:
    for minute in range(5):
        own.happens(key_id, minute)
    assert [event["at"] for event in own.all(1, "2026-11-24T09:03:00.000Z")] == [
        "2026-11-24T09:04:00.000Z",
        "2026-11-24T09:03:00.000Z",
    ]


def test_nothing_follows_a_cursor_that_is_older_than_since(
    own: Organization, history: HistoryStore, key_id: str
) -> None:
    # Who asks for the last 24 hours with each page: the beginning has passed the cursor.
    events = [own.happens(key_id, minute) for minute in range(4)]
    cursor = history.of_organization(own.id, events[0].at, 3, None).cursor
    assert cursor == events[1].id
    assert history.of_organization(own.id, events[2].at, 3, cursor) == ([], None)
    assert history.of_organization(own.id, events[1].at, 3, cursor) == ([], None)
    foreign = Organization(history).happens(f"key_{uuid.uuid4().hex[:12]}", 1).id
    with pytest.raises(InvalidInputError, match=r"^cursor: "):
        history.of_organization(own.id, events[2].at, 3, foreign)


def test_a_cursor_of_another_history_is_refused(
    own: Organization, history: HistoryStore, key_id: str
) -> None:
    foreign = Organization(history).happens(key_id, 1).id
    others = own.happens(f"key_{uuid.uuid4().hex[:12]}", 1).id
    for cursor in (foreign, "", "nonsense", "x" * 500):
        with pytest.raises(InvalidInputError, match=r"^cursor: "):
            own.history.of_organization(own.id, None, 10, cursor)
    for cursor in (foreign, others, ""):
        with pytest.raises(InvalidInputError, match=r"^cursor: "):
            own.history.of_key(own.id, key_id, 10, cursor)


def test_an_event_lives_as_many_days_as_it_was_given(
    own: Organization, dynamodb: "DynamoDBClient", key_id: str
) -> None:
    event = own.happens(key_id, 0)
    key: Any = {"organization_id": {"S": own.id}, "id": {"S": event.id}}
    item = dynamodb.get_item(TableName="HistoryTable", Key=key)["Item"]
    assert item["expires_at"] == {"N": str(event.epoch() + 400 * 86400)}


def test_another_organizations_event_is_never_shown(own: Organization, key_id: str) -> None:
    # Where an item says two things, there is no clear answer.
    event = Organization(own.history).happens(key_id, 1)
    with pytest.raises(StoreUnavailableError):
        own.history.of_key(own.id, event.key_id, 10, None)


def test_a_damaged_answer_is_not_taken_for_an_empty_history() -> None:
    with damaged() as client, pytest.raises(StoreUnavailableError):
        HistoryStore(client, "HistoryTable").of_organization("org_one", None, 10, None)
