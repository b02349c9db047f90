"""Streams through the whole stack: at once, undisturbed, and no longer than someone listens."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Barrier

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import Gateway
from tests.e2e.runtime import counted, open_session, streamed, wait_for

AT_ONCE = 50


def test_a_stream_whose_key_is_revoked_runs_to_its_end_while_new_calls_get_401(api: Api) -> None:
    key = api.create("runtime")
    session = open_session(api, key["secret"])
    with streamed(api.url, key["secret"], session, "count", to=20, interval_ms=1000) as events:
        first = next(events)
        api.revoke(key["id"])
        assert api.status(key["secret"]) == 401
        assert (
            api.call("POST", f"{session}/executions", key["secret"], json={"tool": "clock"}).status_code
            == 401
        )
        refused = time.monotonic()
        assert counted(chain([first], events)) == list(range(1, 21))
        # Had the stream been over by then, reading its rest would have taken no time.
        assert time.monotonic() - refused > 1


@pytest.mark.timeout(80, func_only=True)  # a tenth of the stream's 14 minutes
def test_the_first_event_arrives_long_before_the_last_is_produced(api: Api) -> None:
    key = api.create("runtime")["secret"]
    session = open_session(api, key)
    with streamed(api.url, key, session, "count", to=15, interval_ms=60_000) as events:
        assert next(events).data == {"count": 1}


@pytest.mark.timeout(900)  # a busy laptop starts 50 processes for it
def test_fifty_streams_at_once_are_neither_cut_nor_mixed_up(api: Api, other: Api) -> None:
    callers = [(stack, stack.create("runtime")["secret"]) for stack in (api, other)]
    all_open = Barrier(AT_ONCE)

    def run(number: int) -> tuple[list[int], str]:
        stack, key = callers[number % 2]
        session = open_session(stack, key)
        # Each waits with its first event in hand for the first event of all others: they are open at once.
        with streamed(stack.url, key, session, "count", to=15, interval_ms=60_000) as events:
            assert next(events).data == {"count": 1}
            all_open.wait(600)
        with streamed(stack.url, key, session, "echo", text=f"stream {number}") as events:
            [output, _] = events
        with streamed(stack.url, key, session, "count", to=20 + number, interval_ms=100) as events:
            return counted(events), output.data["text"]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(run, range(AT_ONCE)))
    assert results == [(list(range(1, 21 + number)), f"stream {number}") for number in range(AT_ONCE)]


def test_a_client_that_hangs_up_stops_the_execution(api: Api, local: Gateway) -> None:
    key = api.create("runtime")
    session = open_session(api, key["secret"])
    with streamed(api.url, key["secret"], session, "count", to=15, interval_ms=60_000) as events:
        assert next(events).data == {"count": 1}
    entry = json.loads(wait_for(local, '"execution ', key["id"]))
    assert (entry["message"], entry["outputs"]) == ("execution stopped", 1)
