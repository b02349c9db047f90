"""An organization whose keys are made in the store: the page is needed to look at them, not to make them."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from apikeys.cookie import COOKIE
from apikeys.keys.item import item_of
from apikeys.keys.key import IAM, Key, timestamp
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES, SecretFormat
from apikeys.sessions.store import SessionStore
from tests.e2e.api import Api, eventually
from tests.e2e.conftest import Gateway
from tests.keys import revoke

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FORMAT = SecretFormat("sk_live_copia_")

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
_WRITES_AT_ONCE = 25


class Organization:
    """One organization and its admin key. All its times are counted back from `now`."""

    def __init__(
        self,
        name: str,
        gateway: Gateway,
        store: KeyStore,
        *,
        table: str,
        dynamodb: "DynamoDBClient",
        now: datetime,
    ) -> None:
        self.id = name
        self.now = now
        self._secrets: dict[str, str] = {}
        self._store = store
        self._sessions = SessionStore(dynamodb, table)
        self._dynamodb = dynamodb
        self._table = table
        self.admin = self.add("Admin", "*", age=timedelta(minutes=1))
        self.admin_key = self.secret(self.admin)
        self.api = Api(gateway.url, self.admin_key, gateway.secrets)

    @property
    def secrets(self) -> list[str]:
        return [*self._secrets.values(), *self.api.secrets]

    def secret(self, key: Key) -> str:
        """The secret of a key that was made here."""
        return self._secrets[key.id]

    def add(
        self,
        name: str,
        *scopes: str,
        age: timedelta | None = None,
        used: timedelta | None = None,
        by: str = IAM,
    ) -> Key:
        """A key as it is in the table at the age of `age`, last used `used` ago.

        Without an age it is a day old, and a second older than the one before: a list of keys of one age has
        no order.
        """
        if age is None:
            age = timedelta(days=1, seconds=len(self._secrets))
        key, digest = self._draw(name, scopes or ("runtime",), age, by)
        key = replace(key, last_used_at=None if used is None else self._ago(used))
        self._store.add(key, digest)
        return key

    def add_many(
        self,
        number: int,
        *,
        name: str = "Worker {}",
        age: timedelta = timedelta(days=2),
        used: Callable[[int], timedelta] | None = None,
    ) -> None:
        """That many keys in few calls of the store, numbered from 0, each a second older than the last."""
        writes = []
        for index in range(number):
            older = age + timedelta(seconds=index)
            key, digest = self._draw(name.format(index), ("runtime",), older, IAM)
            if used:
                key = replace(key, last_used_at=self._ago(used(index)))
            writes.append({"PutRequest": {"Item": item_of(key) | {"digest": {"S": digest}}}})
        self._write(writes)

    def remove(self) -> None:
        """Take the keys that were made here out of the table: its index is read whole for every list."""
        self._write([{"DeleteRequest": {"Key": {"id": {"S": key_id}}}} for key_id in self._secrets])

    def rotate(self, old: Key) -> Key:
        """The replacement of the key, made a moment ago."""
        new, digest = self._draw(old.name, old.scopes, timedelta(0), self.admin.id)
        new = replace(new, replaces=old.id)
        self._store.replace(old, new, digest)
        return new

    def revoke(self, key: Key) -> None:
        """Revoke the key, and end the sessions that it opened, as the API does."""
        revoke(self._store, self.id, key.id, timestamp(self.now))
        self._sessions.end_all(self.id, key_id=key.id)

    def use(self, key: Key, ago: timedelta) -> None:
        """Let the key have been used `ago`, and not later."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"id": {"S": key.id}},
            UpdateExpression="SET last_used_at = :at",
            ExpressionAttributeValues={":at": {"S": self._ago(ago)}},
        )

    def active(self, name: str) -> list[Key]:
        """The active keys with this name, newest first."""
        return [key for key in self._store.page(self.id, 1000).keys if key.name == name]

    def await_events(self, key_id: str, number: int) -> None:
        """Wait until the key's history tells that many events: it follows the table within moments."""
        address = f"/api/keys/{key_id}/history"
        assert eventually(lambda: len(self.api.admin("GET", address).json()["events"]) == number)

    def session_status(self, cookie: str) -> int:
        """The answer to a browser with this session."""
        sent = {"Cookie": f"{COOKIE}={cookie}"}
        return httpx.get(f"{self.api.url}/api/keys/session", headers=sent, timeout=60).status_code

    def _write(self, writes: Sequence[Any]) -> None:
        for start in range(0, len(writes), _WRITES_AT_ONCE):
            batch = writes[start : start + _WRITES_AT_ONCE]
            answer = self._dynamodb.batch_write_item(RequestItems={self._table: batch})
            assert not answer["UnprocessedItems"]

    def _ago(self, ago: timedelta) -> str:
        return timestamp(self.now - ago)

    def _draw(self, name: str, scopes: tuple[str, ...], age: timedelta, by: str) -> tuple[Key, str]:
        secret = _FORMAT.new(os.urandom(ENTROPY_BYTES))
        self._secrets[secret.id] = secret.reveal()
        key = Key(
            id=secret.id,
            name=name,
            organization_id=self.id,
            scopes=scopes,
            hint=secret.hint,
            created_at=self._ago(age),
            created_by=by,
        )
        return key, secret.digest
