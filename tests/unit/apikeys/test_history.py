"""The event for each write of a key's item."""

from dataclasses import replace
from typing import Any

import pytest

from apikeys.history.event import Event, Leak, event, leaked
from apikeys.keys.key import Change, Key

KEY = Key(
    id="key_ExampleKey01",
    name="Invoice agent",
    organization_id="org_example",
    scopes=("runtime",),
    metadata={"team": "billing"},
    hint="sk_live_copia_Exam…bOPm",
    created_at="2026-11-24T09:30:00.000Z",
    created_by="key_ExampleAdm01",
    changed_from="203.0.113.7",
    request_id="first=",
)
CHANGE = Change("2026-11-25T09:30:00.000Z", "user_42", "Ada", "2001:db8::1", "second=")


def of(old: Key | None, new: Key) -> Event:
    found = event(old, new)
    assert found
    return found


def test_a_creation_shows_every_field_of_the_new_key() -> None:
    assert of(None, KEY).record() == {
        "id": "2026-11-24T09:30:00.000Z.key_ExampleKey01.created",
        "key_id": "key_ExampleKey01",
        "organization_id": "org_example",
        "type": "created",
        "at": "2026-11-24T09:30:00.000Z",
        "by": "key_ExampleAdm01",
        "by_name": None,
        "from": "203.0.113.7",
        "request_id": "first=",
        "changes": {
            "name": {"from": None, "to": "Invoice agent"},
            "scopes": {"from": None, "to": ["runtime"]},
            "metadata": {"from": [], "to": ["team"]},
        },
        "leak": None,
    }


def test_a_change_shows_who_when_from_where_and_what() -> None:
    told = of(KEY, KEY.changed(CHANGE, name="Payroll agent", disabled_at=CHANGE.at)).record()
    assert told["type"] == "changed"
    assert (told["at"], told["by"], told["by_name"]) == (CHANGE.at, "user_42", "Ada")
    assert (told["from"], told["request_id"]) == ("2001:db8::1", "second=")
    assert told["changes"] == {
        "name": {"from": "Invoice agent", "to": "Payroll agent"},
        "disabled": {"from": False, "to": True},
    }


@pytest.mark.parametrize(
    ("fields", "changes"),
    [
        ({"disabled_at": None}, {"disabled": {"from": True, "to": False}}),
        ({"scopes": ("keys",)}, {"scopes": {"from": ["runtime"], "to": ["keys"]}}),
        ({"description": "x"}, {"description": {"from": None, "to": "x"}}),
        (
            {"allowed_addresses": ("198.51.100.0/24",)},
            {"allowed_addresses": {"from": None, "to": ["198.51.100.0/24"]}},
        ),
        ({"metadata": {"team": "other-value"}}, {"metadata": {"from": ["team"], "to": ["team"]}}),
        ({"metadata": {"team": "billing", "a": "b"}}, {"metadata": {"from": [], "to": ["a"]}}),
        ({"metadata": {}}, {"metadata": {"from": ["team"], "to": []}}),
    ],
)
def test_a_change_of_each_field(fields: dict[str, Any], changes: dict[str, Any]) -> None:
    paused = replace(KEY, disabled_at=KEY.created_at)
    told = of(paused, paused.changed(CHANGE, **fields))
    assert told.changes == changes
    assert "other-value" not in str(told)


def test_a_rotation_is_an_event_of_both_keys() -> None:
    new = KEY.replacement(CHANGE, id="key_ExampleKey02", hint="")
    old = of(KEY, KEY.replaced(new))
    made = of(None, new)
    assert (old.type, old.changes) == ("rotated", {"replaced_by": {"from": None, "to": new.id}})
    assert (made.type, made.changes["replaces"]) == ("created", {"from": None, "to": KEY.id})
    for told in (old, made):
        assert (told.at, told.by, told.address, told.request_id) == (
            *(CHANGE.at, "user_42"),
            *("2001:db8::1", "second="),
        )


def test_a_revocation() -> None:
    told = of(KEY, KEY.revoked(CHANGE))
    assert (told.type, told.at, told.by, told.changes) == ("revoked", CHANGE.at, "user_42", {})


def test_only_the_first_use_of_a_key_is_an_event() -> None:
    used = replace(KEY, last_used_at="2026-11-26T09:30:00.000Z")
    told = of(KEY, used)
    assert (told.type, told.at, told.by) == ("first_used", used.last_used_at, KEY.id)
    assert (told.address, told.request_id, told.changes) == (None, None, {})
    assert event(used, replace(used, last_used_at="2026-11-27T09:30:00.000Z")) is None


def test_a_write_that_changes_nothing_is_not_an_event() -> None:
    assert event(KEY, KEY) is None


def test_events_of_one_key_have_ids_that_sort_as_they_happened_whatever_the_clocks_say() -> None:
    behind = CHANGE._replace(at="2026-11-24T09:29:00.000Z")
    first = KEY.changed(behind, name="One")
    second = first.changed(behind, name="Two")
    third = second.revoked(behind)
    ids = [of(None, KEY).id, of(KEY, first).id, of(first, second).id, of(second, third).id]
    assert ids == sorted(set(ids))


def test_simultaneous_reports_of_a_leak_are_one_event_for_each_place() -> None:
    places = [Leak(source="a log", url=url, found="active", state="active") for url in ("x", "y", "x")]
    ids = [leaked(KEY, place, CHANGE).id for place in places]
    assert ids[0] == ids[2] != ids[1]
    assert all(one.startswith(f"{CHANGE.at}.{KEY.id}.leaked.") for one in ids)
