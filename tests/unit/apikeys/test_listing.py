"""Which keys a list shows, and that its pages show each of them once, whatever changes between two pages."""

import random
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace
from typing import Any

import pytest

from apikeys.errors import InvalidInputError
from apikeys.keys.key import Key
from apikeys.keys.listing import EVERY_KEY_IN_USE, Order, State, Wanted, sorted_page, state_of
from tests.keys import made_up

ORDERS: list[Order] = ["name", "last_used"]


def at(minute: int) -> str:
    return f"2026-11-24T{minute // 60:02}:{minute % 60:02}:00.000Z"


def key(number: int, **rest: Any) -> Key:
    made = replace(made_up(f"key_{number:012}"), created_at=at(number), name=f"Key {number}")
    return replace(made, **rest)


def ids(keys: list[Key]) -> list[str]:
    return [one.id for one in keys]


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "active"),
        ({"replaced_by": "key_x"}, "replaced"),
        ({"disabled_at": at(1)}, "disabled"),
        ({"disabled_at": at(1), "replaced_by": "key_x"}, "disabled"),
        ({"revoked_at": at(1)}, "revoked"),
        ({"revoked_at": at(1), "disabled_at": at(1), "replaced_by": "key_x"}, "revoked"),
    ],
)
def test_a_key_is_in_one_state_and_is_found_only_by_that_one(fields: dict[str, str], state: State) -> None:
    one = key(1, **fields)
    assert state_of(one) == state
    states: list[State] = ["active", "disabled", "replaced", "revoked"]
    assert [other for other in states if Wanted(state=other).shows(one)] == [state]


def test_revoked_keys_are_shown_when_asked_for_either_way() -> None:
    gone = key(1, revoked_at=at(1))
    assert not EVERY_KEY_IN_USE.shows(gone)
    assert Wanted(include_revoked=True).shows(gone)
    assert Wanted(state="revoked").shows(gone)
    assert not Wanted(state="active", include_revoked=True).shows(gone)


def test_a_filter_by_scope_matches_only_that_scope() -> None:
    assert Wanted(scope="runtime").shows(key(1, scopes=("keys", "runtime")))
    for scopes in (("runtime:read",), ("*",), ("keys",)):
        assert not Wanted(scope="runtime").shows(key(1, scopes=scopes))


def test_the_creator_of_a_key_is_compared_as_a_whole() -> None:
    assert Wanted(created_by="usr_1").shows(key(1, created_by="usr_1"))
    assert not Wanted(created_by="usr_1").shows(key(1, created_by="usr_11"))


def test_a_key_is_unused_if_it_was_neither_used_nor_made_since() -> None:
    unused = Wanted(unused_since=at(100))
    assert unused.shows(key(99))
    assert unused.shows(key(1, last_used_at=at(99)))
    for busy in (key(100), key(1, last_used_at=at(100)), key(101, last_used_at=at(102))):
        assert not unused.shows(busy)


def test_names_are_sorted_as_people_read_them_and_then_by_id() -> None:
    keys = [key(1, name="beta"), key(2, name="Alpha"), key(4, name="alpha"), key(3, name="ALPHA")]
    page = sorted_page(keys, EVERY_KEY_IN_USE, "name", 10, None)
    assert page == ([keys[1], keys[3], keys[2], keys[0]], None)


def test_the_last_used_key_comes_first_and_unused_keys_last() -> None:
    keys = [key(1), key(2, last_used_at=at(5)), key(3, last_used_at=at(9)), key(4)]
    page = sorted_page(keys, EVERY_KEY_IN_USE, "last_used", 10, None)
    assert page == ([keys[2], keys[1], keys[0], keys[3]], None)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 9])
def test_pages_of_an_unchanged_list_are_the_list(order: Order, limit: int) -> None:
    keys = [key(n, name=f"{n * 5 % 8}", last_used_at=at(n * 3 % 8)) for n in range(8)]
    whole, none = sorted_page(keys, EVERY_KEY_IN_USE, order, 8, None)
    assert none is None
    found, cursor, pages = list[Key](), None, 0
    while cursor or not pages:
        page = sorted_page(keys, EVERY_KEY_IN_USE, order, limit, cursor)
        found, cursor, pages = found + page.keys, page.cursor, pages + 1
    assert found == whole
    assert pages == -(-len(keys) // limit)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("seed", range(40))
def test_no_key_that_stays_in_the_list_is_shown_twice_or_left_out(order: Order, seed: int) -> None:
    """Between two pages keys are made, revoked, disabled, used and renamed, in a random order."""
    chance = random.Random(seed)  # noqa: S311 - it guards nothing
    wanted = chance.choice([EVERY_KEY_IN_USE, Wanted(state="active"), Wanted(include_revoked=True)])
    keys = {n: key(n, last_used_at=chance.choice([None, at(n)])) for n in range(20)}
    stayed = {one.id for one in keys.values()}
    shown: list[str] = []
    cursor, first, time = None, True, 100
    while cursor or first:
        first = False
        page = sorted_page(
            chance.sample(list(keys.values()), len(keys)), wanted, order, chance.randint(1, 4), cursor
        )
        assert all(wanted.shows(one) for one in page.keys)
        shown, cursor = shown + ids(page.keys), page.cursor
        for _ in range(chance.randint(0, 3)):
            time += 1
            n = chance.choice(list(keys))
            change: dict[str, Any] = chance.choice(
                [
                    {"last_used_at": at(time)},
                    {"name": f"{chance.random()}"},
                    {"revoked_at": at(time)},
                    {"disabled_at": at(time)},
                ]
            )
            keys[n] = replace(keys[n], **change)
            if not wanted.shows(keys[n]):
                stayed.discard(keys[n].id)
        if time < 130:
            keys[time] = key(time, name=f"{chance.random()}")
    assert len(shown) == len(set(shown))
    assert stayed <= set(shown)


def test_a_key_that_moves_ahead_of_the_page_comes_with_the_next_one() -> None:
    keys = [key(n, last_used_at=at(n)) for n in range(5)]
    page = sorted_page(keys, EVERY_KEY_IN_USE, "last_used", 2, None)
    assert ids(page.keys) == ids([keys[4], keys[3]])
    keys[0] = replace(keys[0], last_used_at=at(9))
    page = sorted_page(keys, EVERY_KEY_IN_USE, "last_used", 2, page.cursor)
    assert ids(page.keys) == ids([keys[0], keys[2]])


def test_a_cursor_of_another_list_is_refused() -> None:
    keys = [key(n) for n in range(9)]
    cursor = sorted_page(keys, EVERY_KEY_IN_USE, "name", 3, None).cursor
    assert cursor is not None
    raw = urlsafe_b64decode(cursor)
    late = replace(key(50), created_at=at(3))
    cases: list[tuple[list[Key], Order, str]] = [
        (keys, "last_used", cursor),
        (keys[1:], "name", cursor),
        (keys[:-1], "name", cursor),
        ([*keys, late], "name", cursor),  # a key that the index had not shown, older than some that it had
        ([replace(one, id=f"{one.id[:-1]}x") for one in keys], "name", cursor),
        (keys, "name", cursor[:-1]),
        (keys, "name", cursor + "AAAA"),
        (keys, "name", f" {cursor}"),
        (keys, "name", "\ud800"),
        (keys, "name", "キー"),
        (keys, "name", ""),
        (keys, "name", "A" * 4000),
        (keys, "name", keys[0].id),
        (keys, "name", urlsafe_b64encode(raw[:-2] + b"\xff" + raw[-1:]).decode()),
        (keys, "name", urlsafe_b64encode(b"\xff\xff" + raw[2:]).decode()),
    ]
    for there, order, sent in cases:
        with pytest.raises(InvalidInputError, match="cursor: not one of this list's"):
            sorted_page(there, EVERY_KEY_IN_USE, order, 3, sent)
    assert len(sorted_page([*keys, key(60)], EVERY_KEY_IN_USE, "name", 9, cursor).keys) == 7


def test_a_cursor_of_the_largest_list_fits_into_an_address() -> None:
    keys = [key(n) for n in range(1000)]
    cursor = sorted_page(keys, EVERY_KEY_IN_USE, "name", 100, None).cursor
    assert cursor is not None
    assert len(cursor) <= 180
