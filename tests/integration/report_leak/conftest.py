"""The function that leaks are reported to, in this process, on a real DynamoDB API."""

import os
import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from apikeys.history.store import HistoryStore
from apikeys.keys.key import Key
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES, Secret, SecretFormat
from leaks.report_leak import app
from local.template.template import Template
from operation import environment
from tests.integration.as_function import BreakingWrites, as_function
from tests.keys import made_up, sign_in

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Context:
    """What the handler reads of Lambda's context."""

    aws_request_id = "request-1"
    function_name = "ReportLeakFunction"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 60_000


class Leaks(NamedTuple):
    """The function, and what it works on."""

    keys: KeyStore
    history: HistoryStore
    writes: BreakingWrites

    def key(self, organization_id: str = "") -> tuple[Key, Secret]:
        """A new key, and its secret."""
        secret = SecretFormat("sk_live_copia_").new(os.urandom(ENTROPY_BYTES))
        key = replace(made_up(secret.id, organization_id or f"org_{uuid.uuid4().hex[:8]}"), hint=secret.hint)
        self.keys.add(key, secret.digest)
        return key, secret

    @staticmethod
    def sign_in(key: Key) -> None:
        """A person signs in with the key."""
        sign_in(environment.session_store(), key)

    def report(self, text: str, source: str = "a test", url: str | None = None) -> list[dict[str, Any]]:
        """What the function answers about the secrets in `text`."""
        event = {"text": text, "source": source, "url": url}
        answer: dict[str, Any] = app.handler(event, Context())  # type: ignore[arg-type]
        found: list[dict[str, Any]] = answer["secrets"]
        return found

    def events(self, key: Key) -> list[dict[str, Any]]:
        """The function's events about the key, oldest first.

        A gateway that runs beside it may add events about writes to the key.
        """
        told = self.history.of_key(key.organization_id, key.id, 100, None).events[::-1]
        return [event for event in told if event["type"] == "leaked"]


@pytest.fixture(scope="module")
def function(template: Template, dynamodb: "DynamoDBClient") -> Iterator[Leaks]:
    writes = BreakingWrites("PutItem", "TransactWriteItems")
    stores = (environment.key_store, environment.session_store, environment.history_store)
    with as_function("ReportLeakFunction", template, dynamodb, writes, stores):
        yield Leaks(KeyStore(dynamodb, "KeyTable"), HistoryStore(dynamodb, "HistoryTable"), writes)


@pytest.fixture
def leaks(function: Leaks, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Leaks:
    """The function with what OnLeak is by default, or with the test's own."""
    if on_leak := getattr(request, "param", None):
        monkeypatch.setenv("ON_LEAK", on_leak)
    function.writes.heal()
    return function
