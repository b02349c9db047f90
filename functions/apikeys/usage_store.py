"""The usage store: how many calls each key made on each day, every call counted once.

Owns two tables: the counts, and which log events are in them. CloudWatch Logs and Lambda deliver at least
once, a delivery that failed half-way comes again, and nothing promises that a log event comes again in the
same batch as before. So what is counted once is the log event, not the batch:

- Log events are remembered by slot: ten seconds of one log stream. An event's slot depends on nothing but the
  event, so every delivery of it looks at the same item.
- One transaction adds events of one slot to the counts and to the slot, or does neither. It holds those
  events that the slot lacked when it was read, and its condition is that the slot has not grown since: a slot
  only ever grows, so its size is its version.

Adding is commutative, so the counts are the same in any order, repetition and splitting of the batches.
"""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any

from apikeys.dynamodb import ConditionFailedError, call, pause, refuse_damaged, unavailable
from apikeys.errors import StoreUnavailableError
from apikeys.usage import CLASSES, Call

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES = 7

# The start of a `timestamp` up to the tens of seconds. A slot must stay below 400 KB, the largest item: that
# is 45,000 calls.
_TEN_SECONDS = len("2026-11-24T09:30:0")

# A transaction holds 100 items; the slot is one of them.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
_KEYS_AT_ONCE = 99

# Two transactions at once on one item cancel one another, so a day's counts are spread over several items,
# by log stream: API Gateway writes to many at once.
_SHARES = 8

# CloudWatch Logs tries to deliver for a day, and Lambda for six hours more.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_SLOT_LIVES = timedelta(days=3)

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
        self._slots = slots

    def count(self, log_stream: str, calls: Iterable[Call]) -> int:
        """Count those of one log stream's calls that are not counted yet. Answers how many those were.

        What it raises, it raises at the end: a slot that takes no more, or a table that is throttled, keeps
        none of the other slots from being counted. The next delivery counts the rest.
        """
        slots: dict[str, dict[str, list[Call]]] = defaultdict(lambda: defaultdict(list))
        for one in calls:
            slots[f"{log_stream} {one.at[:_TEN_SECONDS]}"][one.key_id].append(one)
        share = zlib.crc32(log_stream.encode()) % _SHARES
        counted, failure = 0, None
        for slot, by_key in slots.items():
            keys = iter(by_key.values())
            while part := list(islice(keys, _KEYS_AT_ONCE)):
                try:
                    counted += self._count(slot, share, [one for group in part for one in group])
                except StoreUnavailableError as error:
                    failure = error
        if failure:
            raise failure
        return counted

    def _count(self, slot: str, share: int, calls: list[Call]) -> int:
        for attempt in range(_TRIES):
            known = self._known(slot)
            new = {digest: one for one in calls if (digest := _digest(one.event_id)) not in known}
            if not new:
                return 0
            remember = self._remember(slot, len(known), new)
            try:
                call(
                    self._client.transact_write_items,
                    TransactItems=[remember, *self._additions(share, new.values())],
                )
            except ConditionFailedError:
                pause(attempt)  # another delivery wrote to the slot since it was read
            else:
                return len(new)
        raise unavailable()

    def _known(self, slot: str) -> set[bytes]:
        answer = call(
            self._client.get_item, TableName=self._slots, Key={"slot": {"S": slot}}, ConsistentRead=True
        )
        return set(answer["Item"]["events"]["BS"]) if "Item" in answer else set()

    def _remember(self, slot: str, known: int, new: dict[bytes, Call]) -> dict[str, Any]:
        values: dict[str, Any] = {
            ":new": {"BS": list(new)},
            ":expiry": _expiry(next(iter(new.values())).at, _SLOT_LIVES),
        }
        unchanged = "attribute_not_exists(slot)"
        if known:
            unchanged = "size(events) = :known"
            values[":known"] = {"N": str(known)}
        return {
            "Update": {
                "TableName": self._slots,
                "Key": {"slot": {"S": slot}},
                "UpdateExpression": "SET expires_at = :expiry ADD events :new",
                "ConditionExpression": unchanged,
                "ExpressionAttributeValues": values,
            }
        }

    def _additions(self, share: int, calls: Iterable[Call]) -> list[dict[str, Any]]:
        counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        for one in calls:
            counts[one.key_id, one.at[: len("2026-11-24")]][one.kind] += 1
        return [
            {
                "Update": {
                    "TableName": self._counts,
                    "Key": {"key_id": {"S": key_id}, "day_share": {"S": f"{day} {share}"}},
                    "UpdateExpression": "SET expires_at = :expiry ADD "
                    + ", ".join(f"{kind} :{kind}" for kind in kinds),
                    "ExpressionAttributeValues": {
                        ":expiry": _expiry(day, _COUNTS_LIVE),
                        **{f":{kind}": {"N": str(number)} for kind, number in kinds.items()},
                    },
                }
            }
            for (key_id, day), kinds in counts.items()
        ]

    def read(self, key_id: str, first: date, last: date) -> dict[str, Counter[str]]:
        """The key's calls from one date to another, both included: date → class → calls; no date without one.

        The answer follows a count within moments.
        """
        # At most 90 days of 8 items below 300 bytes: far from the 1 MB at which a query stops.
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
        return dict(days)


def _digest(event_id: str) -> bytes:
    # 64 bits tell 45,000 events apart, and an id itself has 56 characters.
    return blake2b(event_id.encode(), digest_size=8).digest()


def _expiry(start: str, lives: timedelta) -> dict[str, str]:
    """When DynamoDB may delete an item whose `timestamp` or date is `start`, in seconds since 1970."""
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC) + lives
    return {"N": str(int(moment.timestamp()))}
