"""Leases: how many executions run at once, for each key and for each organization.

Owns the limits, and one item for each organization that says what is running. A lease is a text in two sets
of that item, the organization's and the key's, so one conditional write takes it and another returns it. It
contains the time at which its execution is over in any case, and does not count after that, so a crash leaves
no lease behind. The time is compared here, because DynamoDB may remove the item days later.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.UpdateExpressions.html
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backend.caller import Caller
from backend.errors import TooManyError, UnavailableError
from backend.table import Table, in_the_way, unavailable

#: The sort key of an organization's item, which no session has, and the name of its set.
_RUNNING = "running"

#: Seconds after its last lease for which an item stays, more than any lease lasts.
_KEPT_SECONDS = 24 * 60 * 60

# A lease is taken, or what is over is removed, and then somebody else may have been quicker.
_TRIES = 3

_BEGIN = "ADD running :lease, #key :lease SET expires_at = :expires_at"
_BELOW_BOUNDS = (
    "(attribute_not_exists(running) OR size(running) < :organization) AND "
    "(attribute_not_exists(#key) OR size(#key) < :key)"
)


@dataclass(frozen=True, slots=True)
class Lease:
    """What one execution of one key holds until the time `until`, in whole seconds since 1970."""

    until: int
    execution_id: str
    key_id: str

    @classmethod
    def read(cls, text: str) -> "Lease":
        """The lease that is stored as `text`."""
        until, execution_id, key_id = text.split(" ")
        return cls(int(until), execution_id, key_id)

    def __str__(self) -> str:
        return f"{self.until} {self.execution_id} {self.key_id}"


class Leases:
    """The leases of all organizations, each with its own limits.

    Every method blocks, and raises UnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, table: Table, per_key: int, per_organization: int) -> None:
        self._table = table
        self._per_key = per_key
        self._per_organization = per_organization

    def take(self, caller: Caller, execution_id: str, seconds: float, now: datetime) -> Lease:
        """A lease for an execution that is over in `seconds` at most. Raises TooManyError."""
        lease = Lease(int(now.timestamp() + seconds) + 1, execution_id, caller.key_id)
        for _ in range(_TRIES):
            item = self._try(caller, lease, now)
            if item is None or str(lease) in _texts(item, _RUNNING):
                # The second is so where an answer was lost, and the client has asked again.
                return lease
            over = [one for one in map(Lease.read, _texts(item, _RUNNING)) if one.until <= now.timestamp()]
            if not over:
                raise self._too_many(caller, item)
            self._remove(caller.organization_id, over)
        raise UnavailableError("Too many executions are starting at once. Try again in a moment.")

    def give_back(self, organization_id: str, lease: Lease) -> None:
        """End a lease before its time."""
        self._remove(organization_id, [lease])

    def _try(self, caller: Caller, lease: Lease, now: datetime) -> Mapping[str, Any] | None:
        """Take a lease; or what is there that leaves no room for it."""
        client = self._table.client
        with unavailable():
            try:
                client.update_item(
                    TableName=self._table.name,
                    Key=_key(caller.organization_id),
                    UpdateExpression=_BEGIN,
                    ConditionExpression=_BELOW_BOUNDS,
                    ExpressionAttributeNames={"#key": _of_key(lease.key_id)},
                    ExpressionAttributeValues={
                        ":lease": {"SS": [str(lease)]},
                        ":expires_at": {"N": str(int(now.timestamp()) + _KEPT_SECONDS)},
                        ":organization": {"N": str(self._per_organization)},
                        ":key": {"N": str(self._per_key)},
                    },
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except client.exceptions.ConditionalCheckFailedException as refusal:
                return in_the_way(refusal)
        return None

    def _remove(self, organization_id: str, leases: Iterable[Lease]) -> None:
        by_set: dict[str, list[str]] = defaultdict(list)
        for lease in leases:
            by_set[_RUNNING].append(str(lease))
            by_set[_of_key(lease.key_id)].append(str(lease))
        sets = list(by_set.items())
        with unavailable():
            # A set that is empty is gone, and a lease that is not there does no harm.
            self._table.client.update_item(
                TableName=self._table.name,
                Key=_key(organization_id),
                UpdateExpression="DELETE " + ", ".join(f"#s{n} :s{n}" for n in range(len(sets))),
                ExpressionAttributeNames={f"#s{n}": name for n, (name, _) in enumerate(sets)},
                ExpressionAttributeValues={f":s{n}": {"SS": texts} for n, (_, texts) in enumerate(sets)},
            )

    def _too_many(self, caller: Caller, item: Mapping[str, Any]) -> TooManyError:
        if len(_texts(item, _of_key(caller.key_id))) >= self._per_key:
            whose, most = "This key", self._per_key
        else:
            whose, most = "The key's organization", self._per_organization
        return TooManyError(
            f"{whose} has {most} executions running, which is the limit. Wait until one ends, or end one by "
            "closing its connection, then try again.",
            retry_after=5,
        )


def _of_key(key_id: str) -> str:
    """The name of a key's set."""
    return f"{_RUNNING} {key_id}"


def _key(organization_id: str) -> dict[str, Any]:
    return {"organization_id": {"S": organization_id}, "id": {"S": _RUNNING}}


def _texts(item: Mapping[str, Any], name: str) -> list[str]:
    texts: list[str] = item.get(name, {}).get("SS", [])
    return texts
