"""Sessions, tickets and rosters as items of the key table.

Owns their form. A session's item has what the authorizer reads of a key, and more. A roster has one attribute
for each open session or ticket of its organization, named by its id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from apikeys import scope
from apikeys.dynamodb import unavailable
from apikeys.sessions.session import Session

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apikeys.secret import Secret


class Entry(NamedTuple):
    """One line of a roster."""

    id: str
    person_id: str
    opened_by: str
    expires_at: int


def item_of(secret: Secret, session: Session) -> dict[str, Any]:
    """The item of a session or a ticket."""
    allowed = session.allowed_addresses
    return {
        "id": {"S": secret.id},
        "digest": {"S": secret.digest},
        "organization_id": {"S": session.organization_id},
        "scopes": {"S": scope.KEYS},
        "person": {"S": session.text()},
        "expires_at": {"N": str(session.expires_at)},
        **({"allowed_addresses": {"S": " ".join(allowed)}} if allowed else {}),
    }


def session_in(item: Mapping[str, Any], secret: Secret) -> Session | None:
    """The session or ticket in an item, if its secret is `secret`. Raises StoreUnavailableError."""
    try:
        if not secret.matches(item["digest"]["S"]):
            return None
        return Session.parse(item["organization_id"]["S"], item["person"]["S"])
    except (LookupError, TypeError, ValueError) as error:
        raise unavailable() from error


def roster_key(organization_id: str) -> dict[str, Any]:
    """The key of an organization's roster."""
    return {"id": {"S": f"roster:{organization_id}"}}


def entry_of(session: Session) -> dict[str, Any]:
    """The value of a session's attribute in the roster."""
    return {
        "M": {
            "person_id": {"S": session.person_id},
            "opened_by": {"S": session.opened_by},
            "expires_at": {"N": str(session.expires_at)},
        }
    }


def entries_of(roster: Mapping[str, Any]) -> list[Entry]:
    """The lines of a roster, none of an empty item. Raises StoreUnavailableError for another item."""
    try:
        return [_entry(name, value["M"]) for name, value in roster.items() if name != "id"]
    except (LookupError, TypeError, ValueError) as error:
        raise unavailable() from error


def _entry(name: str, value: Mapping[str, Any]) -> Entry:
    return Entry(name, value["person_id"]["S"], value["opened_by"]["S"], int(value["expires_at"]["N"]))
