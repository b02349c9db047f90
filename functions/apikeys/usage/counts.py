"""Counts: how many calls a key made in a part of a day, and which log events those were.

Owns the writes that add calls and their events to a count:

- One write adds calls and their events, on the condition that the count has none of these events. That is the
  cheapest write that there is, as long as the item is small.
- Where there is no more room for events, all are moved to a slot of the count's own: first they are added to
  the slot, and then taken out of the count. So an event is in the count or in its slot, maybe in both.
- How many were moved is the version of what a process knows of the slots. It is a condition of every write,
  so no event is added that was moved in the meantime.
- Once so many are moved that reading them takes long, the count is full, forever: no event is added to it
  any more, and none is moved.

Must never take a call for a new one whose event is in the count or was moved.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from apikeys.dynamodb import ConditionFailedError, call, pause, unavailable
from apikeys.usage.call import Call
from apikeys.usage.count import Count, Name, addition, count_of, expires, key_of, name_of, slot_expires
from apikeys.usage.known import Known, Memory
from apikeys.usage.slots import Slots

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# With these a count stays below 1 KB, up to which a write is one unit: an event takes 9 bytes.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
_EVENTS_BESIDE = 90
# An expression has 4 KB and 300 operators at most. Who calls that often at once is soon counted by slots.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
_EVENTS_AT_ONCE = 20
# A slot of a count takes events until it has so many: more make it dearer to add to, fewer make more to read.
_MOVED_TOGETHER = 540
# From so many on, none are moved: a new process reads all slots of a count, one by one. With a call each
# second, a count gets as many.
_MOVED_AT_MOST = 10_800

# To see what a count holds, to make room and to add takes three tries. More mean that others change it too.
_TRIES, _TRIES_AT_ONCE = 10, 3


class Counts:
    """The counts of all keys.

    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: "DynamoDBClient", table: str, slots: Slots) -> None:
        self._client = client
        self._table = table
        self._slots = slots
        self._memory = Memory()

    def add(self, name: Name, new: Mapping[bytes, Call]) -> tuple[int, list[Call]]:
        """Count those of one count's calls, by their events, that are not counted yet.

        Answers how many those were, and the calls that slots must count, because the count is full.
        """
        for attempt in range(_TRIES):
            known = self._memory.of(name)
            new = {event: one for event, one in new.items() if not known.has(event)}
            if not new or known.is_full:
                return 0, list(new.values())
            if len(new) > _EVENTS_AT_ONCE:
                self._fill(name)
                continue
            try:
                self._add(name, known, new)
            except ConditionFailedError as error:
                new = self._see_why(name, known, error.item, new)
            else:
                return len(new), []
            if attempt >= _TRIES_AT_ONCE:
                pause(attempt - _TRIES_AT_ONCE)
        raise unavailable()

    def additions(self, log_stream: str, calls: Iterable[Call]) -> list[dict[str, Any]]:
        """The updates of a transaction that add calls to full counts."""
        counts: dict[Name, list[Call]] = defaultdict(list)
        for one in calls:
            counts[name_of(log_stream, one)].append(one)
        return [{"Update": addition(self._table, name, its)} for name, its in counts.items()]

    def _add(self, name: Name, known: Known, new: Mapping[bytes, Call]) -> None:
        """Raises ConditionFailedError, with the count, where it is not as known, or has no room."""
        update = addition(self._table, name, new.values())
        values = update["ExpressionAttributeValues"]
        values |= {f":event{number}": {"B": event} for number, event in enumerate(new)}
        values |= {":events": {"BS": list(new)}, ":room": {"N": str(_EVENTS_BESIDE - len(new))}}
        unknown = " AND ".join(f"NOT contains(events, :event{number})" for number in range(len(new)))
        # One without events, none of which were moved either, was made before counts had any.
        empty = "attribute_not_exists(events)" if known.moved else "attribute_not_exists(key_id)"
        call(
            self._client.update_item,
            **update | {"UpdateExpression": f"{update['UpdateExpression']}, events :events"},
            ConditionExpression=f"{_as_known(known, values)} AND "
            f"({empty} OR (attribute_exists(events) AND size(events) <= :room AND {unknown}))",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def _see_why(
        self, name: Name, known: Known, item: Mapping[str, Any], new: Mapping[bytes, Call]
    ) -> dict[bytes, Call]:
        """See why a count did not take `new`, and make room if that is why. Answers what it does not hold."""
        if not item:  # it was known, and was deleted
            self._memory.forget(name)
            return dict(new)
        count = count_of(item)
        if count.is_full or count.moved != known.moved:
            self._learn(name, count)
            return dict(new)
        rest = {event: one for event, one in new.items() if event not in count.events}
        if rest and len(count.events) + len(rest) > _EVENTS_BESIDE:
            if count.moved < _MOVED_AT_MOST:
                self._move(name, known, count.events)
            else:
                self._fill(name)
        return rest

    def _learn(self, name: Name, count: Count) -> None:
        slots = range(-(-count.moved // _MOVED_TOGETHER))
        moved = {event for number in slots for event in self._slots.known(_slot(name, number))}
        events = moved | count.events if count.is_full else moved
        self._memory.learn(name, count.moved, events, is_full=count.is_full)

    def _move(self, name: Name, known: Known, events: frozenset[bytes]) -> None:
        """Move all events of a count to its slot.

        A process that stops in between leaves them in both, and the next one moves them again. Between two
        moves events are only ever added to a count, so as long as it has as many, it has the same.
        """
        self._slots.keep(_slot(name, known.moved // _MOVED_TOGETHER), events, slot_expires(name))
        values = {
            ":size": {"N": str(len(events))},
            ":now_moved": {"N": str(known.moved + len(events))},
        }
        try:
            call(
                self._client.update_item,
                TableName=self._table,
                Key=key_of(name),
                UpdateExpression="SET moved = :now_moved REMOVE events",
                ConditionExpression=f"{_as_known(known, values)} AND size(events) = :size",
                ExpressionAttributeValues=values,
            )
        except ConditionFailedError:
            return  # another process has changed the count: the next try sees how
        before = (number.to_bytes(8) for number in known.events)
        self._memory.learn(name, known.moved + len(events), {*before, *events}, is_full=False)

    def _fill(self, name: Name) -> None:
        """Let no more events be added to a count."""
        answer = call(
            self._client.update_item,
            TableName=self._table,
            Key=key_of(name),
            UpdateExpression="SET is_full = :true, expires_at = :expiry",
            ExpressionAttributeValues={":true": {"BOOL": True}, ":expiry": expires(name)},
            ReturnValues="ALL_NEW",
        )
        if "is_full" not in (item := answer.get("Attributes", {})):
            raise unavailable()
        self._learn(name, count_of(item))


def _as_known(known: Known, values: dict[str, Any]) -> str:
    """The condition that a count is not full, and that no more of its events were moved than is known."""
    if not known.moved:
        return "attribute_not_exists(is_full) AND attribute_not_exists(moved)"
    values[":moved"] = {"N": str(known.moved)}
    return "attribute_not_exists(is_full) AND moved = :moved"


def _slot(name: Name, number: int) -> str:
    return f"{name[0]} {name[1]} {number}"
