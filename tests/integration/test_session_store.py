import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from apikeys.cookie import SESSIONS
from apikeys.errors import UnauthorizedError
from apikeys.keys.change import changed
from apikeys.keys.key import IAM, Change, Key
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES, Secret, SecretFormat
from apikeys.sessions.session import TICKETS, Session
from apikeys.sessions.store import AT_ONCE, SessionStore
from local.template.template import Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOW = 1_795_000_000
HOUR = 3600
KEYS = SecretFormat("sk_live_copia_")


def new(secrets: SecretFormat) -> Secret:
    return secrets.new((uuid.uuid4().bytes * 3)[:ENTROPY_BYTES])


@pytest.fixture
def organization() -> str:
    return f"org_{uuid.uuid4().hex}"


@pytest.fixture
def session(organization: str) -> Callable[..., Session]:
    def make(person: str = "ada", opened_by: str = "ticket", expires_at: int = NOW + HOUR) -> Session:
        return Session(
            organization_id=organization,
            organization_name="Acme",
            person_id=person,
            person_name="Ada",
            role="member",
            opened_by=opened_by,
            expires_at=expires_at,
        )

    return make


@pytest.fixture
def sessions(template: Template, dynamodb: "DynamoDBClient") -> SessionStore:
    return SessionStore(dynamodb, template.functions["ListKeysFunction"].environment["KEY_TABLE"])


@pytest.fixture
def is_open(template: Template, dynamodb: "DynamoDBClient") -> Callable[[Secret], bool]:
    def look(secret: Secret) -> bool:
        table = template.functions["ListKeysFunction"].environment["KEY_TABLE"]
        return "Item" in dynamodb.get_item(TableName=table, Key={"id": {"S": secret.id}}, ConsistentRead=True)

    return look


@pytest.fixture
def signed_in(sessions: SessionStore) -> Callable[[Session], Secret]:
    """Opens a session with a ticket, and returns its secret."""

    def sign_in(wanted: Session) -> Secret:
        ticket, secret = new(TICKETS), new(SESSIONS)
        sessions.add_ticket(ticket, wanted, NOW)
        sessions.redeem(ticket, secret, wanted, NOW)
        return secret

    return sign_in


def test_a_ticket_says_whom_it_is_for(sessions: SessionStore, session: Callable[..., Session]) -> None:
    ticket = new(TICKETS)
    sessions.add_ticket(ticket, session(expires_at=NOW + 300), NOW)
    assert sessions.ticket(ticket, NOW) == session(expires_at=NOW + 300)


def test_a_ticket_opens_one_session(
    sessions: SessionStore, session: Callable[..., Session], is_open: Callable[[Secret], bool]
) -> None:
    ticket, first, second = new(TICKETS), new(SESSIONS), new(SESSIONS)
    sessions.add_ticket(ticket, session(expires_at=NOW + 300), NOW)
    sessions.redeem(ticket, first, session(), NOW)
    with pytest.raises(UnauthorizedError):
        sessions.redeem(ticket, second, session(), NOW)
    with pytest.raises(UnauthorizedError):
        sessions.ticket(ticket, NOW)
    assert is_open(first)
    assert not is_open(second)


def test_a_ticket_is_worth_nothing_after_its_minutes(
    sessions: SessionStore, session: Callable[..., Session]
) -> None:
    ticket = new(TICKETS)
    sessions.add_ticket(ticket, session(expires_at=NOW + 300), NOW)
    sessions.ticket(ticket, NOW + 299)
    with pytest.raises(UnauthorizedError):
        sessions.ticket(ticket, NOW + 300)
    with pytest.raises(UnauthorizedError):
        sessions.redeem(ticket, new(SESSIONS), session(), NOW + 300)


def test_a_ticket_with_another_secret_opens_nothing(
    sessions: SessionStore, session: Callable[..., Session]
) -> None:
    ticket = new(TICKETS)
    sessions.add_ticket(ticket, session(expires_at=NOW + 300), NOW)
    other = Secret("ticket_", ticket.reveal()[:-49] + new(TICKETS).reveal()[-49:], "tic_")
    assert other.id == ticket.id
    with pytest.raises(UnauthorizedError):
        sessions.ticket(other, NOW)


@pytest.mark.parametrize(
    "limit",
    [
        lambda key, at: key.revoked(at),
        lambda key, at: changed(key, {"disabled": True}, at),
        lambda key, at: changed(key, {"scopes": ["runtime"]}, at),
        lambda key, at: changed(key, {"allowed_addresses": ["198.51.100.7/32"]}, at),
    ],
    ids=["revoked", "disabled", "without the scope", "from fewer addresses"],
)
def test_a_key_that_was_limited_in_the_meantime_opens_no_session(
    sessions: SessionStore,
    store: KeyStore,
    session: Callable[..., Session],
    organization: str,
    limit: Callable[[Key, Change], Key],
) -> None:
    secret = new(KEYS)
    key = Key(
        id=secret.id,
        name="CI",
        organization_id=organization,
        scopes=("keys",),
        hint=secret.hint,
        created_at="2026-11-24T09:30:00.000Z",
        created_by="iam",
    )
    store.add(key, secret.digest)
    sessions.open_with_key(key, new(SESSIONS), session(opened_by=secret.id), NOW)
    at = Change("2026-11-24T09:31:00.000Z", IAM)
    store.change(organization, secret.id, lambda key: limit(key, at))
    with pytest.raises(UnauthorizedError):
        sessions.open_with_key(key, new(SESSIONS), session(opened_by=secret.id), NOW)


def test_ending_a_session_ends_only_that_one(
    sessions: SessionStore,
    session: Callable[..., Session],
    signed_in: Callable[[Session], Secret],
    is_open: Callable[[Secret], bool],
    organization: str,
) -> None:
    ended, other = signed_in(session()), signed_in(session())
    sessions.end(organization, ended.id)
    assert not is_open(ended)
    assert is_open(other)


@pytest.mark.parametrize(
    ("whose", "ended"),
    [
        ({}, {"ada", "bob", "key"}),
        ({"person_id": "ada"}, {"ada"}),
        ({"key_id": "key_000000000000"}, {"key"}),
        ({"person_id": "eve"}, set()),
    ],
    ids=["everyone", "a person", "a key", "nobody"],
)
def test_sessions_can_be_ended_by_owner(  # noqa: PLR0917 - fixtures are arguments
    sessions: SessionStore,
    session: Callable[..., Session],
    signed_in: Callable[[Session], Secret],
    is_open: Callable[[Secret], bool],
    organization: str,
    whose: dict[str, str],
    ended: set[str],
) -> None:
    opened = {
        "ada": signed_in(session("ada")),
        "bob": signed_in(session("bob")),
        "key": signed_in(session("key_000000000000", opened_by="key_000000000000")),
    }
    assert sessions.end_all(organization, **whose) == len(ended)
    assert {name for name, secret in opened.items() if not is_open(secret)} == ended
    assert sessions.end_all(organization, **whose) == 0


def test_ending_a_persons_sessions_invalidates_their_tickets(
    sessions: SessionStore, session: Callable[..., Session], organization: str
) -> None:
    ticket = new(TICKETS)
    sessions.add_ticket(ticket, session(expires_at=NOW + 300), NOW)
    sessions.end_all(organization, person_id="ada")
    with pytest.raises(UnauthorizedError):
        sessions.ticket(ticket, NOW)


def test_a_session_that_is_opened_with_a_ticket_while_all_are_ended_is_ended_too(
    sessions: SessionStore,
    session: Callable[..., Session],
    is_open: Callable[[Secret], bool],
    dynamodb: "DynamoDBClient",
) -> None:
    ticket, secret, wanted = new(TICKETS), new(SESSIONS), session()
    sessions.add_ticket(ticket, wanted, NOW)
    unredeemed = iter([ticket])

    def redeem(**_: object) -> None:
        for one in unredeemed:
            sessions.redeem(one, secret, wanted, NOW)

    dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", redeem)
    try:
        ended = sessions.end_all(wanted.organization_id)
    finally:
        dynamodb.meta.events.unregister("before-call.dynamodb.TransactWriteItems", redeem)
    assert next(unredeemed, None) is None
    assert ended == 2
    assert not is_open(ticket)
    assert not is_open(secret)


def test_more_sessions_than_one_batch_can_be_ended_in_one_call(
    sessions: SessionStore,
    session: Callable[..., Session],
    is_open: Callable[[Secret], bool],
    organization: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apikeys.sessions.store.AT_ONCE", 3)
    opened = [new(SESSIONS) for _ in range(7)]
    for secret in opened:
        sessions.open(secret, session(), NOW)
    assert sessions.end_all(organization) == len(opened)
    assert not any(map(is_open, opened))


def test_a_person_has_at_most_20_open_sessions_and_tickets_and_the_first_to_expire_end_for_more(
    sessions: SessionStore,
    session: Callable[..., Session],
    is_open: Callable[[Secret], bool],
    organization: str,
) -> None:
    opened = [new(SESSIONS) for _ in range(20)]
    for age, secret in enumerate(opened):
        sessions.open(secret, session(expires_at=NOW + HOUR + age), NOW)
    ticket, bobs = new(TICKETS), new(SESSIONS)
    sessions.open(bobs, session("bob"), NOW)
    sessions.add_ticket(ticket, session(expires_at=NOW + 300), NOW)
    assert [is_open(secret) for secret in opened] == [False] + 19 * [True]
    assert sessions.count(organization, person_id="ada") == 20
    sessions.redeem(ticket, new(SESSIONS), session(expires_at=NOW + 2 * HOUR), NOW)
    assert [is_open(secret) for secret in opened] == [False] + 19 * [True]
    assert is_open(bobs)


def test_more_open_sessions_than_one_transaction_can_end_refuse_nobody(
    sessions: SessionStore,
    session: Callable[..., Session],
    is_open: Callable[[Secret], bool],
    organization: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apikeys.sessions.limits.OPEN_PER_PERSON", 200)
    for _ in range(120):
        sessions.open(new(SESSIONS), session(), NOW)
    monkeypatch.undo()
    for still_open in (120 + 1 - AT_ONCE, 20):
        secret = new(SESSIONS)
        sessions.open(secret, session(expires_at=NOW + 2 * HOUR), NOW)
        assert is_open(secret)
        assert sessions.count(organization) == still_open


def test_at_the_limit_of_an_organization_its_first_session_to_expire_ends_for_one_more(
    sessions: SessionStore,
    session: Callable[..., Session],
    is_open: Callable[[Secret], bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apikeys.sessions.limits.OPEN_PER_ORGANIZATION", 2)
    first, second, third = new(SESSIONS), new(SESSIONS), new(SESSIONS)
    sessions.open(second, session("bob", expires_at=NOW + 2 * HOUR), NOW)
    sessions.open(first, session("ada", expires_at=NOW + HOUR), NOW)
    sessions.open(third, session("eve", expires_at=NOW + 2 * HOUR), NOW)
    assert [is_open(secret) for secret in (first, second, third)] == [False, True, True]


def test_an_expired_session_leaves_the_roster_when_the_next_one_is_opened(
    sessions: SessionStore, session: Callable[..., Session], organization: str
) -> None:
    sessions.open(new(SESSIONS), session(expires_at=NOW + HOUR), NOW)
    sessions.open(new(SESSIONS), session("bob", expires_at=NOW + 2 * HOUR), NOW + HOUR)
    assert sessions.count(organization) == 1


def test_a_presented_session_ends_wherever_it_belongs_if_its_secret_is_right(
    sessions: SessionStore,
    session: Callable[..., Session],
    signed_in: Callable[[Session], Secret],
    is_open: Callable[[Secret], bool],
    organization: str,
) -> None:
    secret, other = signed_in(session()), signed_in(session())
    guessed = Secret("session_", secret.reveal()[:-49] + new(SESSIONS).reveal()[-49:], "ses_")
    assert guessed.id == secret.id
    sessions.end_presented(guessed)
    assert is_open(secret)
    sessions.end_presented(secret)
    sessions.end_presented(secret)
    assert not is_open(secret)
    assert is_open(other)
    assert sessions.count(organization) == 1
