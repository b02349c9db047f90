"""Keys are made, rotated and revoked at once, while the function that keeps their history is killed.

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
    with local_gateway() as gateway, closing(gateway.api("org_told")) as api:
        killer = Killer(gateway)
        killer.start()
        try:
            records = Drive(gateway.url, api.admin_key).run(CALLS).records
        finally:
            killer.stop()
        complete = eventually(lambda: mistold(records, history(api)) == [])
        events = history(api)
    record_property("events", len(events))
    record_property("kills", killer.killed)
    assert complete, mistold(records, events)
    assert killer.killed > 3
    assert len(records) > CALLS / 100
