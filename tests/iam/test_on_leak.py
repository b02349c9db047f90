"""What the functions that leaks are reported to may do follows from the parameter OnLeak."""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from apikeys.keys.item import ATTRIBUTES, LAST_WRITE
from apikeys.keys.listing import state_of
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES, SecretFormat
from apikeys.sessions.store import SessionStore
from leaks.report_leak import app
from local.template.template import Template
from operation import environment
from tests.conftest import ROOT
from tests.iam.enforcing_proxy import EnforcingProxy
from tests.iam.policies import Permission, read_policies
from tests.integration.as_function import BreakingWrites, as_function
from tests.integration.report_leak.conftest import Context
from tests.keys import made_up, sign_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FUNCTIONS = ("ReportLeakFunction", "GithubLeakFunction")
TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/KeyTable"
HISTORY = TABLE.replace("KeyTable", "HistoryTable")
CHANGED = {"id", "about", LAST_WRITE, "name", "hint"}
#: OnLeak → the state in which it leaves a key, and the attributes of a key that it may write.
CHOICES: Mapping[str, tuple[str, set[str]]] = {
    "revoke": ("revoked", CHANGED | {"revoked_at"}),
    "disable": ("disabled", CHANGED | {"disabled_at"}),
    "notify": ("active", set()),
}


class Stack(NamedTuple):
    """A deployment with one value of OnLeak, and its store."""

    on_leak: str
    proxy: EnforcingProxy
    dynamodb: "DynamoDBClient"

    def may(self, function: str, action: str, resource: str, *attributes: str, **asked: Any) -> bool:
        wanted = Permission(f"dynamodb:{action}", resource, frozenset({"id", *attributes}), **asked)
        return any(one.allows(wanted) for one in self.proxy.policies[function])


@pytest.fixture(scope="module", params=CHOICES)
def stack(
    dynamodb: "DynamoDBClient", dynamodb_endpoint: str, request: pytest.FixtureRequest
) -> Iterator[Stack]:
    policies = read_policies(ROOT / "template.yaml", {"OnLeak": request.param})
    with closing(EnforcingProxy(dynamodb_endpoint, policies)) as proxy:
        yield Stack(request.param, proxy, dynamodb)


def test_it_does_its_job_and_asks_for_nothing_else(stack: Stack) -> None:
    template = Template.load(ROOT / "template.yaml", {"OnLeak": stack.on_leak})
    store, sessions = KeyStore(stack.dynamodb, "KeyTable"), SessionStore(stack.dynamodb, "KeyTable")
    secret = SecretFormat("sk_live_copia_").new(os.urandom(ENTROPY_BYTES))
    key = made_up(secret.id, f"org_{stack.on_leak}")
    store.add(key, secret.digest)
    sign_in(sessions, key)
    made = (environment.key_store, environment.session_store, environment.history_store)
    guarded = {"AWS_ENDPOINT_URL_DYNAMODB": stack.proxy.endpoint, "AWS_SESSION_TOKEN": FUNCTIONS[0]}
    with as_function(FUNCTIONS[0], template, stack.dynamodb, BreakingWrites(), made, **guarded):
        answer: Any = app.handler({"text": secret.reveal(), "source": "a test"}, Context())  # type: ignore[arg-type]
    assert [one["state"] for one in answer["secrets"]] == [CHOICES[stack.on_leak][0]]
    assert state_of(store.get(key.organization_id, key.id)) == CHOICES[stack.on_leak][0]
    assert sessions.end_all(key.organization_id) == (1 if stack.on_leak == "notify" else 0)
    assert stack.proxy.denied == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_may_write_what_on_leak_asks_for_and_nothing_else(stack: Stack, function: str) -> None:
    every = {*ATTRIBUTES, LAST_WRITE, "digest", "usage_key", "invented"}
    written = {name for name in every if stack.may(function, "UpdateItem", TABLE, name)}
    assert written == CHOICES[stack.on_leak][1]
    stops = stack.on_leak != "notify"
    for action, resource in (
        ("DeleteItem", "ses_1"),
        ("UpdateItem", "roster:org_1"),
        ("GetItem", "roster:org_1"),
    ):
        assert stack.may(function, action, TABLE, leading_key=resource) == stops
    assert not stack.may(function, "DeleteItem", TABLE, leading_key="key_1")
    assert not stack.may(function, "PutItem", TABLE)
    assert stack.may(function, "PutItem", HISTORY)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_of_the_table_it_may_read_keys_and_their_digests(stack: Stack, function: str) -> None:
    def reads(item: str, *attributes: str, select: str = "SPECIFIC_ATTRIBUTES") -> bool:
        return stack.may(function, "GetItem", TABLE, *attributes, select=select, leading_key=item)

    assert reads("key_1", *ATTRIBUTES, "digest")
    assert not reads("key_1", select="ALL_ATTRIBUTES")
    assert not reads("key_1", "usage_key")
    assert not any(reads(item, "digest") for item in ("ses_1", "tic_1", "organization:org_1"))
    assert not any(stack.may(function, action, TABLE) for action in ("Query", "Scan", "BatchGetItem"))
