"""Sessions: one DynamoDB table, one item per session, and the time at which a session ends.

Owns the item's form. The organization is the partition key and part of every read and write, so no call can
reach another organization's session. A session is in one of a fixed number of slots of its organization,
which its id names. So only that many can be open at once. A slot is free again when its session has ended.
The end is compared here, because DynamoDB removes an item days after its time to live.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from backend.caller import Caller
from backend.errors import NotFoundError, TooManyError, UnavailableError
from backend.table import Table, in_the_way, unavailable

LIFETIME = timedelta(hours=24)

#: How many sessions an organization has open at most; an id has room for no more.
SLOTS = 256

_SESSION_ID = re.compile(r"(session_[0-9a-f]{2})[0-9a-f]{30}")
# A slot is found free, and then somebody else may have been quicker.
_TRIES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """One session of one organization. Times are whole seconds, in UTC."""

    id: str
    organization_id: str
    created_at: datetime
    created_by: str
    expires_at: datetime

    def record(self) -> dict[str, object]:
        """The session as it is shown in an answer."""
        return {
            "id": self.id,
            "organization_id": self.organization_id,
            "created_at": _shown(self.created_at),
            "created_by": self.created_by,
            "expires_at": _shown(self.expires_at),
        }


class SessionStore:
    """The sessions of all organizations. Every method takes the organization and sees nothing of another's.

    Every method blocks, and raises UnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, table: Table, slots: int = SLOTS) -> None:
        self._client = table.client
        self._table = table.name
        self._slots = [f"session_{number:02x}" for number in range(slots)]

    def open(self, caller: Caller, now: datetime) -> Session:
        """Store a new session of the caller's organization. Raises TooManyError."""
        created_at = now.replace(microsecond=0)
        free = self._slots
        for _ in range(_TRIES):
            session = Session(
                id=secrets.choice(free) + secrets.token_hex(15),
                organization_id=caller.organization_id,
                created_at=created_at,
                created_by=caller.key_id,
                expires_at=created_at + LIFETIME,
            )
            if self._put(session, now):
                return session
            free = self._free_slots(caller.organization_id, now)
        raise UnavailableError("Too many sessions are being opened at once. Try again in a moment.")

    def _put(self, session: Session, now: datetime) -> bool:
        """Store a session unless its slot holds another one."""
        with unavailable():
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(session),
                    ConditionExpression="attribute_not_exists(id) OR expires_at <= :now",
                    ExpressionAttributeValues={":now": _seconds(now)},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException as refusal:
                # It is there already where an answer was lost, and the client has asked again.
                return in_the_way(refusal).get("session_id") == {"S": session.id}
        return True

    def _free_slots(self, organization_id: str, now: datetime) -> list[str]:
        with unavailable():
            found = self._client.query(
                TableName=self._table,
                KeyConditionExpression="organization_id = :organization AND begins_with(id, :prefix)",
                ProjectionExpression="id, expires_at",
                ExpressionAttributeValues={
                    ":organization": {"S": organization_id},
                    ":prefix": {"S": "session_"},
                },
                ConsistentRead=True,
            )["Items"]
        ends = {item["id"]["S"]: _time(item["expires_at"]) for item in found}
        free = [slot for slot in self._slots if slot not in ends or ends[slot] <= now]
        if not free:
            raise TooManyError(
                f"The key's organization has {len(self._slots)} sessions open, which is the limit. "
                "Close one, or wait until one expires, 24 hours after it was opened.",
                retry_after=math.ceil((min(ends[slot] for slot in self._slots) - now).total_seconds()),
            )
        return free

    def get(self, organization_id: str, session_id: str, now: datetime) -> Session:
        """The session, read consistently. Raises NotFoundError."""
        with unavailable():
            answer = self._client.get_item(
                TableName=self._table, Key=_key(organization_id, session_id), ConsistentRead=True
            )
        return _current(answer.get("Item"), session_id, now)

    def close(self, organization_id: str, session_id: str, now: datetime) -> None:
        """Remove the session. Raises NotFoundError."""
        with unavailable():
            try:
                answer = self._client.delete_item(
                    TableName=self._table,
                    Key=_key(organization_id, session_id),
                    ConditionExpression="session_id = :session_id",
                    ExpressionAttributeValues={":session_id": {"S": session_id}},
                    ReturnValues="ALL_OLD",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                raise NotFoundError(_NO_SESSION) from None
        _current(answer.get("Attributes"), session_id, now)


def _key(organization_id: str, session_id: str) -> Any:  # noqa: ANN401 - its type differs from call to call
    found = _SESSION_ID.fullmatch(session_id)
    if not found:
        raise NotFoundError(_NO_SESSION)
    return {"organization_id": {"S": organization_id}, "id": {"S": found[1]}}


def _item(session: Session) -> dict[str, Any]:
    return {
        **_key(session.organization_id, session.id),
        "session_id": {"S": session.id},
        "created_at": _seconds(session.created_at),
        "created_by": {"S": session.created_by},
        "expires_at": _seconds(session.expires_at),
    }


def _current(item: Mapping[str, Any] | None, session_id: str, now: datetime) -> Session:
    # Its slot may hold another one by now.
    if item and item.get("session_id") == {"S": session_id}:
        session = Session(
            id=session_id,
            organization_id=item["organization_id"]["S"],
            created_at=_time(item["created_at"]),
            created_by=item["created_by"]["S"],
            expires_at=_time(item["expires_at"]),
        )
        if now < session.expires_at:
            return session
    raise NotFoundError(_NO_SESSION)


_NO_SESSION = "There is no such session. Open one with POST /api/runtime/sessions."


def _seconds(time: datetime) -> Any:  # noqa: ANN401 - one of the many forms of a value
    return {"N": str(int(time.timestamp()))}


def _time(number: Mapping[str, Any]) -> datetime:
    return datetime.fromtimestamp(int(number["N"]), UTC)


def _shown(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
