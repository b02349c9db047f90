"""How calls add up."""

from dataclasses import replace
from datetime import date

import pytest

from apikeys.usage.call import CLASSES, Call, days, latest, total


def call(key_id: str = "key_000000000001", at: str = "2026-11-24T09:30:00.000Z", status: int = 200) -> Call:
    return Call("1", key_id, "org_one", at, status)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, "succeeded"),
        (204, "succeeded"),
        (304, "succeeded"),
        (400, "client_errors"),
        (401, "client_errors"),
        (403, "refused"),
        (404, "client_errors"),
        (429, "client_errors"),
        (500, "server_errors"),
        (504, "server_errors"),
    ],
)
def test_a_call_is_classed_by_its_status_and_a_403_for_itself(status: int, kind: str) -> None:
    assert call(status=status).kind == kind


def test_the_latest_of_a_keys_calls_is_found_in_any_order() -> None:
    times = ["2026-11-24T09:30:00.001Z", "2026-11-24T09:30:00.002Z", "2026-11-23T23:59:59.999Z"]
    for order in (times, times[::-1]):
        found = latest([call(at=at) for at in order] + [call("key_000000000002", times[2])])
        assert {key_id: last.at for key_id, last in found.items()} == {
            "key_000000000001": times[1],
            "key_000000000002": times[2],
        }


def test_of_two_calls_in_one_moment_one_is_the_last_in_any_order() -> None:
    both = [replace(call(), address=address) for address in ("198.51.100.1", "203.0.113.7")]
    assert latest(both) == latest(both[::-1]) == {"key_000000000001": both[1]}


def test_the_total_is_the_sum_of_all_days() -> None:
    counts = {"2026-03-01": {"succeeded": 2, "refused": 1}, "2026-03-02": {"succeeded": 3}}
    assert total(counts) == {
        "calls": 6,
        **dict(zip(CLASSES, (5, 1, 0, 0), strict=True)),
    }
    assert total({})["calls"] == 0


def test_every_day_is_listed_oldest_first_and_a_day_without_calls_is_zero() -> None:
    assert days({"2026-03-01": {"succeeded": 2, "refused": 1}}, date(2026, 3, 1), 3) == [
        {"date": day, "calls": 0, "succeeded": 0, "refused": 0, "client_errors": 0, "server_errors": 0}
        for day in ("2026-02-27", "2026-02-28")
    ] + [
        {
            "date": "2026-03-01",
            "calls": 3,
            "succeeded": 2,
            "refused": 1,
            "client_errors": 0,
            "server_errors": 0,
        }
    ]
