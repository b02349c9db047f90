"""A browser that signs in leaves no session behind: the one that it had ends, whatever opened either."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from apikeys.cookie import COOKIE, SESSIONS
from apikeys.keys.store import KeyStore
from apikeys.secret import CHECKSUM, ENTROPY_BYTES, Secret, SecretFormat, checksum
from apikeys.sessions.session import TICKETS, Session
from apikeys.sessions.store import SessionStore
from local.template.template import Template
from operation import environment
from people.sign_in import app
from people.sign_in import environment as sign_in
from tests.integration.as_function import BreakingWrites, as_function
from tests.integration.sign_in.conftest import CLIENT, FakeProvider
from tests.keys import made_up

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEYS = SecretFormat("sk_live_copia_")


def new(secrets: SecretFormat) -> Secret:
    return secrets.new(os.urandom(ENTROPY_BYTES))


class Context:
    """What the handler reads of Lambda's context."""

    aws_request_id = "request-1"
    function_name = "SignInFunction"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


class Door(NamedTuple):
    """The function, and what it can be asked with."""

    dynamodb: "DynamoDBClient"
    provider: FakeProvider
    writes: BreakingWrites

    def ticket(self) -> dict[str, Any]:
        """A ticket of a new organization."""
        ticket = new(TICKETS)
        session = Session(
            organization_id=f"org_{uuid.uuid4().hex[:12]}",
            organization_name="Acme",
            person_id="ada",
            person_name="Ada",
            role="member",
            opened_by="ticket",
            expires_at=environment.epoch() + 300,
        )
        SessionStore(self.dynamodb, "KeyTable").add_ticket(ticket, session, environment.epoch())
        return {"ticket": ticket.reveal()}

    def key(self) -> dict[str, Any]:
        secret = new(KEYS)
        key = replace(made_up(secret.id), scopes=("keys",), hint=secret.hint)
        KeyStore(self.dynamodb, "KeyTable").add(key, secret.digest)
        return {"key": secret.reveal()}

    def code(self) -> dict[str, Any]:
        nonce = "n" * 43
        self.provider.token = self.provider.sign(self.provider.claims(nonce=nonce))
        uri = "https://page.example/settings/api"
        return {"provider": {"code": "c", "verifier": "v" * 43, "nonce": nonce, "redirect_uri": uri}}

    def enter(self, presented: dict[str, Any], former: str = "") -> tuple[int, str]:
        """The status, and the cookie's value."""
        cookie = {"Cookie": [f"theme=dark; {COOKIE}={former}"]} if former else {}
        event = {
            "httpMethod": "POST",
            "multiValueHeaders": {"X-Settings-Page": ["sign-in"], **cookie},
            "body": json.dumps(presented),
            "requestContext": {"identity": {"sourceIp": "127.0.0.1"}},
        }
        answer: dict[str, Any] = app.handler(event, Context())  # type: ignore[arg-type]
        value = answer["headers"].get("Set-Cookie", "").partition("=")[2].partition(";")[0]
        return answer["statusCode"], value

    def is_open(self, cookie: str) -> bool:
        secret = SESSIONS.parse(cookie)
        assert secret is not None
        key = {"id": {"S": secret.id}}
        return "Item" in self.dynamodb.get_item(TableName="KeyTable", Key=key, ConsistentRead=True)


@pytest.fixture
def door(template: Template, dynamodb: "DynamoDBClient", provider: FakeProvider) -> Iterator[Door]:
    writes = BreakingWrites("TransactWriteItems")
    stores = (environment.key_store, environment.session_store, sign_in.provider, sign_in.doors)
    variables = {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": CLIENT, "SIGN_IN_WITH_KEY": "true"}
    with as_function("SignInFunction", template, dynamodb, writes, stores, **variables):
        yield Door(dynamodb, provider, writes)
        keys = sign_in.doors()._keys  # noqa: SLF001 - as at the end of a process
        assert keys is not None
        keys.verifier._reader.close()  # noqa: SLF001


DOORS: dict[str, Callable[[Door], dict[str, Any]]] = {
    "a ticket": Door.ticket,
    "a key": Door.key,
    "a provider": Door.code,
}


@pytest.mark.parametrize("present", DOORS.values(), ids=DOORS)
def test_a_sign_in_ends_the_session_that_the_browser_had(
    door: Door, present: Callable[[Door], dict[str, Any]]
) -> None:
    former, other = door.enter(door.ticket())[1], door.enter(door.ticket())[1]
    status, cookie = door.enter(present(door), former)
    assert status == 201
    assert (door.is_open(former), door.is_open(other), door.is_open(cookie)) == (False, True, True)


FAILING: dict[str, Callable[[Door], dict[str, Any]]] = {
    "an unknown ticket": lambda _: {"ticket": new(TICKETS).reveal()},
    "an unknown key": lambda _: {"key": new(KEYS).reveal()},
    "a code with another nonce": lambda door: {"provider": door.code()["provider"] | {"nonce": "o" * 43}},
    "nothing": lambda _: {},
}


@pytest.mark.parametrize("present", FAILING.values(), ids=FAILING)
def test_a_sign_in_that_fails_leaves_the_browser_its_session(
    door: Door, present: Callable[[Door], dict[str, Any]]
) -> None:
    former = door.enter(door.ticket())[1]
    status, cookie = door.enter(present(door), former)
    assert status in {400, 401}
    assert cookie == ""
    assert door.is_open(former)


def test_a_cookie_with_a_sessions_id_and_another_secret_ends_nothing(door: Door) -> None:
    victim = door.enter(door.ticket())[1]
    # Anyone can compute a checksum.
    body = victim[: len("session_") + 12] + new(SESSIONS).reveal()[len("session_") + 12 : -CHECKSUM]
    forged = body + checksum(body)
    assert door.enter(door.ticket(), forged)[0] == 201
    assert door.is_open(victim)


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "before its answer is here"])
def test_a_sign_in_succeeds_while_the_store_cannot_end_the_former_session(door: Door, *, after: bool) -> None:
    former = door.enter(door.ticket())[1]
    presented = door.ticket()
    door.writes.break_write(1, after=after)
    status, cookie = door.enter(presented, former)
    assert status == 201
    assert door.is_open(cookie)
    assert door.is_open(former) != after
