"""Keys are made, changed, rotated and revoked at once, while the function that keeps their history is killed.

SOAK_CALLS sets the number of calls; `make soak` makes a hundred thousand.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tests.e2e.api import Api, eventually
from tests.e2e.conftest import Gateway, local_gateway
from tests.soak.changes import Writers
from tests.soak.client import Client, Key, records
from tests.soak.drive import Drive
from tests.soak.told import mistold

CALLS = int(os.environ.get("SOAK_CALLS", "1000"))
_NAME = b"AWS_LAMBDA_FUNCTION_NAME=RecordHistoryFunction\0"
_PAUSE_S = 0.7


def processes_of(gateway: Gateway) -> Iterator[int]:
    """The processes of the function that this gateway has started."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, StopIteration):
            if _NAME in (process / "environ").read_bytes() and gateway.pid in ancestors(int(process.name)):
                yield int(process.name)


def ancestors(pid: int) -> Iterator[int]:
    while pid > 1:
        status = Path(f"/proc/{pid}/status").read_text()
        pid = int(next(line for line in status.splitlines() if line.startswith("PPid:")).split()[1])
        yield pid


class Killer(Thread):
    """Kills the function's processes from time to time, whatever they are doing."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__()
        self.killed = 0
        self._gateway = gateway
        self._stopped = Event()

    def run(self) -> None:
        while not self._stopped.wait(_PAUSE_S):
            for pid in processes_of(self._gateway):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    self.killed += 1

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def keys(gateway: Gateway, api: Api) -> list[dict[str, Any]]:
    with closing(Client(gateway.url, [])) as client:
        return list(records(client, Key("admin", api.admin_key)))


def history(api: Api) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    query = {"limit": "100"}
    while True:
        page = api.admin("GET", "/api/history", params=query).json()
        events += page["events"]
        if page["next_cursor"] is None:
            return events
        query["cursor"] = page["next_cursor"]


def test_the_history_is_what_was_acknowledged_though_its_function_is_killed(
    record_property: Callable[[str, object], None],
) -> None:
    """Keys are made, rotated and revoked, and others are changed by several writers at once."""
    with local_gateway() as gateway, closing(gateway.api("org_told")) as api:
        killer = Killer(gateway)
        killer.start()
        try:
            with Writers(gateway.url, api.admin_key, at_most=CALLS // 5) as writers:
                Drive(gateway.url, api.admin_key).run(CALLS)
        finally:
            killer.stop()
        # A call that was left may still go on.
        complete = eventually(lambda: mistold(keys(gateway, api), history(api), writers.changes) == [])
        left, events = keys(gateway, api), history(api)
    changed = [event for event in events if event["type"] == "changed"]
    lost = sum(change.answer is None for change in writers.changes)
    record_property("events", len(events))
    record_property("changes", len(changed))
    record_property("lost answers", lost)
    record_property("kills", killer.killed)
    assert complete, mistold(left, events, writers.changes)
    assert killer.killed > 3
    assert len(left) > CALLS / 100
    assert len(changed) > CALLS / 100
    assert 0 < lost < len(writers.changes)
    assert {field for event in changed for field in event["changes"]} == {
        *("name", "disabled", "scopes", "allowed_addresses")
    }
