"""The session store: sessions and tickets, in the key table, until they end.

Owns how they are opened, used up and ended. For each organization there is one more item, its roster, which
names every open session and ticket, so that all those of a person, a key or the organization can be ended. A
session and its line in the roster are written in one transaction, and the roster is read consistently, so
ending sessions misses none. DynamoDB deletes an expired item some time later; until then, its `expires_at`
keeps it from being used. A digest is stored and compared here, and never returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apikeys.dynamodb import ConditionFailedError, call, refuse_damaged
from apikeys.errors import UnauthorizedError
from apikeys.keys.item import still_allows
from apikeys.sessions.item import Entry, entries_of, entry_of, item_of, roster_key, session_in
from apikeys.sessions.limits import surplus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

    from apikeys.keys.key import Key
    from apikeys.secret import Secret
    from apikeys.sessions.session import Session

#: How many leave the roster in one transaction, which may hold 100 writes, and an expression of 4 KB.
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
AT_ONCE = 90


class SessionStore:
    """The sessions and tickets of all organizations.

    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        refuse_damaged(client)
        self._client = client
        self._table = table

    def add_ticket(self, secret: Secret, session: Session, now: int) -> None:
        """Keep a ticket, which `redeem` turns into a session once before the end of `session`."""
        self._write([], secret, session, now)

    def ticket(self, secret: Secret, now: int) -> Session:
        """What the ticket was made for. Raises UnauthorizedError when it is spent, unknown or too old."""
        session = self._presented(secret)
        if session is None or session.expires_at <= now:
            raise spent()
        return session

    def redeem(self, ticket: Secret, secret: Secret, session: Session, now: int) -> None:
        """Spend the ticket and open the session, both or neither. Raises UnauthorizedError."""
        spend = {
            "Delete": {
                "TableName": self._table,
                "Key": {"id": {"S": ticket.id}},
                "ConditionExpression": "digest = :digest AND expires_at > :now",
                "ExpressionAttributeValues": {":digest": {"S": ticket.digest}, ":now": {"N": str(now)}},
            }
        }
        try:
            self._write([spend], secret, session, now, spent=[ticket.id])
        except ConditionFailedError:
            raise spent() from None

    def open_with_key(self, key: Key, secret: Secret, session: Session, now: int) -> None:
        """Open the session that a key was exchanged for, unless the key was limited after it was read.

        Raises UnauthorizedError then.
        """
        still_good = {"ConditionCheck": {"TableName": self._table, **still_allows(key)}}
        try:
            self._write([still_good], secret, session, now)
        except ConditionFailedError:
            raise UnauthorizedError("Invalid API key") from None

    def open(self, secret: Secret, session: Session, now: int) -> None:
        """Open the session of a person whom an identity provider has just vouched for."""
        self._write([], secret, session, now)

    def end(self, organization_id: str, session_id: str) -> None:
        """End one session: the next call with it is refused."""
        self._end(organization_id, [session_id])

    def end_presented(self, secret: Secret) -> None:
        """End the session with this secret, of whichever organization; nothing where there is none."""
        session = self._presented(secret)
        if session is not None:
            self.end(session.organization_id, secret.id)

    def end_all(
        self, organization_id: str, *, person_id: str | None = None, key_id: str | None = None
    ) -> int:
        """End an organization's sessions and tickets: all, one person's, or those that one key opened.

        Answers how many were ended. Whatever was opened before the call is ended with it: this looks twice,
        because a ticket may become a session between the first look and its end.
        """
        ended = 0
        for _ in range(2):
            wanted = self._open(organization_id, person_id, key_id)
            if not wanted:
                break
            for start in range(0, len(wanted), AT_ONCE):
                self._end(organization_id, wanted[start : start + AT_ONCE])
            ended += len(wanted)
        return ended

    def count(self, organization_id: str, *, person_id: str | None = None, key_id: str | None = None) -> int:
        """How many `end_all` would end."""
        return len(self._open(organization_id, person_id, key_id))

    def _open(self, organization_id: str, person_id: str | None, key_id: str | None) -> list[str]:
        return [
            entry.id
            for entry in self._roster(organization_id)
            if person_id in (None, entry.person_id) and key_id in (None, entry.opened_by)
        ]

    def _write(
        self,
        first: list[dict[str, Any]],
        secret: Secret,
        session: Session,
        now: int,
        *,
        spent: Sequence[str] = (),
    ) -> None:
        """Do `first`, keep the session and note it in the roster, all or nothing.

        What is `spent` leaves the roster with it, and so does what has expired. What would be too many ends.
        """
        entries = [old for old in self._roster(session.organization_id) if old.id not in spent]
        ended = [old.id for old in surplus(entries, session.person_id, now)][:AT_ONCE]
        expired = [old.id for old in entries if old.expires_at <= now][: AT_ONCE - len(ended)]
        gone = [*spent, *ended, *expired]
        note = self._update(
            session.organization_id, f"SET #{secret.id} = :entry{_remove(gone)}", [secret.id, *gone]
        )
        note["ExpressionAttributeValues"] = {":entry": entry_of(session)}
        call(
            self._client.transact_write_items,
            TransactItems=[
                *first,
                self._put(secret, session),
                *map(self._delete, ended),
                {"Update": note},
            ],
            # The same for every try, so that one whose answer was lost is not taken for another's.
            ClientRequestToken=secret.id,
        )

    def _end(self, organization_id: str, ids: Sequence[str]) -> None:
        update = self._update(organization_id, _remove(ids).strip(), ids)
        call(self._client.transact_write_items, TransactItems=[*map(self._delete, ids), {"Update": update}])

    def _presented(self, secret: Secret) -> Session | None:
        key = {"id": {"S": secret.id}}
        answer = call(self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True)
        return session_in(answer["Item"], secret) if "Item" in answer else None

    def _roster(self, organization_id: str) -> list[Entry]:
        key = roster_key(organization_id)
        answer = call(self._client.get_item, TableName=self._table, Key=key, ConsistentRead=True)
        return entries_of(answer.get("Item", {}))

    def _update(self, organization_id: str, expression: str, ids: Iterable[str]) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": roster_key(organization_id),
            "UpdateExpression": expression,
            "ExpressionAttributeNames": {f"#{one}": one for one in ids},
        }

    def _delete(self, session_id: str) -> dict[str, Any]:
        return {"Delete": {"TableName": self._table, "Key": {"id": {"S": session_id}}}}

    def _put(self, secret: Secret, session: Session) -> dict[str, Any]:
        return {
            "Put": {
                "TableName": self._table,
                "Item": item_of(secret, session),
                "ConditionExpression": "attribute_not_exists(id)",
            }
        }


def _remove(ids: Sequence[str]) -> str:
    return f" REMOVE {', '.join(f'#{one}' for one in ids)}" if ids else ""


def spent() -> UnauthorizedError:
    """The one answer to every ticket that is not good."""
    return UnauthorizedError("This link was used already, or is too old. Ask for a new one.")
