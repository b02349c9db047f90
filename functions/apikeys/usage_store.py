"""The usage store: how many calls each key made on each day, with every call counted once.

Owns the table of counts. CloudWatch Logs and Lambda deliver at least once, a failed delivery is repeated, and
a repeated log event may be in another batch than before. So log events are counted once, and not batches:

- A count remembers its first log events itself. One write adds calls and their events, on the condition that
  the count contains none of these events. This is the cheapest possible write.
- When a count would need more room than the smallest write has, it is full for good, and its events no longer
  change. A transaction records all further events in slots.

An event is in the count's own events or in a slot, and never in both. Adding is commutative, so any order,
repetition and splitting of the batches gives the same counts.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from apikeys.dynamodb import ConditionFailedError, call, refuse_damaged, unavailable
from apikeys.errors import StoreUnavailableError
from apikeys.usage import CLASSES, Call
from apikeys.usage_slots import Slots, digest, expiry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_DAY = len("2026-11-24")

# A day's counts are spread over several items: by hour, so that more events find room in them, and by log
# stream, because two transactions at once on one item cancel one another. API Gateway writes to many streams.
_SHARES = 8
_HOUR = slice(len("2026-11-24T"), len("2026-11-24T09"))

# With these a count stays below 1 KB, up to which a write is one unit: an event takes 9 bytes.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
_EVENTS_BESIDE = 90
# An expression has 4 KB and 300 operators at most. Who calls that often at once is soon counted by slots.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_EVENTS_AT_ONCE = 20
# Full counts whose events this process remembers, each with less than 10 KB.
_FULL_AT_MOST = 2000

# A day can be asked for until it is 90 days old.
_COUNTS_LIVE = timedelta(days=91)


class UsageStore:
    """The calls of all keys.

    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: "DynamoDBClient", counts: str, slots: str = "") -> None:
        refuse_damaged(client)
        self._client = client
        self._counts = counts
        self._slots = Slots(client, slots)
        # Key and day → the events of a count that is full, which never change.
        self._full: dict[tuple[str, str], frozenset[bytes]] = {}

    def count(self, log_stream: str, calls: Iterable[Call]) -> int:
        """Count those of one log stream's calls that are not counted yet. Answers how many those were.

        What it raises, it raises at the end: a count or a slot that fails keeps none of the others from being
        written. The next delivery counts the rest.
        """
        counts: dict[tuple[str, str], dict[bytes, Call]] = defaultdict(dict)
        for one in calls:
            # Streams share an item, and two of one name may have events of one id.
            counts[_name(log_stream, one)][digest(f"{log_stream} {one.event_id}")] = one
        counted, failure, rest = 0, None, list[Call]()
        for name, new in counts.items():
            try:
                if self._add(name, new):
                    counted += len(new)
                else:
                    known = self._events_of_full(name)
                    rest += [one for event, one in new.items() if event not in known]
            except StoreUnavailableError as error:
                failure = error
        try:
            counted += self._slots.count(log_stream, rest, lambda new: self._additions(log_stream, new))
        except StoreUnavailableError as error:
            failure = error
        if failure:
            raise failure
        return counted

    def _add(self, name: tuple[str, str], new: Mapping[bytes, Call]) -> bool:
        """Add calls and their events to a count that has room and none of them. Answers whether it had."""
        if name in self._full or len(new) > _EVENTS_AT_ONCE:
            return False
        update = self._addition(name, new.values())
        values = update["ExpressionAttributeValues"]
        values |= {f":event{number}": {"B": event} for number, event in enumerate(new)}
        values |= {":events": {"BS": list(new)}, ":room": {"N": str(_EVENTS_BESIDE - len(new))}}
        unknown = " AND ".join(f"NOT contains(events, :event{number})" for number in range(len(new)))
        try:
            call(
                self._client.update_item,
                **update | {"UpdateExpression": f"{update['UpdateExpression']}, events :events"},
                # A count without events is full, or was made before counts had any.
                ConditionExpression="attribute_not_exists(key_id) OR "
                "(attribute_not_exists(is_full) AND attribute_exists(events) "
                f"AND size(events) <= :room AND {unknown})",
            )
        except ConditionFailedError:
            return False
        return True

    def _events_of_full(self, name: tuple[str, str]) -> frozenset[bytes]:
        """The events that a count holds, which is full from now on."""
        if name in self._full:
            return self._full[name]
        answer = call(
            self._client.update_item,
            TableName=self._counts,
            Key=_key(name),
            UpdateExpression="SET is_full = :true, expires_at = :expiry",
            ExpressionAttributeValues={
                ":true": {"BOOL": True},
                ":expiry": expiry(name[1][:_DAY], _COUNTS_LIVE),
            },
            ReturnValues="ALL_NEW",
        )
        if len(self._full) == _FULL_AT_MOST:
            self._full.clear()
        try:
            self._full[name] = frozenset(answer["Attributes"].get("events", {"BS": ()})["BS"])
        except (LookupError, TypeError, AttributeError) as error:
            raise unavailable() from error
        return self._full[name]

    def _additions(self, log_stream: str, calls: Iterable[Call]) -> list[dict[str, Any]]:
        counts: dict[tuple[str, str], list[Call]] = defaultdict(list)
        for one in calls:
            counts[_name(log_stream, one)].append(one)
        return [{"Update": self._addition(name, its)} for name, its in counts.items()]

    def _addition(self, name: tuple[str, str], calls: Iterable[Call]) -> dict[str, Any]:
        kinds = Counter(one.kind for one in calls)
        return {
            "TableName": self._counts,
            "Key": _key(name),
            "UpdateExpression": "SET expires_at = :expiry ADD "
            + ", ".join(f"{kind} :{kind}" for kind in kinds),
            "ExpressionAttributeValues": {
                ":expiry": expiry(name[1][:_DAY], _COUNTS_LIVE),
                **{f":{kind}": {"N": str(number)} for kind, number in kinds.items()},
            },
        }

    def read(self, key_id: str, first: date, last: date) -> dict[str, Counter[str]]:
        """The key's calls from one date to another, both included: date → class → calls; no date without one.

        The answer follows a count within moments.
        """
        # At most 90 days of 8 items below 1 KB: less than the 1 MB at which a query stops.
        answer = call(
            self._client.query,
            TableName=self._counts,
            KeyConditionExpression="key_id = :key AND day_share BETWEEN :first AND :after",
            ExpressionAttributeValues={
                ":key": {"S": key_id},
                ":first": {"S": first.isoformat()},
                ":after": {"S": (last + timedelta(days=1)).isoformat()},
            },
        )
        days: dict[str, Counter[str]] = defaultdict(Counter)
        try:
            for item in answer["Items"]:
                day, _, _ = item["day_share"]["S"].partition(" ")
                days[day].update({kind: int(item[kind]["N"]) for kind in CLASSES if kind in item})
        except (LookupError, TypeError, ValueError) as error:
            raise unavailable() from error
        return {day: counts for day, counts in days.items() if counts}


def _name(log_stream: str, one: Call) -> tuple[str, str]:
    share = (zlib.crc32(log_stream.encode()) + int(one.at[_HOUR])) % _SHARES
    return one.key_id, f"{one.at[:_DAY]} {share}"


def _key(name: tuple[str, str]) -> dict[str, Any]:
    key_id, day_share = name
    return {"key_id": {"S": key_id}, "day_share": {"S": day_share}}
