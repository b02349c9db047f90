"""Keys that are changed again and again, by one writer each or by many at once.

Owns what they are changed to, the writers, and the record of what they sent and were answered. Judges
nothing: that is `turns` and `told`.
"""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from threading import Event
from typing import Any, Self

from tests.soak.client import Client, Key
from tests.soak.history import UNAVAILABLE
from tests.soak.told import Change

_OK, _CREATED = 200, 201
# One call in so many is left before it is answered.
_LEFT = 10

#: What a key is changed to, over and over, and what its calls are answered then.
CHANGES: Sequence[tuple[dict[str, Any], int]] = (
    ({"disabled": True}, 401),
    ({"disabled": False}, 200),
    ({"scopes": ["keys"]}, 403),
    ({"scopes": ["runtime"]}, 200),
    ({"allowed_addresses": ["198.51.100.0/24", "2001:db8::/32"]}, 401),
    ({"allowed_addresses": ["0.0.0.0/0", "::/0"]}, 200),
)
_NAMES: Sequence[dict[str, Any]] = ({"name": "Turned"}, {"name": "Turned again"})
_FIELDS = [*_NAMES, *(fields for fields, _ in CHANGES)]


def made(client: Client, admin: Key) -> Key:
    """A new key."""
    status, record = client.call("POST", "/api/keys", admin, {"name": "Turned"})
    assert status == _CREATED, record
    return Key(record["id"], record["secret"])


class Writers:
    """Threads that change the same keys at once, from the block's beginning to its end."""

    def __init__(self, url: str, admin_key: str, *, keys: int = 2, writers: int = 3, at_most: int) -> None:
        self._url = url
        self._admin = Key("admin", admin_key)
        self._at_most = at_most
        self._pool = ThreadPoolExecutor(writers)
        self._numbers = range(writers)
        self._ticket = count()
        self._stopped = Event()
        self.changes: list[Change] = []
        with closing(Client(url, [])) as client:
            self._keys = [made(client, self._admin).name for _ in range(keys)]

    def __enter__(self) -> Self:
        self._writing = [self._pool.submit(self._write, number) for number in self._numbers]
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._pool.shutdown()
        for thread in self._writing:
            thread.result()

    def _write(self, number: int) -> None:
        chance = random.Random(number)  # noqa: S311 - it guards nothing
        with closing(Client(self._url, [])) as client:
            while not self._stopped.is_set() and next(self._ticket) < self._at_most:
                key_id, fields = chance.choice(self._keys), chance.choice(_FIELDS)
                self.changes.append(Change(key_id, fields, self._sent(client, key_id, fields, chance)))

    def _sent(
        self, client: Client, key_id: str, fields: dict[str, Any], chance: random.Random
    ) -> dict[str, Any] | None:
        call = "PATCH", f"/api/keys/{key_id}", self._admin, fields
        if not chance.randrange(_LEFT):
            client.leave(*call)
            return None
        status, answer = client.call(*call)
        assert status in (_OK, UNAVAILABLE), answer
        return answer if status == _OK else None
