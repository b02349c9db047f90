"""The checker of the history finds what is missing, false or twice there."""

from typing import Any

import pytest

from tests.soak.told import mistold

RECORDS: list[dict[str, Any]] = [
    {"id": "a", "created_at": "1", "revoked_at": "5", "replaces": None},
    {"id": "b", "created_at": "2", "revoked_at": None, "replaces": "a"},
]


def event(key_id: str, kind: str, at: str, to: str = "") -> dict[str, Any]:
    return {"key_id": key_id, "type": kind, "at": at, "changes": {"replaced_by": {"to": to}} if to else {}}


EVENTS = [
    event("a", "created", "1"),
    event("b", "created", "2"),
    event("a", "rotated", "2", "b"),
    event("a", "revoked", "5"),
]
USE = event("a", "first_used", "3")


def test_a_history_of_every_change_and_a_first_use_is_right() -> None:
    assert mistold(RECORDS, EVENTS) == mistold(RECORDS, [*EVENTS, USE]) == mistold([], []) == []


@pytest.mark.parametrize("left_out", range(4))
def test_a_missing_event_is_found(left_out: int) -> None:
    [found] = mistold(RECORDS, EVENTS[:left_out] + EVENTS[left_out + 1 :])
    assert "is not told" in found


@pytest.mark.parametrize(
    "false",
    [*EVENTS, event("b", "revoked", "6"), event("c", "created", "1"), event("a", "changed", "4")],
)
def test_a_duplicate_or_false_event_is_found(false: dict[str, Any]) -> None:
    [found] = mistold(RECORDS, [*EVENTS, false])
    assert "was not done" in found


def test_a_duplicate_first_use_is_found() -> None:
    [found] = mistold(RECORDS, [*EVENTS, USE, event("a", "first_used", "4")])
    assert "more than once" in found
