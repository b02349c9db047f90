"""Calls of every route of the template, each of which says whether a key is good.

Owns the calls, and how each is answered for a good key. Judges nothing: that is `history`. It changes keys
that nobody else changes, each by one call at a time: no call is refused because another one was quicker.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from queue import SimpleQueue

from tests.soak.client import Client, Key
from tests.soak.history import ACCEPTED, REFUSED

#: Method and path, as the template writes them.
Route = tuple[str, str]

_KEY = "/api/keys/{key_id}"
_MCP = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
_PAGE = {"X-Settings-Page": "sign-in"}
_SIGN_IN = "POST", "/settings/session"
_SESSION = "/api/keys/session"
_OK, _CREATED = 200, 201
# More calls than it ever takes to make each with a good key and with a bad one.
_PATIENCE = 4000
_ANY = "x-amazon-apigateway-any-method"

#: Routes that ask for no key.
PUBLIC: tuple[Route, ...] = (("GET", "/settings/api"), ("GET", "/settings/session"))

# What is asked with a key: the path's query, and the body.
_PLAIN: dict[Route, tuple[str, object]] = {
    ("GET", "/api/runtime/{proxy+}"): ("", None),
    ("POST", "/api/mcp"): ("", {"jsonrpc": "2.0", "id": 1, "method": "ping"}),
    ("GET", "/api/keys"): ("?limit=5", None),
    ("POST", "/api/keys"): ("", {"name": "Made by a key"}),
    ("GET", "/api/history"): ("?limit=5", None),
    ("GET", "/api/usage"): ("?limit=2&days=2", None),
    ("GET", _KEY): ("", None),
    ("DELETE", _KEY): ("", None),
    ("GET", f"{_KEY}/history"): ("", None),
    ("GET", f"{_KEY}/usage"): ("?days=2&chain=true", None),
    ("POST", f"{_KEY}/rotate"): ("", None),
}


class EveryRoute:
    """Calls of one route after the other. `answers` counts them by route and what each says of the key."""

    def __init__(self, admin: Key, ended: Key, *others: Key) -> None:
        """`ended` is revoked, and `others`, one for each client, are changed."""
        self._admin = admin
        self._ended = ended
        self._others: SimpleQueue[Key] = SimpleQueue()
        for other in others:
            self._others.put(other)
        # By the name of the key that opened it: a session's headers.
        self._sessions: dict[str, dict[str, str]] = {}
        self._special: dict[Route, Callable[[Client, Key, random.Random], None]] = {
            ("PATCH", _KEY): self._change,
            ("POST", "/api/keys/find"): self._find,
            ("POST", "/api/keys/verify"): self._verify,
            _SIGN_IN: self._sign_in,
            ("GET", _SESSION): partial(self._use_session, "GET"),
            ("DELETE", _SESSION): partial(self._use_session, "DELETE"),
        }
        self._turns = cycle([*_PLAIN, *self._special, *PUBLIC])
        self.answers: Counter[tuple[Route, int]] = Counter()

    def has_more(self) -> bool:
        """Whether a route was not yet called with a good key and with a bad one, though there was time."""
        asked = [(route, status) for route in (*_PLAIN, *self._special) for status in (ACCEPTED, REFUSED)]
        return any(one not in self.answers for one in asked) and self.answers.total() < _PATIENCE

    def __call__(self, client: Client, key: Key, chance: random.Random) -> None:
        route = next(self._turns)
        if route in PUBLIC:
            self.answers[route, client.ask(*route, {}).status] += 1
        elif route in self._special:
            self._special[route](client, key, chance)
        else:
            query, body = _PLAIN[route]
            with self._other() as other:
                name = self._ended.name if route[0] == "DELETE" else other.name
                path = route[1].replace("{key_id}", name).replace("{proxy+}", "capabilities")
                self._ask(client, route, path + query, key, body)

    def _ask(self, client: Client, route: Route, path: str, key: Key, body: object) -> None:
        answer = client.ask(route[0], path, {"x-api-key": key.secret, **_MCP}, body)
        self.answers[route, client.note(key, answer)] += 1

    def _change(self, client: Client, key: Key, chance: random.Random) -> None:
        changes = (
            {"name": f"Changed {chance.random()}", "description": None},
            {"description": f"Described {chance.random()}", "metadata": {"number": str(chance.random())}},
            {"disabled": chance.random() < 1 / 2},
            {"scopes": ["runtime"], "allowed_addresses": ["198.51.100.0/24"], "metadata": {"number": None}},
        )
        with self._other() as other:
            path = _KEY.replace("{key_id}", other.name)
            self._ask(client, ("PATCH", _KEY), path, key, chance.choice(changes))

    def _find(self, client: Client, key: Key, _: random.Random) -> None:
        route = "POST", "/api/keys/find"
        self._ask(client, route, route[1], key, {"text": f"RUNTIME_KEY={self._ended.secret}\n"})

    def _verify(self, client: Client, key: Key, _: random.Random) -> None:
        route = "POST", "/api/keys/verify"
        answer = client.ask(*route, {"x-api-key": self._admin.secret}, {"key": key.secret})
        if answer.status == _OK:
            noted = client.note_verdict(key, answer, is_good=answer.body["valid"])
            self.answers[route, noted] += 1
        else:
            client.note(self._admin, answer)

    def _sign_in(self, client: Client, key: Key, _: random.Random) -> None:
        answer = client.ask(*_SIGN_IN, _PAGE, {"key": key.secret})
        self.answers[_SIGN_IN, client.note(key, answer)] += 1
        if answer.status == _CREATED:
            self._sessions[key.name] = {"Cookie": answer.cookie, "X-Settings-Page": answer.body["id"]}

    def _use_session(self, method: str, client: Client, key: Key, chance: random.Random) -> None:
        """Call with a session that the key opened, and which ends with the key."""
        # No other call has it at the same time: one that signs out would end it for the others.
        session = self._sessions.pop(key.name, None)
        if not session:
            self._sign_in(client, key, chance)
            return
        answer = client.ask(method, _SESSION, session)
        self.answers[(method, _SESSION), client.note(key, answer)] += 1
        if method == "GET" or answer.status != _OK:
            self._sessions[key.name] = session

    @contextmanager
    def _other(self) -> Iterator[Key]:
        other = self._others.get()
        try:
            yield other
        finally:
            self._others.put(other)


def left_out(
    paths: Mapping[str, Mapping[str, object]], answers: Mapping[tuple[Route, int], int]
) -> list[str]:
    """Every route of an API's `paths` that was not called with good keys and with bad ones, a line each."""
    found = []
    for path, methods in paths.items():
        for method in methods:
            seen = {
                status
                for ((called, its_path), status), _ in answers.items()
                if its_path == path and method in (called.lower(), _ANY)
            }
            public = (method.upper(), path) in PUBLIC
            if not seen >= ({ACCEPTED} if public else {ACCEPTED, REFUSED}):
                found.append(f"{method} {path}: answered {sorted(seen)}")
    return found
