"""One key opens as many streams as it can: others, and its own revocation, do not wait for it.

Concurrency is reserved and capped as docs/deploying.md says, in the sizes of one machine.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from statistics import median
from typing import Self

import httpx
import pytest

from tests.e2e.api import PATIENCE_S, TRUSTED, Api
from tests.e2e.conftest import Gateway, local_gateway
from tests.e2e.runtime import counted, open_session, streamed

PER_KEY, PER_ORGANIZATION, CAP = 4, 6, 12
FLOOD = 200
# The flood's own connections. With what may run they stay below the cap, as one client's do on AWS.
AT_ONCE = 4

#: As long as a stream may last.
LONG = {"tool": "count", "arguments": {"to": 6, "interval_ms": 60_000}}


@pytest.fixture(scope="module")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    parameters = (
        "AuthorizerConcurrency=8",
        f"RuntimeConcurrency={CAP}",
        f"RunningPerKey={PER_KEY}",
        f"RunningPerOrganization={PER_ORGANIZATION}",
    )
    with local_gateway(parameters, DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        yield running


@pytest.fixture
def one(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_flood")) as api:
        yield api


@pytest.fixture
def other(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_beside")) as api:
        yield api


TOO_MANY = (
    '{"error":"This key has 4 executions running, which is the limit. '
    'Wait until one ends, or end one by closing its connection, then try again."}'
)


class Flood:
    """What the streams of some keys were answered. Those that began run until the block ends."""

    def __init__(self, api: Api, *keys: str) -> None:
        self.statuses: list[int] = []
        self.refusals: set[tuple[str, str]] = set()
        self._api = api
        self._keys = keys
        self._sessions = [open_session(api, key) for key in keys]
        self._opened = ExitStack()
        self._client = httpx.Client(
            timeout=PATIENCE_S, verify=TRUSTED, limits=httpx.Limits(max_connections=None)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()
        self._client.close()

    def open(self, number: int) -> int:
        """Try to open one more stream: its status."""
        which = number % len(self._keys)
        request = self._client.build_request(
            "POST",
            f"{self._api.url}{self._sessions[which]}/executions",
            headers={"x-api-key": self._keys[which], "Accept": "text/event-stream"},
            json=LONG,
        )
        response = self._client.send(request, stream=True)
        if response.status_code == 200:
            self._opened.callback(response.close)
        else:
            self.refusals.add((response.headers.get("retry-after", ""), response.read().decode()))
            response.close()
        self.statuses.append(response.status_code)
        return response.status_code


@contextmanager
def crowd(api: Api, key: str) -> Iterator[None]:
    """As many clients at once as a flood has, whose calls are ordinary: what this machine's load costs."""
    ended = threading.Event()

    def calls() -> None:
        with closing(Api(api.url, api.admin_key)) as client:
            while not ended.is_set():
                assert client.status(key) == 200

    with ThreadPoolExecutor(AT_ONCE) as clients:
        running = [clients.submit(calls) for _ in range(AT_ONCE)]
        try:
            yield
        finally:
            ended.set()
    for one in running:
        one.result()


def timed(call: Callable[[], object], times: int) -> float:
    """The median of how long a call takes, in milliseconds."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        taken.append(1000 * (time.perf_counter() - started))
    return round(median(taken), 1)


@pytest.mark.timeout(900)
def test_a_flood_of_one_key_stays_within_its_bound_while_others_and_its_revocation_are_answered(
    one: Api, other: Api, record_property: Callable[[str, object], None]
) -> None:
    keys = [one.create("runtime") for _ in range(14)]
    flooding, session = keys[0], open_session(other, key := other.create("runtime")["secret"])

    def beside() -> None:
        """What another organization does, which has to be answered."""
        assert other.status(key) == 200
        with streamed(other.url, key, session, "count", to=2, interval_ms=1) as events:
            assert counted(events) == [1, 2]

    def revoke() -> None:
        one.revoke(keys.pop()["id"])

    usual, usual_revocation = timed(beside, 9), timed(revoke, 3)
    with crowd(one, keys[1]["secret"]):
        crowded, crowded_revocation = timed(beside, 9), timed(revoke, 3)
    with Flood(one, flooding["secret"]) as flood, ThreadPoolExecutor(AT_ONCE) as clients:
        streams = [clients.submit(flood.open, number) for number in range(FLOOD)]
        while flood.statuses.count(200) < PER_KEY:
            beside()
        meanwhile, meanwhile_revocation = timed(beside, 9), timed(revoke, 3)
        one.revoke(flooding["id"])
        assert one.status(flooding["secret"]) == 401
        statuses = Counter(stream.result() for stream in streams)
        # What the flood may run still runs. Nobody opens more, so both are measured on the same machine.
        held, held_revocation = timed(beside, 9), timed(revoke, 3)
    assert statuses[200] == PER_KEY
    assert statuses.keys() <= {200, 429, 401}  # 401 once it was revoked
    assert {text for _, text in flood.refusals} <= {TOO_MANY, '{"error": "Invalid API key"}'}
    for name, times in (
        ("other calls", (usual, crowded, meanwhile, held)),
        ("revocation", (usual_revocation, crowded_revocation, meanwhile_revocation, held_revocation)),
    ):
        when = ("usually", "beside as many ordinary calls", "while the flood opens", "while it runs")
        record_property(f"{name}, ms", ", ".join(f"{ms} {how}" for ms, how in zip(times, when, strict=True)))
    record_property("streams", dict(statuses))


@pytest.mark.timeout(900)
def test_all_keys_of_an_organization_together_get_no_more_than_its_bound(one: Api, other: Api) -> None:
    secrets = [one.create("runtime")["secret"] for _ in range(4)]
    with Flood(one, *secrets) as flood:
        statuses = Counter(flood.open(number) for number in range(20))
        assert statuses == {200: PER_ORGANIZATION, 429: 20 - PER_ORGANIZATION}
        assert {after for after, _ in flood.refusals} == {"5"}
        # Its neighbour has its whole share.
        with Flood(other, other.create("runtime")["secret"]) as neighbour:
            assert [neighbour.open(number) for number in range(PER_KEY)] == [200] * PER_KEY
