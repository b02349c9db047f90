"""Keys are disabled, narrowed and limited, and restored again, while many clients call with them.

SOAK_CALLS sets the number of calls; `make soak` makes a hundred thousand.
"""

import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count, cycle
from threading import Event
from time import monotonic

from tests.e2e.conftest import local_gateway
from tests.soak.changes import CHANGES, made
from tests.soak.client import Client, Key
from tests.soak.history import UNAVAILABLE, Call, Span
from tests.soak.turns import MADE, Turn, misread

CALLS = int(os.environ.get("SOAK_CALLS", "1000"))
PATH = "/api/runtime/capabilities"
KEYS, CLIENTS = 3, 6


class Drive:
    """Clients that call with some keys, while one writer turns each key. Notes what was seen and done."""

    def __init__(self, url: str, admin_key: str) -> None:
        self._url = url
        self._admin = Key("admin", admin_key)
        self._ticket = count()
        self._stopped = Event()
        self.seen: list[Call] = []

    def run(self) -> dict[str, list[Turn]]:
        """Make CALLS calls. Returns the turns of each key."""
        with closing(Client(self._url, [])) as client:
            keys = [made(client, self._admin) for _ in range(KEYS)]
        with ThreadPoolExecutor(KEYS + CLIENTS) as pool:
            turning = {key.name: pool.submit(self._turn, key) for key in keys}
            using = [pool.submit(self._use, number, keys) for number in range(CLIENTS)]
            for thread in using:
                thread.exception()
            self._stopped.set()
        for thread in using:
            thread.result()
        return {name: thread.result() for name, thread in turning.items()}

    def _turn(self, key: Key) -> list[Turn]:
        turns = [MADE]
        changes = cycle(CHANGES)
        with closing(Client(self._url, [])) as client, closing(Client(self._url, self.seen)) as caller:
            while not self._stopped.is_set():
                fields, status = next(changes)
                started = monotonic()
                # A client that gets a 503 does not know the outcome, and makes the same change again.
                while client.call("PATCH", f"/api/keys/{key.name}", self._admin, fields)[0] == UNAVAILABLE:
                    pass
                turns.append(Turn(Span(started, monotonic()), status))
                # The first to call afterwards.
                caller.call("GET", PATH, key)
        return turns

    def _use(self, number: int, keys: list[Key]) -> None:
        chance = random.Random(number)  # noqa: S311 - it guards nothing
        with closing(Client(self._url, self.seen)) as client:
            while next(self._ticket) < CALLS:
                client.call("GET", PATH, chance.choice(keys))


def test_every_call_is_judged_by_the_key_as_it_is(record_property: Callable[[str, object], None]) -> None:
    with local_gateway() as gateway:
        drive = Drive(gateway.url, gateway.admin_key("org_turns"))
        turns = drive.run()
    answers = Counter(call.status for call in drive.seen)
    record_property("calls", len(drive.seen))
    record_property("changes", sum(len(its_turns) - 1 for its_turns in turns.values()))
    for status in (200, 401, 403):
        record_property(f"answered {status}", answers[status])
    for name, its_turns in turns.items():
        assert misread([call for call in drive.seen if call.key_id == name], its_turns) == []
        assert len(its_turns) > len(CHANGES)
    assert min(answers[200], answers[401], answers[403]) > CALLS / 20
