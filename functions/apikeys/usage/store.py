"""The usage store: how many calls each key made on each day, with every call counted once.

Owns which of a batch's calls go where, and the reading of the counts. CloudWatch Logs and Lambda deliver at
least once, a failed delivery is repeated, and a repeated log event may be in another batch than before. So
log events are counted once, and not batches. A count remembers events (`apikeys.usage.counts`) until it is
full, and slots remember all further ones (`apikeys.usage.slots`). Adding is commutative, so any order,
repetition and splitting of the batches gives the same counts.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from apikeys.dynamodb import call, refuse_damaged, unavailable
from apikeys.errors import StoreUnavailableError
from apikeys.usage.call import CLASSES, Call
from apikeys.usage.count import Name, name_of
from apikeys.usage.counts import Counts
from apikeys.usage.slots import Slots, digest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class UsageStore:
    """The calls of all keys.

    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: "DynamoDBClient", counts: str, slots: str = "") -> None:
        refuse_damaged(client)
        self._client = client
        self._table = counts
        self._slots = Slots(client, slots)
        self._counts = Counts(client, counts, self._slots)

    def count(self, log_stream: str, calls: Iterable[Call]) -> int:
        """Count those of one log stream's calls that are not counted yet. Answers how many those were.

        What it raises, it raises at the end: a count or a slot that fails keeps none of the others from being
        written. The next delivery counts the rest.
        """
        counts: dict[Name, dict[bytes, Call]] = defaultdict(dict)
        for one in calls:
            # Streams share an item, and two of one name may have events of one id.
            counts[name_of(log_stream, one)][digest(f"{log_stream} {one.event_id}")] = one
        counted, failure, rest = 0, None, list[Call]()
        for name, new in counts.items():
            try:
                added, left = self._counts.add(name, new)
            except StoreUnavailableError as error:
                failure = error
            else:
                counted += added
                rest += left
        try:
            counted += self._slots.count(
                log_stream, rest, lambda new: self._counts.additions(log_stream, new)
            )
        except StoreUnavailableError as error:
            failure = error
        if failure:
            raise failure
        return counted

    def read(self, key_id: str, first: date, last: date) -> dict[str, Counter[str]]:
        """The key's calls from one date to another, both included: date → class → calls; no date without one.

        The answer follows a count within moments.
        """
        # At most 90 days of 8 items below 1 KB: less than the 1 MB at which a query stops.
        answer = call(
            self._client.query,
            TableName=self._table,
            ProjectionExpression=", ".join(("day_share", *CLASSES)),
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
