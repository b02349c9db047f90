"""Streams through the whole stack: as they come, without interruption, and only while a client listens."""

import json
from threading import Thread

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import Gateway
from tests.e2e.runtime import counted, open_session, streamed, wait_for


def test_a_stream_whose_key_is_revoked_runs_to_its_end_while_new_calls_get_401(api: Api) -> None:
    # A stream that is over before the key is refused shows nothing; the next one lasts ten times as long.
    for interval_ms in (20, 200, 2_000, 15_000):
        key = api.create("runtime")
        session = open_session(api, key["secret"])
        with streamed(api.url, key["secret"], session, "count", to=20, interval_ms=interval_ms) as events:
            received = [next(events)]
            rest = Thread(target=lambda: received.extend(events))  # noqa: B023 - it ends with the block
            rest.start()
            api.revoke(key["id"])
            refused = [
                api.status(key["secret"]),
                api.call("POST", f"{session}/executions", key["secret"], json={"tool": "clock"}).status_code,
            ]
            outlasted = len(received) < 20
            rest.join()
        assert refused == [401, 401]
        assert counted(received) == list(range(1, 21))
        if outlasted:
            return
    pytest.fail("no stream outlasted the revocation of its key")


@pytest.mark.timeout(80, func_only=True)  # a fourth of the stream's 5 minutes
def test_the_first_event_arrives_long_before_the_last_is_produced(api: Api) -> None:
    key = api.create("runtime")["secret"]
    session = open_session(api, key)
    with streamed(api.url, key, session, "count", to=6, interval_ms=60_000) as events:
        assert next(events).data == {"count": 1}


def test_a_client_that_hangs_up_stops_the_execution(api: Api, local: Gateway) -> None:
    key = api.create("runtime")
    session = open_session(api, key["secret"])
    with streamed(api.url, key["secret"], session, "count", to=6, interval_ms=60_000) as events:
        assert next(events).data == {"count": 1}
    entry = json.loads(wait_for(local, '"execution ', key["id"]))
    assert (entry["message"], entry["outputs"]) == ("execution stopped", 1)
