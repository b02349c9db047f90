"""Faults of the key store while many clients call, and keys are created, rotated and revoked."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import NamedTuple

from tests.e2e.conftest import Gateway
from tests.e2e.fault_proxy import FAULTS, NUISANCES, Fault, FaultProxy
from tests.soak.drive import Drive
from tests.soak.history import RECOVERY_S, UNAVAILABLE, Span, half_rotations, violations

PAUSE_S = RECOVERY_S + 0.2


class Break(NamedTuple):
    """A fault, how long it lasts, and whether the connections that have it are left as they are.

    A second is longer than one try of the authorizer (0.8 s), so that calls of a busy machine meet it too.
    """

    fault: Fault
    seconds: float = 1.0
    heals: bool = False


#: The last two outlast all tries of the authorizer together (3.2 s), and nothing is cut when they end.
BREAKS = [
    *map(Break, FAULTS.values()),
    *map(Break, NUISANCES.values()),
    Break(FAULTS["silence"], 4, heals=True),
    Break(FAULTS["slow"], 4, heals=True),
]


def test_every_verdict_is_right_or_503_and_a_second_after_a_fault_all_are_right(
    gateway: Gateway, proxy: FaultProxy, record_property: Callable[[str, object], None]
) -> None:
    drive = Drive(gateway.url, gateway.admin_key("org_load"))
    faults: list[Span] = []
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(drive.run, clients=4, managers=2)
        try:
            for fault, seconds, heals in BREAKS:
                time.sleep(PAUSE_S)
                started = monotonic()
                with proxy.broken(fault, heals=heals):
                    time.sleep(seconds)
                faults.append(Span(started, monotonic()))
            time.sleep(PAUSE_S)
        finally:
            drive.stop()
        history = running.result()
    record_property("faults", len(faults))
    record_property("calls", len(history.calls))
    record_property("answered with 503", sum(call.status == UNAVAILABLE for call in history.calls))
    record_property("revocations", len(history.revocations))
    assert violations(history.calls, history.revocations, faults) == []
    assert half_rotations(history.records) == []
    suffered = {fault for fault in faults for call in history.calls if _met(call.status, call.started, fault)}
    assert len(suffered) > len(faults) / 2


def _met(status: int, started: float, fault: Span) -> bool:
    return status == UNAVAILABLE and fault.started <= started <= fault.ended
