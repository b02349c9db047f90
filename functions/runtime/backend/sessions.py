"""Sessions: one DynamoDB table, one item per session, and the time at which it is over.

Owns the item's form. The organization is the partition key and part of every read and write, so there is no
call that could reach another organization's session. DynamoDB removes an item days after its time to live, so
the time is checked here as well.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from backend.caller import Caller
from backend.errors import NotFoundError
from backend.table import Table, unavailable

LIFETIME = timedelta(hours=24)

_SESSION_ID = re.compile(r"session_[0-9a-f]{32}")


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

    def __init__(self, table: Table) -> None:
        self._client = table.client
        self._table = table.name

    def open(self, caller: Caller, now: datetime) -> Session:
        """Store a new session of the caller's organization."""
        created_at = now.replace(microsecond=0)
        session = Session(
            id=f"session_{secrets.token_hex(16)}",
            organization_id=caller.organization_id,
            created_at=created_at,
            created_by=caller.key_id,
            expires_at=created_at + LIFETIME,
        )
        with unavailable():
            self._client.put_item(
                TableName=self._table, Item=_item(session), ConditionExpression="attribute_not_exists(id)"
            )
        return session

    def get(self, organization_id: str, session_id: str, now: datetime) -> Session:
        """The session, read consistently. Raises NotFoundError."""
        with unavailable():
            answer = self._client.get_item(
                TableName=self._table, Key=_key(organization_id, session_id), ConsistentRead=True
            )
        return _current(answer.get("Item"), now)

    def close(self, organization_id: str, session_id: str, now: datetime) -> None:
        """Remove the session. Raises NotFoundError."""
        with unavailable():
            answer = self._client.delete_item(
                TableName=self._table, Key=_key(organization_id, session_id), ReturnValues="ALL_OLD"
            )
        _current(answer.get("Attributes"), now)


def _key(organization_id: str, session_id: str) -> Any:  # noqa: ANN401 - its type differs from call to call
    if not _SESSION_ID.fullmatch(session_id):
        raise NotFoundError(_NO_SESSION)
    return {"organization_id": {"S": organization_id}, "id": {"S": session_id}}


def _item(session: Session) -> dict[str, Any]:
    return {
        **_key(session.organization_id, session.id),
        "created_at": {"N": str(int(session.created_at.timestamp()))},
        "created_by": {"S": session.created_by},
        "expires_at": {"N": str(int(session.expires_at.timestamp()))},
    }


def _current(item: Mapping[str, Any] | None, now: datetime) -> Session:
    if item:
        session = Session(
            id=item["id"]["S"],
            organization_id=item["organization_id"]["S"],
            created_at=_time(item["created_at"]),
            created_by=item["created_by"]["S"],
            expires_at=_time(item["expires_at"]),
        )
        if now < session.expires_at:
            return session
    raise NotFoundError(_NO_SESSION)


_NO_SESSION = "There is no such session. Open one with POST /api/runtime/sessions."


def _time(number: Mapping[str, str]) -> datetime:
    return datetime.fromtimestamp(int(number["N"]), UTC)


def _shown(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
