from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from apikeys.errors import ConflictError
from apikeys.keys.key import Change, Key, is_key_id, timestamp

KEY = Key(
    id="key_ExampleKey01",
    name="Invoice agent",
    organization_id="org_example",
    scopes=("runtime",),
    hint="sk_live_copia_Exam…bOPm",
    created_at="2026-11-24T09:30:00.000Z",
    created_by="iam",
)
REPLACEMENT = replace(KEY, id="key_ExampleKey02", replaces=KEY.id)
LATER = "2026-11-25T09:30:00.000Z"


def test_a_record_shows_every_field_and_null_where_there_is_none() -> None:
    assert KEY.record() == {
        "id": "key_ExampleKey01",
        "name": "Invoice agent",
        "description": None,
        "organization_id": "org_example",
        "scopes": ["runtime"],
        "allowed_addresses": None,
        "metadata": {},
        "hint": "sk_live_copia_Exam…bOPm",
        "created_at": "2026-11-24T09:30:00.000Z",
        "created_by": "iam",
        "created_by_name": None,
        "changed_at": None,
        "changed_by": None,
        "changed_by_name": None,
        "last_used_at": None,
        "last_used_from": None,
        "disabled": False,
        "disabled_at": None,
        "revoked_at": None,
        "revoked_by": None,
        "revoked_by_name": None,
        "replaces": None,
        "replaced_by": None,
    }


def test_a_change_shows_when_it_was_made_and_by_whom() -> None:
    changed = KEY.changed(Change(LATER, "usr_1", "Ada"), name="Payroll agent")
    assert changed == replace(
        KEY, name="Payroll agent", changed_at=LATER, changed_by="usr_1", changed_by_name="Ada"
    )


def test_a_change_without_a_difference_does_not_count() -> None:
    assert KEY.changed(Change(LATER, "usr_1"), name=KEY.name, scopes=KEY.scopes) is KEY


def test_every_change_has_a_distinct_time_whatever_the_clock_says() -> None:
    first = KEY.changed(Change(LATER, "iam"), name="One")
    second = first.changed(Change(LATER, "iam"), name="Two")
    third = second.changed(Change("2026-11-25T09:29:59.000Z", "iam"), name="Three")
    assert [key.changed_at for key in (first, second, third)] == [
        LATER,
        "2026-11-25T09:30:00.001Z",
        "2026-11-25T09:30:00.002Z",
    ]


def test_a_revocation_is_a_change_and_the_first_one_stays() -> None:
    revoked = KEY.revoked(Change(LATER, "usr_1", "Ada"))
    assert (revoked.revoked_at, revoked.revoked_by, revoked.revoked_by_name) == (LATER, "usr_1", "Ada")
    assert (revoked.changed_at, revoked.changed_by, revoked.changed_by_name) == (LATER, "usr_1", "Ada")
    assert revoked.revoked(Change("2027-01-01T00:00:00.000Z", "iam")) is revoked


def test_a_replacement_takes_over_all_fields_but_those_about_who_created_used_and_changed_the_key() -> None:
    old = replace(
        KEY,
        description="Sends invoices",
        scopes=("runtime", "keys"),
        allowed_addresses=("198.51.100.0/24",),
        metadata={"team": "billing"},
        changed_at=LATER,
        changed_by="usr_1",
        changed_by_name="Ada",
        last_used_at=LATER,
        disabled_at=LATER,
        replaced_by="key_ExampleKey00",
    )
    new = old.replacement(
        Change(LATER, "usr_2", "Grace"), id="key_ExampleKey02", hint="sk_live_copia_Othe…wxyz"
    )
    assert new == replace(
        KEY,
        id="key_ExampleKey02",
        hint="sk_live_copia_Othe…wxyz",
        description="Sends invoices",
        scopes=("runtime", "keys"),
        allowed_addresses=("198.51.100.0/24",),
        metadata={"team": "billing"},
        created_at=LATER,
        created_by="usr_2",
        created_by_name="Grace",
        disabled_at=LATER,
        replaces=KEY.id,
    )


def test_a_replaced_key_names_its_replacement_and_who_made_it() -> None:
    new = KEY.replacement(Change(LATER, "usr_2", "Grace"), id="key_ExampleKey02", hint="")
    assert KEY.replaced(new) == replace(
        KEY, replaced_by="key_ExampleKey02", changed_at=LATER, changed_by="usr_2", changed_by_name="Grace"
    )


def test_an_active_key_may_be_rotated() -> None:
    KEY.check_rotation(None)


def test_a_key_whose_replacement_is_revoked_may_be_rotated_again() -> None:
    replace(KEY, replaced_by=REPLACEMENT.id).check_rotation(replace(REPLACEMENT, revoked_at=LATER))


def test_a_revoked_key_may_not_be_rotated() -> None:
    with pytest.raises(ConflictError, match=r"is revoked.*Create a new key"):
        replace(KEY, revoked_at=LATER).check_rotation(None)


def test_a_key_whose_replacement_is_active_may_not_be_rotated() -> None:
    with pytest.raises(ConflictError, match="already being replaced by key_ExampleKey02"):
        replace(KEY, replaced_by=REPLACEMENT.id).check_rotation(REPLACEMENT)


def test_a_timestamp_is_utc_with_milliseconds() -> None:
    berlin = timezone(timedelta(hours=1))
    assert timestamp(datetime(2026, 11, 24, 10, 30, 0, 123456, berlin)) == "2026-11-24T09:30:00.123Z"


def test_timestamps_sort_as_their_times() -> None:
    moments = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=7 * 10**n) for n in range(9)]
    assert [timestamp(m) for m in moments] == sorted(timestamp(m) for m in moments)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "key_",
        "key_short",
        "key_ExampleKey011",
        "KEY_ExampleKey01",
        "key_Example-Key0",
        "key_ExampleKey01\n",
    ],
)
def test_a_malformed_key_id_is_not_looked_up(text: str) -> None:
    assert is_key_id("key_ExampleKey01")
    assert not is_key_id(text)
