"""Fifty streams of two organizations, all of them open at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import Gateway, local_gateway
from tests.e2e.runtime import Event, counted, open_session, streamed

AT_ONCE = 50


@pytest.fixture(scope="module")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    bounds = (f"RunningPerKey={AT_ONCE}", f"RunningPerOrganization={AT_ONCE}")
    with local_gateway(bounds, DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        yield running


@pytest.fixture
def callers(gateway: Gateway) -> Iterator[list[tuple[Api, str]]]:
    """An API and a runtime key of each organization."""
    with closing(gateway.api("org_one")) as one, closing(gateway.api("org_other")) as other:
        yield [(stack, stack.create("runtime")["secret"]) for stack in (one, other)]


@pytest.mark.timeout(900)  # it starts 50 processes
def test_fifty_streams_at_once_are_neither_cut_nor_mixed_up(callers: list[tuple[Api, str]]) -> None:
    def stream(number: int, tool: str, **arguments: object) -> AbstractContextManager[Iterator[Event]]:
        stack, key = callers[number % 2]
        return streamed(stack.url, key, open_session(stack, key), tool, **arguments)

    with ExitStack() as opened:
        # One after another, so that each has the machine to itself while its process starts.
        for number in range(AT_ONCE):
            events = opened.enter_context(stream(number, "count", to=6, interval_ms=60_000))
            assert next(events).data == {"count": 1}

    results = {}
    with ExitStack() as opened, ThreadPoolExecutor(AT_ONCE) as readers:
        # And so that moto, which answers one request at a time, is not asked by fifty.
        for number in range(AT_ONCE):
            with stream(number, "echo", text=f"stream {number}") as events:
                [output, _] = events
            assert output.data["text"] == f"stream {number}"
            events = opened.enter_context(stream(number, "count", to=20 + number, interval_ms=100))
            results[number] = readers.submit(counted, events)
        for number, result in results.items():
            assert result.result() == list(range(1, 21 + number))
