"""One count: which calls it is of, its item, and the update that adds calls to it.

Owns the form of the item. Must never decide which calls are added.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from apikeys.dynamodb import unavailable
from apikeys.usage.call import Call
from apikeys.usage.slots import expiry

_DAY = len("2026-11-24")

# A day's counts are spread over several items: by hour, so that more events find room in them, and by log
# stream, because two writes at once on one item get in one another's way. API Gateway writes to many streams.
_SHARES = 8
_HOUR = slice(len("2026-11-24T"), len("2026-11-24T09"))

# A day can be asked for until it is 90 days old.
_COUNTS_LIVE = timedelta(days=91)
# The last event of a day lives for three days, as in every slot.
_SLOTS_LIVE = timedelta(days=4)

#: A key and a part of a day, which name a count.
Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Count:
    """A count as it is stored: the events that it holds itself, and how many were moved to its slots."""

    events: frozenset[bytes]
    moved: int
    is_full: bool


def name_of(log_stream: str, one: Call) -> Name:
    """The count of a call: it depends on nothing but the log event."""
    share = (zlib.crc32(log_stream.encode()) + int(one.at[_HOUR])) % _SHARES
    return one.key_id, f"{one.at[:_DAY]} {share}"


def key_of(name: Name) -> dict[str, Any]:
    """The key of a count's item."""
    key_id, day_share = name
    return {"key_id": {"S": key_id}, "day_share": {"S": day_share}}


def count_of(item: Mapping[str, Any]) -> Count:
    """The count that an item holds. Raises StoreUnavailableError for one that holds none."""
    try:
        events = frozenset(item["events"]["BS"]) if "events" in item else frozenset()
        moved = int(item["moved"]["N"]) if "moved" in item else 0
    except (LookupError, TypeError, ValueError) as error:
        raise unavailable() from error
    # One without any events was made before counts had them: slots hold them all.
    return Count(events, moved, is_full="is_full" in item or not (events or moved))


def addition(table: str, name: Name, calls: Iterable[Call]) -> dict[str, Any]:
    """The update that adds calls to a count, whether it is there or not."""
    kinds = Counter(one.kind for one in calls)
    return {
        "TableName": table,
        "Key": key_of(name),
        "UpdateExpression": "SET expires_at = :expiry ADD " + ", ".join(f"{kind} :{kind}" for kind in kinds),
        "ExpressionAttributeValues": {
            ":expiry": expires(name),
            **{f":{kind}": {"N": str(number)} for kind, number in kinds.items()},
        },
    }


def expires(name: Name) -> dict[str, str]:
    """When a count may be deleted."""
    return expiry(name[1][:_DAY], _COUNTS_LIVE)


def slot_expires(name: Name) -> dict[str, str]:
    """When the slots of a count may be deleted."""
    return expiry(name[1][:_DAY], _SLOTS_LIVE)
