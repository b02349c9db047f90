"""Slots: which log events are counted already, for keys with more calls than their counts can remember.

Owns the table of slots, and the transaction that counts an event exactly once:

- A slot is ten seconds of one log stream, or belongs to one count, which keeps its earlier events there. An
  event's slot depends only on the event, so every delivery of the event uses the same item.
- One transaction adds events of one slot to the counts and to the slot, or does neither. It adds only events
  that the slot did not contain when it was read. Its condition is that the slot has not grown since: a slot
  only ever grows, so its size is its version.

Must never know what a count is: `additions` makes the updates of the counts.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import TYPE_CHECKING, Any

from apikeys.dynamodb import ConditionFailedError, call, pause, unavailable
from apikeys.errors import StoreUnavailableError
from apikeys.usage.call import Call

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES = 7

# The start of a `timestamp` up to the tens of seconds. A slot must stay below 400 KB, the largest item: that
# is 45,000 calls.
_TEN_SECONDS = len("2026-11-24T09:30:0")

# A transaction has at most 100 items, one of them the slot. A slot is within one hour, so a key has one
# count.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
_KEYS_AT_ONCE = 99

# CloudWatch Logs tries to deliver for a day, and Lambda for six hours more.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Subscriptions.html
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
_SLOT_LIVES = timedelta(days=3)

#: Makes the updates that add calls to the counts.
Additions = Callable[[Iterable[Call]], list[dict[str, Any]]]


class Slots:
    """The log events that are counted.

    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def count(self, log_stream: str, calls: Iterable[Call], additions: Additions) -> int:
        """Count those of one log stream's calls that are not counted yet. Answers how many those were.

        What it raises, it raises at the end: a slot that takes no more, or a table that is throttled, keeps
        none of the other slots from being counted. The next delivery counts the rest.
        """
        slots: dict[str, dict[str, list[Call]]] = defaultdict(lambda: defaultdict(list))
        for one in calls:
            slots[f"{log_stream} {one.at[:_TEN_SECONDS]}"][one.key_id].append(one)
        counted, failure = 0, None
        for slot, by_key in slots.items():
            keys = iter(by_key.values())
            while part := list(islice(keys, _KEYS_AT_ONCE)):
                try:
                    counted += self._count(slot, [one for group in part for one in group], additions)
                except StoreUnavailableError as error:
                    failure = error
        if failure:
            raise failure
        return counted

    def _count(self, slot: str, calls: list[Call], additions: Additions) -> int:
        for attempt in range(_TRIES):
            known = self.known(slot)
            new = {name: one for one in calls if (name := digest(one.event_id)) not in known}
            if not new:
                return 0
            remember = self._remember(slot, len(known), new)
            try:
                call(
                    self._client.transact_write_items,
                    TransactItems=[remember, *additions(new.values())],
                )
            except ConditionFailedError:
                pause(attempt)  # another delivery wrote to the slot since it was read
            else:
                return len(new)
        raise unavailable()

    def known(self, slot: str) -> set[bytes]:
        """The events that a slot holds."""
        answer = call(
            self._client.get_item, TableName=self._table, Key={"slot": {"S": slot}}, ConsistentRead=True
        )
        return set(answer["Item"]["events"]["BS"]) if "Item" in answer else set()

    def keep(self, slot: str, events: Iterable[bytes], expires_at: dict[str, str]) -> None:
        """Add events that are counted to a slot, which may hold some of them already."""
        call(
            self._client.update_item,
            TableName=self._table,
            Key={"slot": {"S": slot}},
            UpdateExpression="SET expires_at = :expiry ADD events :new",
            ExpressionAttributeValues={":new": {"BS": list(events)}, ":expiry": expires_at},
        )

    def _remember(self, slot: str, known: int, new: dict[bytes, Call]) -> dict[str, Any]:
        values: dict[str, Any] = {
            ":new": {"BS": list(new)},
            ":expiry": expiry(next(iter(new.values())).at, _SLOT_LIVES),
        }
        unchanged = "attribute_not_exists(slot)"
        if known:
            unchanged = "size(events) = :known"
            values[":known"] = {"N": str(known)}
        return {
            "Update": {
                "TableName": self._table,
                "Key": {"slot": {"S": slot}},
                "UpdateExpression": "SET expires_at = :expiry ADD events :new",
                "ConditionExpression": unchanged,
                "ExpressionAttributeValues": values,
            }
        }


def digest(event: str) -> bytes:
    """What is kept of an event: 64 bits tell 45,000 apart, and an id itself has 56 characters."""
    return blake2b(event.encode(), digest_size=8).digest()


def expiry(start: str, lives: timedelta) -> dict[str, str]:
    """When DynamoDB may delete an item whose `timestamp` or date is `start`, in seconds since 1970."""
    moment = datetime.fromisoformat(start).replace(tzinfo=UTC) + lives
    return {"N": str(int(moment.timestamp()))}
