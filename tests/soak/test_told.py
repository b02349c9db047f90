"""The checker of the history finds what is missing, false or twice there."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak.told import Change, mistold

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


def turned(at: str, **fields: tuple[Any, Any]) -> dict[str, Any]:
    changes = {name: {"from": was, "to": became} for name, (was, became) in fields.items()}
    return {"key_id": "c", "type": "changed" if at > "1" else "created", "at": at, "changes": changes}


def key(at: str | None, *, name: str = "x", disabled: bool = False) -> dict[str, Any]:
    """The key as it was last changed at a time."""
    changeable = {"name": name, "disabled": disabled, "scopes": ["runtime"], "allowed_addresses": None}
    return {"id": "c", "created_at": "1", "changed_at": at, "revoked_at": None, "replaces": None} | changeable


LEFT = [key("5", name="z", disabled=True)]
TURNED = [
    turned("1", name=(None, "x"), scopes=(None, ["runtime"])),
    turned("2", name=("x", "y")),
    turned("3", disabled=(False, True)),
    turned("4", name=("y", "x")),
    turned("5", name=("x", "z")),
]
CALLS = [
    # One that changed nothing,
    Change("c", {"disabled": False}, key(None)),
    Change("c", {"name": "y"}, key("2", name="y")),
    # two whose answers were lost, of which one changed the key,
    Change("c", {"disabled": True}, None),
    Change("c", {"disabled": True}, None),
    # one that nobody would know of but for the call after it, which changed nothing,
    Change("c", {"name": "x"}, None),
    Change("c", {"name": "x"}, key("4", disabled=True)),
    Change("c", {"name": "z"}, key("5", name="z", disabled=True)),
]


def test_a_history_of_every_change_is_right_whatever_became_of_lost_answers() -> None:
    assert mistold(LEFT, TURNED, CALLS) == mistold(LEFT, TURNED[::-1], CALLS[::-1]) == []


@pytest.mark.parametrize("left_out", range(5))
def test_a_missing_change_is_found(left_out: int) -> None:
    assert mistold(LEFT, TURNED[:left_out] + TURNED[left_out + 1 :], CALLS)


@pytest.mark.parametrize("again", TURNED, ids=[event["at"] for event in TURNED])
def test_a_duplicate_change_is_found(again: dict[str, Any]) -> None:
    [found] = mistold(LEFT, [*TURNED, again], CALLS)
    assert "was not done" in found


@pytest.mark.parametrize(
    "false",
    [
        turned("6", name=("z", "other")),
        # There was one such call, and its change is told.
        turned("6", name=("z", "y")),
        {**turned("6", disabled=(False, True)), "key_id": "a"},
    ],
    ids=["of no call", "of an answered call", "of a call for another key"],
)
def test_a_change_that_no_call_made_is_found(false: dict[str, Any]) -> None:
    [found] = mistold([*LEFT, *RECORDS], [*TURNED, *EVENTS, false], CALLS)
    assert "was not done" in found


def test_one_call_whose_answer_was_lost_makes_no_two_changes() -> None:
    once = [*CALLS[:2], *CALLS[3:]]
    assert mistold(LEFT, TURNED, once) == []
    [found] = mistold(LEFT, [*TURNED, turned("6", disabled=(False, True))], once)
    assert "was not done" in found


@pytest.mark.parametrize(
    ("number", "instead", "finds"),
    [
        (1, turned("2", name=("x", "other")), "was not done"),
        (1, turned("2", disabled=(False, True)), "to be something else at 2"),
        (1, turned("2", name=("y", "y")), "something else before 2"),
        (2, turned("3", disabled=(True, True)), "something else before 3"),
        (0, turned("1", name=(None, "w"), scopes=(None, ["runtime"])), "something else before 2"),
        (0, turned("1", name=(None, "x"), scopes=(None, ["*"])), "something else"),
    ],
    ids=["to", "field", "from", "from of a lost one", "name when made", "scopes when made"],
)
def test_a_change_that_is_told_otherwise_than_it_was_is_found(
    number: int, instead: dict[str, Any], finds: str
) -> None:
    found = mistold(LEFT, [*TURNED[:number], instead, *TURNED[number + 1 :]], CALLS)
    assert any(finds in line for line in found)


def test_a_key_that_is_otherwise_than_its_changes_say_is_found() -> None:
    [found] = mistold([key("5", name="z")], TURNED, CALLS)
    assert "is something else than is told" in found


#: What a call sends, whether it is done, and whether its answer is lost.
calls = st.tuples(
    st.sampled_from([("name", "x"), ("name", "y"), ("disabled", True), ("disabled", False)]),
    st.sampled_from(["answered", "lost", "lost before it was done"]),
)


@given(st.lists(calls, max_size=8), st.data())
def test_exactly_the_history_of_what_was_done_is_right(
    sent: list[tuple[tuple[str, Any], str]], data: st.DataObject
) -> None:
    now = key(None)
    events, changes = TURNED[:1], []
    for at, ((field, value), fate) in enumerate(sent, start=2):
        if fate != "lost before it was done" and now[field] != value:
            events = [*events, turned(str(at), **{field: (now[field], value)})]
            now = now | {field: value, "changed_at": str(at)}
        changes.append(Change("c", {field: value}, now if fate == "answered" else None))
    assert mistold([now], events, changes) == []
    number = data.draw(st.integers(0, len(events) - 1))
    assert mistold([now], events[:number] + events[number + 1 :], changes)
    assert mistold([now], [*events, events[number]], changes)
