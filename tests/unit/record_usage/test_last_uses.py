"""A key in constant use is written once a minute, and no use is left out for any other reason."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.errors import StoreUnavailableError
from apikeys.usage.call import Call
from usage.record_usage import last_uses
from usage.record_usage.last_uses import LastUses

if TYPE_CHECKING:
    from apikeys.keys.store import KeyStore

KEYS = ["key_000000000001", "key_000000000002"]


class Written:
    """Replaces the key store, and keeps what was written. It breaks where the test says."""

    def __init__(self, breaks: Iterable[bool] = ()) -> None:
        self.uses: list[tuple[str, str, str | None]] = []
        self._breaks = iter(breaks)

    def mark_used(self, key_id: str, at: str, address: str | None) -> None:
        if next(self._breaks, False):
            raise StoreUnavailableError("broken")
        self.uses.append((key_id, at, address))


def call(at: str, key: str = KEYS[0]) -> Call:
    return Call("event", key, "org_one", f"2026-11-24T{at}Z", 200)


def written(*calls: Call) -> list[str]:
    store = Written()
    uses = LastUses(cast("KeyStore", store))
    for one in calls:
        uses.mark(one, "203.0.113.7")
    assert {address for _, _, address in store.uses} == {"203.0.113.7"}
    return [at[11:-1] for _, at, _ in store.uses]


@pytest.mark.parametrize(
    ("used", "wanted"),
    [
        (["09:30:00.000"], ["09:30:00.000"]),
        (["09:30:00.000", "09:30:59.999"], ["09:30:00.000"]),
        (["09:30:59.999", "09:31:00.000"], ["09:30:59.999", "09:31:00.000"]),
        (["09:30:00.000", "09:29:59.999"], ["09:30:00.000"]),
        (["09:30:00.000", "10:30:00.000"], ["09:30:00.000", "10:30:00.000"]),
    ],
)
def test_the_first_use_in_each_minute_is_written(used: list[str], wanted: list[str]) -> None:
    assert written(*(call(at) for at in used)) == wanted


def test_each_key_has_its_own_minute() -> None:
    assert written(*(call("09:30:00.000", key) for key in KEYS)) == ["09:30:00.000"] * 2


def test_more_keys_than_are_remembered_are_written_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(last_uses, "_KEYS_AT_MOST", 1)
    assert written(*(call("09:30:00.000", key) for key in [*KEYS, KEYS[1], KEYS[0]])) == ["09:30:00.000"] * 3


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 59), st.sampled_from(KEYS), st.booleans())))
def test_the_written_time_is_in_the_minute_of_the_latest_successful_use_or_later(
    plan: list[tuple[int, int, str, bool]],
) -> None:
    store = Written(broken for *_, broken in plan)
    uses = LastUses(cast("KeyStore", store))
    latest: dict[str, str] = {}
    for minute, second, key, _ in plan:
        one = call(f"09:{minute:02}:{second:02}.000", key)
        try:
            uses.mark(one, None)
        except StoreUnavailableError:
            continue
        latest[key] = max(latest.get(key, ""), one.at)
    for key, at in latest.items():
        kept = max(written for written_key, written, _ in store.uses if written_key == key)
        assert at[:16] <= kept[:16]
        assert kept <= at
