"""The checker finds every violation that is put into a history, and none where there is none."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak.history import ALWAYS, RECOVERY_S, Call, Span, half_rotations, violations

REVOKED = {"key": Span(10, 11)}
FAULTS = [Span(20, 21)]


@pytest.mark.parametrize(
    ("calls", "says"),
    [
        ([Call("key", 11.1, 11.2, 200)], "accepted after its revocation was acknowledged"),
        ([Call("key", 9.8, 9.9, 401)], "refused while it was active"),
        ([Call("key", 1, 2, 401)], "refused while it was active"),
        ([Call("key", 10.1, 10.2, 401), Call("key", 10.3, 10.9, 200)], "accepted after it had been refused"),
        ([Call("key", 10.3, 10.9, 200), Call("key", 10.1, 10.2, 401)], "accepted after it had been refused"),
        ([Call("never revoked", 99, 100, 401)], "refused while it was active"),
        ([Call("wrong secret", 1, 2, 200)], "accepted after"),
        ([Call("key", 1, 2, 503)], "answered 503"),
        ([Call("key", 20.1, 20.2, 500)], "answered 500"),
        ([Call("key", 20.1, 20.2, 403)], "answered 403"),
        ([Call("key", 21 + RECOVERY_S + 0.1, 23, 503)], "answered 503"),
        ([Call("key", 19, 19.9, 503)], "answered 503"),
    ],
)
def test_a_violation_is_found(calls: list[Call], says: str) -> None:
    [found] = violations(calls, REVOKED | {"wrong secret": ALWAYS}, FAULTS)
    assert says in found
    assert calls[0].key_id in found


@pytest.mark.parametrize(
    "calls",
    [
        [Call("key", 9, 9.5, 200), Call("key", 12, 13, 401)],
        # Calls that overlap the revocation may see either side of it,
        [Call("key", 9, 12, 200), Call("key", 9, 12, 401), Call("key", 10.9, 12, 200)],
        # and calls that overlap each other may see both sides in either order.
        [Call("key", 10.1, 10.6, 401), Call("key", 10.5, 10.9, 200)],
        [Call("never revoked", 1, 2, 200), Call("wrong secret", 1, 2, 401)],
        [Call("key", 19, 20.1, 503), Call("key", 20.5, 30, 503), Call("key", 21 + RECOVERY_S, 23, 503)],
    ],
)
def test_a_valid_history_has_no_violation(calls: list[Call]) -> None:
    assert violations(calls, REVOKED | {"wrong secret": ALWAYS}, FAULTS) == []


def test_a_revocation_that_was_never_acknowledged_may_have_happened_or_not() -> None:
    for status in (200, 401):
        assert violations([Call("key", 20, 21, status)], {"key": Span(10, math.inf)}) == []
    [found] = violations([Call("key", 20, 21, 401), Call("key", 22, 23, 200)], {"key": Span(10, math.inf)})
    assert "accepted after it had been refused" in found


moments = st.integers(0, 20)
spans = st.tuples(moments, moments, moments).map(sorted)


@given(st.lists(spans), spans, st.data())
def test_a_history_passes_exactly_if_one_switch_can_explain_it(
    calls: list[list[int]], revocation: list[int], data: st.DataObject
) -> None:
    started, _, ended = revocation
    seen = [Call("key", a, b, data.draw(st.sampled_from([200, 401]))) for a, _, b in calls]

    def explained_by(moment: float) -> bool:
        return all(call.started <= moment if call.status == 200 else call.ended >= moment for call in seen)

    explained = any(explained_by(moment / 2) for moment in range(2 * started, 2 * ended + 1))
    assert (violations(seen, {"key": Span(started, ended)}) == []) == explained


def record(key_id: str, **rest: str) -> dict[str, Any]:
    return {"id": key_id, "replaces": None, "replaced_by": None, "revoked_at": None} | rest


def test_whole_rotations_pass() -> None:
    assert half_rotations([]) == []
    assert half_rotations([record("a", replaced_by="b"), record("b", replaces="a")]) == []
    # The secret of b was lost: it was revoked, and a rotated again.
    lost = record("b", replaces="a", revoked_at="2026-11-25T09:30:00.000Z")
    assert half_rotations([record("a", replaced_by="c"), lost, record("c", replaces="a")]) == []


@pytest.mark.parametrize(
    "records",
    [
        [record("a", replaced_by="b")],
        [record("a"), record("b", replaces="a")],
        [record("b", replaces="a")],
        [record("a", replaced_by="b"), record("b")],
        [record("a", replaced_by="b"), record("b", replaces="a"), record("c", replaces="a")],
    ],
)
def test_half_a_rotation_is_found(records: list[dict[str, Any]]) -> None:
    assert len(half_rotations(records)) == 1
