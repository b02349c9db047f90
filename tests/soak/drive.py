"""Many clients that call with keys while others rotate and revoke them.

Owns the load, and the record of what every client saw. Judges nothing: that is `history`.
"""

import random
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from math import inf
from threading import Event, Lock
from time import monotonic
from typing import Any

from apikeys.secret import checksum
from tests.soak.client import Client, Key, records
from tests.soak.every_route import EveryRoute, Route
from tests.soak.history import ALWAYS, Call, Span

_PATH = "/api/runtime/capabilities"
_KEYS_OF_A_MANAGER = 3
# The others call one: each function needs a process for each call at the same time.
_CLIENTS_OF_EVERY_ROUTE = 2
_OK, _CREATED = 200, 201


@dataclass
class History:
    """What was seen. `records` are all keys of the organization as they were left.

    `answers` counts the calls of every route by what they say of the key, where clients call every route.
    """

    calls: list[Call] = field(default_factory=list)
    revocations: dict[str, Span] = field(default_factory=dict)
    records: list[dict[str, Any]] = field(default_factory=list)
    answers: Counter[tuple[Route, int]] = field(default_factory=Counter)
    seconds: float = 0


class Drive:
    """One run against the stack at `url`, within the organization of `admin_key`."""

    def __init__(
        self,
        url: str,
        admin_key: str,
        make: Callable[[], dict[str, str]] | None = None,
        end: Callable[[str], bool] | None = None,
        *,
        every_route: bool = False,
    ) -> None:
        """Without `make` and `end`, the API makes and ends keys.

        `make` makes a new key, and answers its `id` and `secret`. `end` ends the key of a secret, and
        answers whether that is done. With `every_route`, some clients call all routes with the keys.
        """
        self._url = url
        self._make = make
        self._end = end
        self._calls_every_route = every_route
        self._every_route: EveryRoute | None = None
        self._admin = Key(f"key_{admin_key[-61:-49]}", admin_key)
        wrong = Key("wrong secret", _with_another_secret(admin_key))
        self._active: list[Key] = []
        self._refused = deque([wrong], maxlen=32)
        self._history = History(revocations={wrong.name: ALWAYS})
        self._seen: set[str] = set()
        self._adding = Lock()
        self._begun, self._stopped = Event(), Event()

    def run(
        self, calls: float = inf, revocations: int = 0, *, clients: int = 8, managers: int = 2
    ) -> History:
        """Make at least this many calls and revocations, or go on until `stop`. Returns what was seen."""
        started = monotonic()
        ticket = count()
        if self._calls_every_route:
            with closing(self._client()) as client:
                others = [self._other(client) for _ in range(_CLIENTS_OF_EVERY_ROUTE + 1)]
            self._every_route = EveryRoute(self._admin, *others)
            self._history.answers = self._every_route.answers
        with ThreadPoolExecutor(clients + managers) as pool:
            managing = [pool.submit(self._manage) for _ in range(managers)]
            for thread in managing:
                # One that breaks ends the run, whose clients would otherwise wait for its keys forever.
                thread.add_done_callback(lambda _: self.stop())
            calling = [
                pool.submit(self._call, number, ticket, calls, revocations) for number in range(clients)
            ]
            for thread in calling:
                thread.exception()
            self.stop()
        for thread in managing + calling:
            thread.result()
        with closing(self._client()) as client:
            self._history.records = list(records(client, self._admin))
        self._history.seconds = monotonic() - started
        return self._history

    def stop(self) -> None:
        """Let every client make its last call."""
        self._stopped.set()
        self._begun.set()

    def _client(self) -> Client:
        return Client(self._url, self._history.calls)

    def _call(self, number: int, ticket: "count[int]", calls: float, revocations: int) -> None:
        chance = random.Random(number)  # noqa: S311 - it guards nothing
        every_route = self._every_route if number < _CLIENTS_OF_EVERY_ROUTE else None
        with closing(self._client()) as client:
            self._begun.wait()
            while not self._stopped.is_set() and (
                next(ticket) < calls
                or len(self._history.revocations) <= revocations
                or (every_route and every_route.has_more())
            ):
                # One call in three is with a key that is no longer good, most often one just revoked.
                among = self._active if self._active and chance.random() < 2 / 3 else self._refused
                key = chance.choice(list(among))
                if every_route:
                    every_route(client, key, chance)
                else:
                    client.call("GET", _PATH, key)

    def _manage(self) -> None:
        with closing(self._client()) as client:
            own: deque[Key] = deque()
            while not self._stopped.is_set():
                if len(own) == _KEYS_OF_A_MANAGER:
                    old = own.popleft()
                    own += self._replacement(client, old)
                    self._revoke(client, old)
                else:
                    own += self._new(client)

    def _new(self, client: Client) -> list[Key]:
        if self._make:
            return self._added(_CREATED, self._make())
        scopes = ["runtime", "keys"] if self._calls_every_route else ["runtime"]
        return self._added(*client.call("POST", "/api/keys", self._admin, {"name": "Soak", "scopes": scopes}))

    def _other(self, client: Client) -> Key:
        _, record = client.call("POST", "/api/keys", self._admin, {"name": "Other"})
        return Key(record["id"], record["secret"])

    def _replacement(self, client: Client, old: Key) -> list[Key]:
        """Rotate as the manual says: a replacement whose secret was lost is revoked before the next try."""
        path = f"/api/keys/{old.name}"
        while not self._stopped.is_set():
            if added := self._added(*client.call("POST", f"{path}/rotate", self._admin)):
                return added
            status, record = client.call("GET", path, self._admin)
            if status == _OK and record["replaced_by"]:
                client.call("DELETE", f"/api/keys/{record['replaced_by']}", self._admin)
        return []

    def _added(self, status: int, record: dict[str, Any]) -> list[Key]:
        if status != _CREATED:
            return []
        key = Key(record["id"], record["secret"])
        with self._adding:
            if key.name in self._seen:
                raise RuntimeError(f"{key.name} was given twice: its calls would be judged as one key's")
            self._seen.add(key.name)
        self._active.append(key)
        self._begun.set()
        return [key]

    def _revoke(self, client: Client, key: Key) -> None:
        """Revoke, and be the first to call with the key afterwards."""
        started = monotonic()
        self._history.revocations[key.name] = Span(started, inf)
        while not self._stopped.is_set():
            if self._is_ended(client, key):
                self._history.revocations[key.name] = Span(started, monotonic())
                client.call("GET", _PATH, key)
                self._active.remove(key)
                self._refused.append(key)
                break

    def _is_ended(self, client: Client, key: Key) -> bool:
        if self._end:
            return self._end(key.secret)
        return client.call("DELETE", f"/api/keys/{key.name}", self._admin)[0] == _OK


def _with_another_secret(secret: str) -> str:
    body = secret[:-49] + ("1" if secret[-49] == "0" else "0") + secret[-48:-6]
    return body + checksum(body)
