"""One client of the API, which notes what it was answered.

Owns the connection and the notes. Judges nothing: that is `history`.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from http.client import HTTPConnection
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.soak.history import ACCEPTED, REFUSED, Call

_OK, _CREATED, _CONFLICT = 200, 201, 409
#: A key that may do something, even in vain, was accepted.
GOOD = frozenset({_OK, _CREATED, _CONFLICT})


class Key(NamedTuple):
    name: str
    secret: str


class Answer(NamedTuple):
    """An answer: its status, the object that it holds, its cookie, and when the call began and ended."""

    status: int
    body: dict[str, Any]
    cookie: str
    started: float
    ended: float


class Client:
    """One kept-alive connection, which notes every call with a key that is made over it."""

    def __init__(self, url: str, calls: list[Call]) -> None:
        target = urlsplit(url)
        self._connection = HTTPConnection(target.hostname or "", target.port, timeout=60)
        self._calls = calls

    def close(self) -> None:
        self._connection.close()

    def call(self, method: str, path: str, key: Key, body: object = None) -> tuple[int, dict[str, Any]]:
        answer = self.ask(method, path, {"x-api-key": key.secret}, body)
        self.note(key, answer)
        return answer.status, answer.body

    def ask(self, method: str, path: str, headers: Mapping[str, str], body: object = None) -> Answer:
        """Make a call, and note nothing."""
        sent = None if body is None else json.dumps(body)
        started = monotonic()
        self._connection.request(method, path, sent, dict(headers))
        response = self._connection.getresponse()
        text = response.read()
        is_json = response.headers.get_content_type() == "application/json"
        answer: dict[str, Any] = json.loads(text) if is_json else {}
        cookie = response.headers.get("Set-Cookie", "").partition(";")[0]
        return Answer(response.status, answer, cookie, started, monotonic())

    def leave(self, method: str, path: str, key: Key, body: object) -> None:
        """Make a call, and hang up before it is answered."""
        self._connection.request(method, path, json.dumps(body), {"x-api-key": key.secret})
        self._connection.close()

    def note(self, key: Key, answer: Answer, good: Collection[int] = GOOD) -> int:
        """Note what a call says about a key: one of `good` means that it was accepted. Returns the note."""
        status = ACCEPTED if answer.status in good else answer.status
        self._calls.append(Call(key.name, answer.started, answer.ended, status))
        return status

    def note_verdict(self, key: Key, answer: Answer, *, is_good: bool) -> int:
        """Note what an answer explicitly says about a key."""
        status = ACCEPTED if is_good else REFUSED
        self._calls.append(Call(key.name, answer.started, answer.ended, status))
        return status


def records(client: Client, admin: Key) -> Iterator[dict[str, Any]]:
    """All keys of an organization as they are."""
    path: str | None = "/api/keys?include_revoked=true&limit=100"
    first = path
    while path:
        status, page = client.call("GET", path, admin)
        if status != _OK:
            raise RuntimeError(f"the list is answered with {status}")
        yield from page["keys"]
        path = f"{first}&cursor={page['next_cursor']}" if page["next_cursor"] else None
