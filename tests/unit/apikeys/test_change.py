from dataclasses import replace

import pytest

from apikeys.errors import ConflictError, InvalidInputError
from apikeys.keys.change import ENTRIES, changed, may_do_more
from apikeys.keys.key import Change, Key
from tests.keys import made_up

NOW = "2026-11-25T09:30:00.000Z"
CHANGE = Change(NOW, "usr_1", "Ada")
KEY = replace(
    made_up(),
    description="Sends invoices",
    allowed_addresses=("198.51.100.0/24",),
    metadata={"team": "billing", "owner": "ada"},
)


def test_omitted_fields_stay() -> None:
    after = changed(KEY, {"name": "Payroll agent"}, CHANGE)
    assert after == KEY.changed(CHANGE, name="Payroll agent")


def test_an_empty_change_changes_nothing() -> None:
    assert changed(KEY, {}, CHANGE) is KEY


def test_null_removes_a_value() -> None:
    wanted = {"description": None, "allowed_addresses": None, "metadata": None, "disabled": None}
    after = changed(replace(KEY, disabled_at=NOW), wanted, CHANGE)
    assert (after.description, after.allowed_addresses, after.metadata) == (None, None, {})
    assert not after.disabled


def test_lists_are_replaced_completely() -> None:
    after = changed(KEY, {"scopes": ["keys"], "allowed_addresses": ["::/0"]}, CHANGE)
    assert (after.scopes, after.allowed_addresses) == (("keys",), ("::/0",))


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({}, {"team": "billing", "owner": "ada"}),
        ({"team": "payroll"}, {"team": "payroll", "owner": "ada"}),
        ({"owner": None, "absent": None}, {"team": "billing"}),
        ({"cost": "7"}, {"team": "billing", "owner": "ada", "cost": "7"}),
    ],
)
def test_metadata_is_merged_entry_by_entry(wanted: dict[str, str | None], left: dict[str, str]) -> None:
    assert changed(KEY, {"metadata": wanted}, CHANGE).metadata == left


def test_a_key_has_a_maximum_number_of_entries() -> None:
    entries: dict[str, str | None] = {f"n{number}": "x" for number in range(ENTRIES - 1)}
    assert len(changed(KEY, {"metadata": {**entries, "team": None}}, CHANGE).metadata) == ENTRIES
    with pytest.raises(InvalidInputError, match="at most 20 entries"):
        changed(KEY, {"metadata": entries}, CHANGE)


def test_a_pause_begins_once() -> None:
    paused = changed(KEY, {"disabled": True}, CHANGE)
    assert paused.disabled_at == NOW
    later = changed(paused, {"disabled": True, "name": "Other"}, Change("2026-11-26T09:30:00.000Z", "iam"))
    assert later.disabled_at == NOW
    assert changed(later, {"disabled": False}, CHANGE).disabled_at is None


def test_a_revoked_key_is_not_changed() -> None:
    with pytest.raises(ConflictError, match="is revoked"):
        changed(KEY.revoked(CHANGE), {"name": KEY.name}, CHANGE)


@pytest.mark.parametrize(
    ("less", "more"),
    [
        ({"scopes": ("runtime",)}, {"scopes": ("runtime", "keys")}),
        ({"disabled_at": NOW}, {"disabled_at": None}),
        ({"allowed_addresses": ("198.51.100.0/24",)}, {"allowed_addresses": None}),
        ({"allowed_addresses": ("198.51.100.7/32",)}, {"allowed_addresses": ("198.51.100.0/24",)}),
    ],
)
def test_a_change_gives_more_rights_if_it_allows_a_call_that_was_refused_before(
    less: dict[str, object], more: dict[str, object]
) -> None:
    one, other = replace(KEY, **less), replace(KEY, **more)  # type: ignore[arg-type]
    assert may_do_more(other, one)
    assert not may_do_more(one, other)


def test_facts_do_not_let_a_key_do_more() -> None:
    other: Key = replace(KEY, name="Other", description=None, metadata={}, scopes=KEY.scopes)
    assert not may_do_more(other, KEY)
    assert not may_do_more(KEY, other)
