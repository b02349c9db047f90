"""Leaks are reported, and everything is stopped, while clients call: as if each were revoked by itself."""

import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Event
from time import monotonic

from leaks.revoke_all import app as revoke_all
from tests.e2e.api import eventually
from tests.e2e.conftest import Gateway, local_gateway
from tests.soak.client import Client, Key
from tests.soak.drive import Drive
from tests.soak.history import Call, Span, violations

CALLS = int(os.environ.get("SOAK_CALLS", "2000")) // 2
#: More than the function reads at once.
KEYS = revoke_all.PAGE + 20
PATH = "/api/runtime/capabilities"


def test_a_key_is_refused_from_the_answer_to_a_report_of_its_leak_on(
    record_property: Callable[[str, object], None],
) -> None:
    with local_gateway(["OnLeak=revoke"]) as gateway:

        def report(secret: str) -> bool:
            answer, failed = gateway.invoke("ReportLeakFunction", {"text": secret, "source": "a test"})
            return not failed and answer["secrets"][0]["state"] == "revoked"

        history = Drive(gateway.url, gateway.admin_key("org_leaks"), end=report).run(CALLS, CALLS // 100)
    answers = Counter(call.status for call in history.calls)
    record_property("calls", len(history.calls))
    record_property("reports", len(history.revocations))
    assert violations(history.calls, history.revocations) == []
    assert len(history.revocations) > CALLS / 100
    assert min(answers[200], answers[401]) > CALLS / 10


def stop_everything(gateway: Gateway) -> set[str]:
    """Stop all keys of the organization, in as many calls as it takes. Returns their ids."""
    event, ids, done = {"organization_id": "org_stop", "dry_run": False}, set[str](), False
    while not done:
        answer, failed = gateway.invoke("RevokeAllFunction", event)
        assert not failed, answer
        ids |= {key["id"] for key in answer["keys"]}
        done, event = answer["done"], event | {"cursor": answer["next_cursor"]}
    return ids


def test_every_key_is_refused_from_the_answer_to_stopping_everything_on(
    record_property: Callable[[str, object], None],
) -> None:
    with local_gateway() as gateway:
        keys = []
        for number in range(KEYS):
            event = {"organization_id": "org_stop", "name": f"Key {number}", "scopes": ["runtime"]}
            key, failed = gateway.invoke("CreateKeyFunction", event)
            assert not failed
            keys.append(Key(key["id"], key["secret"]))
        calls: list[Call] = []
        stopped = Event()

        def call(number: int) -> None:
            chance = random.Random(number)  # noqa: S311 - it guards nothing
            with closing(Client(gateway.url, calls)) as client:
                while not stopped.is_set():
                    client.call("GET", PATH, chance.choice(keys))

        with ThreadPoolExecutor(4) as pool:
            calling = [pool.submit(call, number) for number in range(4)]
            assert eventually(lambda: len(calls) > CALLS / 4)
            started = monotonic()
            revoked = stop_everything(gateway)
            ended, before = monotonic(), len(calls)
            assert eventually(lambda: len(calls) > before + CALLS / 4)
            stopped.set()
            for thread in calling:
                thread.result()
        with closing(Client(gateway.url, calls)) as client:
            for one in keys:
                client.call("GET", PATH, one)
    assert revoked == {key.name for key in keys}
    answers = Counter(one.status for one in calls)
    record_property("calls", len(calls))
    assert violations(calls, {key.name: Span(started, ended) for key in keys}) == []
    assert answers.keys() == {200, 401}
