"""What happened to keys under load, and whether it could have happened one thing at a time.

Owns the judgement, and is pure: it is given what clients saw and returns what must not have been. A key is a
switch that its revocation turns off once and for good. Clients saw such a switch exactly if there is one
moment, between the revocation's start and its acknowledgement, before which no call had already been refused
and after which no call still began that was accepted (linearizability).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

#: How long after a fault's end, in seconds, a call may still begin that suffers from it.
RECOVERY_S = 1.0

ACCEPTED, REFUSED, UNAVAILABLE = 200, 401, 503


class Span(NamedTuple):
    """From when to when, in seconds on one clock. A revocation that nobody acknowledged ends at infinity."""

    started: float
    ended: float


#: The revocation of a key that is never revoked, and of one that was never good.
NEVER, ALWAYS = Span(math.inf, math.inf), Span(-math.inf, -math.inf)


class Call(NamedTuple):
    """One call with a key, begun after the key's creation was acknowledged, and the status of its answer."""

    key_id: str
    started: float
    ended: float
    status: int


def violations(
    calls: Iterable[Call], revocations: Mapping[str, Span], faults: Sequence[Span] = ()
) -> list[str]:
    """Every call that was answered as it must not be, a line each; none if all is well.

    A key without an entry in `revocations` was active throughout. A 503 is right only during one of `faults`
    and for RECOVERY_S after it.
    """
    by_key: defaultdict[str, list[Call]] = defaultdict(list)
    found = []
    for call in calls:
        if call.status in (ACCEPTED, REFUSED):
            by_key[call.key_id].append(call)
        elif call.status != UNAVAILABLE or not any(_suffers(call, fault) for fault in faults):
            found.append(f"{call.key_id}: answered {call.status}")
    for key_id, calls_of_key in by_key.items():
        found += _judge(calls_of_key, revocations.get(key_id, NEVER))
    return found


def _judge(calls: Sequence[Call], revocation: Span) -> list[str]:
    refused_by = min((call.ended for call in calls if call.status == REFUSED), default=math.inf)
    found = []
    for call in calls:
        if call.status == REFUSED and call.ended < revocation.started:
            found.append(f"{call.key_id}: refused while it was active")
        if call.status == ACCEPTED and call.started > revocation.ended:
            found.append(f"{call.key_id}: accepted after its revocation was acknowledged")
        elif call.status == ACCEPTED and call.started > refused_by:
            found.append(f"{call.key_id}: accepted after it had been refused")
    return found


def _suffers(call: Call, fault: Span) -> bool:
    return call.started <= fault.ended + RECOVERY_S and call.ended >= fault.started


def half_rotations(records: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every trace of half a rotation among all keys of an organization; none if all is well.

    The old key points at its replacement and the replacement at the old key. An earlier replacement, whose
    secret was lost, was revoked before the key was rotated again.
    """
    keys = {record["id"]: record for record in records}
    found = []
    for key_id, key in keys.items():
        new = keys.get(key["replaced_by"])
        if key["replaced_by"] and (new is None or new["replaces"] != key_id):
            found.append(f"{key_id}: replaced by {key['replaced_by']}, which does not replace it")
        old = keys.get(key["replaces"])
        if key["replaces"] and (old is None or (old["replaced_by"] != key_id and not key["revoked_at"])):
            found.append(f"{key_id}: replaces {key['replaces']}, which is not replaced by it")
    return found
