from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from apikeys.errors import ConflictError
from apikeys.key import Key, is_key_id, timestamp

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
        "organization_id": "org_example",
        "scopes": ["runtime"],
        "hint": "sk_live_copia_Exam…bOPm",
        "created_at": "2026-11-24T09:30:00.000Z",
        "created_by": "iam",
        "last_used_at": None,
        "revoked_at": None,
        "replaces": None,
        "replaced_by": None,
    }


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
def test_what_is_no_key_id_is_not_looked_up(text: str) -> None:
    assert is_key_id("key_ExampleKey01")
    assert not is_key_id(text)
