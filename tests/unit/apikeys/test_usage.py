"""What calls come to."""

from datetime import date

import pytest

from apikeys.usage import Call, days, latest


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
        assert latest([call(at=at) for at in order] + [call("key_000000000002", times[2])]) == {
            "key_000000000001": times[1],
            "key_000000000002": times[2],
        }


def test_every_day_is_there_oldest_first_and_a_day_without_calls_is_zero() -> None:
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
