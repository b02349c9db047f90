"""revoke_all: every key and every session of an organization ends."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from apikeys.cookie import SESSIONS
from apikeys.errors import InvalidInputError, StoreUnavailableError
from apikeys.keys.key import Key
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES
from apikeys.sessions.session import Session
from apikeys.sessions.store import SessionStore
from leaks.revoke_all import app
from local.template.template import Template
from operation import environment
from tests.integration.as_function import BreakingWrites, as_function
from tests.keys import DIGEST, made_up, revoke

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Context:
    """What the handler reads of Lambda's context."""

    aws_request_id = "request-1"
    function_name = "RevokeAllFunction"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


class Stop(NamedTuple):
    """The function, and the test's own organization."""

    organization_id: str
    keys: KeyStore
    sessions: SessionStore
    writes: BreakingWrites

    def key(self, created_by: str = "iam", **fields: Any) -> Key:
        key = replace(made_up(organization_id=self.organization_id), created_by=created_by, **fields)
        self.keys.add(key, DIGEST)
        return key

    def sign_in(self, person_id: str, opened_by: str = "ticket") -> None:
        session = Session(
            organization_id=self.organization_id,
            organization_name="One",
            person_id=person_id,
            person_name="Ada",
            role="member",
            opened_by=opened_by,
            expires_at=2_000_000_000,
        )
        self.sessions.open(SESSIONS.new(os.urandom(ENTROPY_BYTES)), session, 1_800_000_000)

    def all(self, **fields: Any) -> dict[str, Any]:
        event = {"organization_id": self.organization_id, "dry_run": False, **fields}
        answer: dict[str, Any] = app.handler(event, Context())  # type: ignore[arg-type]
        return answer

    def active(self, *keys: Key) -> list[Key]:
        return [key for key in keys if not self.keys.get(key.organization_id, key.id).revoked_at]


def ids(answer: dict[str, Any]) -> set[str]:
    found = [key["id"] for key in answer["keys"]]
    assert len(found) == len(set(found))
    return set(found)


@pytest.fixture(scope="module")
def function(template: Template, dynamodb: "DynamoDBClient") -> Iterator[BreakingWrites]:
    writes = BreakingWrites("TransactWriteItems")
    stores = (environment.key_store, environment.session_store)
    with as_function("RevokeAllFunction", template, dynamodb, writes, stores):
        yield writes


@pytest.fixture
def stop(function: BreakingWrites, dynamodb: "DynamoDBClient") -> Stop:
    function.heal()
    return Stop(
        f"org_{uuid.uuid4().hex[:8]}",
        KeyStore(dynamodb, "KeyTable"),
        SessionStore(dynamodb, "KeyTable"),
        function,
    )


def test_a_dry_run_shows_what_would_be_stopped_and_stops_nothing(stop: Stop) -> None:
    keys = [stop.key() for _ in range(3)]
    revoke(stop.keys, stop.organization_id, keys[0].id, "2026-11-24T10:00:00.000Z")
    stop.sign_in("ada")
    for fields in ({"dry_run": True}, {}):
        event = {"organization_id": stop.organization_id, **fields}
        answer: dict[str, Any] = app.handler(event, Context())  # type: ignore[arg-type]
        assert ids(answer) == {keys[1].id, keys[2].id}
        assert answer["keys"][0].keys() == {"id", "name", "last_used_at"}
        assert (answer["dry_run"], answer["sessions"], answer["done"]) == (True, 1, True)
    assert len(stop.active(*keys)) == 2
    assert stop.sessions.count(stop.organization_id) == 1


def test_all_keys_and_sessions_of_an_organization_end_and_no_others(stop: Stop) -> None:
    keys = [
        stop.key(),
        stop.key("ada"),
        stop.key(scopes=("*",)),
        stop.key(disabled_at="2026-11-24T10:00:00.000Z"),
    ]
    other = stop._replace(organization_id=f"{stop.organization_id}_2").key()
    stop.sign_in("ada")
    stop.sign_in("eve", opened_by=keys[0].id)
    answer = stop.all()
    assert ids(answer) == {key.id for key in keys}
    assert (answer["sessions"], answer["done"], answer["next_cursor"]) == (2, True, None)
    assert stop.active(*keys, other) == [other]
    revoked = stop.keys.get(stop.organization_id, keys[0].id)
    assert (revoked.revoked_by, revoked.request_id) == ("iam", "request-1")
    assert stop.sessions.count(stop.organization_id) == 0


def test_the_keys_and_sessions_of_one_person_end(stop: Stop) -> None:
    keys = [stop.key("ada"), stop.key("eve"), stop.key("ada")]
    stop.sign_in("ada")
    stop.sign_in("eve")
    answer = stop.all(created_by="ada")
    assert (ids(answer), answer["sessions"]) == ({keys[0].id, keys[2].id}, 1)
    assert stop.active(*keys) == [keys[1]]
    assert stop.sessions.count(stop.organization_id, person_id="eve") == 1


def test_the_keys_and_sessions_made_with_one_key_end_but_not_that_key(stop: Stop) -> None:
    maker = stop.key(scopes=("keys",))
    made = stop.key(maker.id)
    stop.sign_in("ada", opened_by=maker.id)
    stop.sign_in("ada")
    answer = stop.all(created_by=maker.id)
    assert (ids(answer), answer["sessions"]) == ({made.id}, 1)
    assert stop.active(maker, made) == [maker]


def test_a_repetition_finds_nothing(stop: Stop) -> None:
    stop.key()
    assert len(stop.all()["keys"]) == 1
    assert stop.all() == {"dry_run": False, "keys": [], "sessions": 0, "done": True, "next_cursor": None}


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_call_does_what_it_has_time_for_and_the_next_goes_on(
    stop: Stop, monkeypatch: pytest.MonkeyPatch, *, dry_run: bool
) -> None:
    keys = [stop.key(created_at=f"2026-11-24T09:00:0{n}.000Z") for n in range(7)]
    monkeypatch.setattr(app, "_SECONDS", 0)
    monkeypatch.setattr(app, "PAGE", 2)
    found: list[str] = []
    cursor, answers = None, 0
    while True:
        answer = stop.all(dry_run=dry_run, cursor=cursor)
        assert len(answer["keys"]) <= 2
        found += [key["id"] for key in answer["keys"]]
        answers += 1
        if answer["done"]:
            break
        cursor = answer["next_cursor"]
    assert found == [key.id for key in reversed(keys)]
    assert answers >= 4
    assert stop.active(*keys) == (keys if dry_run else [])


def test_a_key_that_is_created_in_the_meantime_is_revoked_too(
    stop: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: list[Key] = []
    stop.key()
    end_all = SessionStore.end_all

    def make_one_more(store: SessionStore, organization_id: str, **whose: Any) -> int:
        # The first key is revoked by now.
        if whose and not late:
            late.append(stop.key(created_at="2026-11-24T11:00:00.000Z"))
        return end_all(store, organization_id, **whose)

    monkeypatch.setattr(SessionStore, "end_all", make_one_more)
    answer = stop.all()
    assert late
    assert late[0].id in ids(answer)
    assert stop.active(*late) == []


@pytest.mark.parametrize("after", [False, True])
def test_a_failed_call_is_completed_by_its_repetition(stop: Stop, *, after: bool) -> None:
    keys = [stop.key() for _ in range(3)]
    stop.writes.break_write(1, after=after)
    with pytest.raises(StoreUnavailableError):
        stop.all()
    stop.writes.heal()
    assert len(stop.active(*keys)) in (1, 2)
    assert stop.all()["done"]
    assert stop.active(*keys) == []


@pytest.mark.parametrize(
    "fields",
    [{"dry_run": "false"}, {"dry_run": None}, {"created_by": ""}, {"cursor": "nonsense"}, {"key": "x"}],
)
def test_a_call_of_another_form_stops_nothing(stop: Stop, fields: dict[str, Any]) -> None:
    key = stop.key()
    with pytest.raises(InvalidInputError):
        stop.all(**fields)
    assert stop.active(key) == [key]


def test_the_cursor_of_another_organization_is_refused(stop: Stop) -> None:
    other = stop._replace(organization_id=f"{stop.organization_id}_2").key()
    with pytest.raises(InvalidInputError):
        stop.all(cursor=other.id)
