"""Usage: how one call with a key is counted, and the sums for a day.

Owns the classes of calls and the shape of a day. Must never know where the calls are read from, or where the
counts are kept.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

#: The class of a call, by its status: below 400, 403, any other below 500, all the rest. A 403 has its own
#: class: the key was good, so somebody uses it, but lacked the scope.
CLASSES = ("succeeded", "refused", "client_errors", "server_errors")

_FORBIDDEN, _CLIENT_ERRORS, _SERVER_ERRORS = 403, 400, 500


@dataclass(frozen=True, slots=True)
class Call:
    """One call with a good key. `at` is a `timestamp`; `event_id` tells the call from every other.

    `address` is where it came from, None where the log does not say.
    """

    event_id: str
    key_id: str
    organization_id: str
    at: str
    status: int
    address: str | None = None

    @property
    def kind(self) -> str:
        """Which one of CLASSES the call belongs to."""
        if self.status < _CLIENT_ERRORS:
            return "succeeded"
        if self.status == _FORBIDDEN:
            return "refused"
        return "client_errors" if self.status < _SERVER_ERRORS else "server_errors"


def latest(calls: Iterable[Call]) -> dict[str, Call]:
    """The last use of each key: key id → call."""
    found: dict[str, Call] = {}
    for call in calls:
        if call.key_id not in found or _order(found[call.key_id]) < _order(call):
            found[call.key_id] = call
    return found


def period(now: str, number: int) -> tuple[date, date]:
    """The first and the last of `number` days up to that of `now`, a `timestamp`."""
    last = date.fromisoformat(now[: len("2026-11-24")])
    return last - timedelta(days=number - 1), last


def days(counts: Mapping[str, Mapping[str, int]], last: date, number: int) -> list[dict[str, object]]:
    """`number` days, oldest first, up to `last`: each with its date, all its calls, and those of each class.

    `counts` is date → class → calls; a day that is not in it had none.
    """
    dates = [(last - timedelta(days=ago)).isoformat() for ago in reversed(range(number))]
    return [_day(day, Counter(counts.get(day, {}))) for day in dates]


def total(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """All calls of some days, and those of each class."""
    summed = sum((Counter(one) for one in counts.values()), Counter[str]())
    return {"calls": summed.total(), **{kind: summed[kind] for kind in CLASSES}}


def _order(call: Call) -> tuple[str, str]:
    return call.at, call.address or ""


def _day(day: str, counts: Counter[str]) -> dict[str, object]:
    return {"date": day, "calls": counts.total(), **{kind: counts[kind] for kind in CLASSES}}
