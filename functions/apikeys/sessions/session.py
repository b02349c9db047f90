"""A person's session on the settings page.

Owns what a session says about its person, and which of the session's rights the person's role allows. Must
never read the clock: times are passed in.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from apikeys.errors import ForbiddenError
from apikeys.scope import EVERYTHING, EVERYTHING_GIVES, KEYS_GIVE, OWN_API, ScopeTable
from apikeys.secret import SecretFormat

#: A member manages keys that cannot manage keys; an admin may also give the scope `keys`.
Role = Literal["member", "admin"]
MEMBER: Role = "member"
ADMIN: Role = "admin"

#: The secrets of tickets: each opens one session, within minutes.
TICKETS = SecretFormat("ticket_", "tic_")

_IN_TEXT = ("organization_name", "person_id", "person_name", "role", "opened_by", "expires_at")
_SESSION_ID = re.compile(r"ses_[0-9A-Za-z]{12}")


def is_session_id(text: str) -> bool:
    """Whether `text` can be the id of a session."""
    return _SESSION_ID.fullmatch(text) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Who signed in, as what, through which door, and until when.

    `opened_by` is `ticket`, `oidc`, or the id of the key that was exchanged for the session. `expires_at` is
    in seconds since 1970, and `allowed_addresses` those of that key. Names are for people to read; nothing is
    decided by them. `id` is "" before the session is opened.
    """

    id: str = ""
    organization_id: str
    organization_name: str
    person_id: str
    person_name: str
    role: Role
    opened_by: str
    expires_at: int
    allowed_addresses: tuple[str, ...] = ()

    def record(self) -> dict[str, object]:
        """The session as it is shown in an answer."""
        record = asdict(self)
        del record["allowed_addresses"]
        return record

    def text(self) -> str:
        """What the authorizer passes on of it, as one attribute of the session's item."""
        return json.dumps({name: getattr(self, name) for name in _IN_TEXT}, ensure_ascii=False)

    @classmethod
    def parse(cls, organization_id: str, text: str) -> "Session":
        """The session that `text` made. Raises ValueError, TypeError or LookupError for anything else."""
        stored: dict[str, Any] = json.loads(text)
        return cls(organization_id=organization_id, **{name: stored[name] for name in _IN_TEXT})

    @classmethod
    def of(cls, vouched: Mapping[str, str]) -> "Session":
        """The session that the authorizer vouches for. Raises LookupError when a part of it is missing."""
        return cls(
            id=vouched["key_id"],
            organization_id=vouched["organization_id"],
            organization_name=vouched["organization_name"],
            person_id=vouched["person_id"],
            person_name=vouched["person_name"],
            role=ADMIN if vouched["role"] == ADMIN else MEMBER,
            opened_by=vouched["opened_by"],
            expires_at=int(vouched["expires_at"]),
        )

    def check_grant(self, table: ScopeTable, wanted: Sequence[str]) -> None:
        """Raise ForbiddenError unless the person may put the scopes `wanted` on a key."""
        if self.role == MEMBER and table.on(OWN_API).giver(wanted) == EVERYTHING_GIVES:
            raise ForbiddenError(f"To give {_listed(wanted)}, ask an admin of {self.organization_name}.")
        table.check_grant_over_http(wanted, (EVERYTHING,))

    def check_manage(self, table: ScopeTable, held: Sequence[str]) -> None:
        """Raise ForbiddenError unless the person may change or revoke a key that holds the scopes `held`."""
        if self.role == MEMBER and table.on(OWN_API).giver(held) != KEYS_GIVE:
            raise ForbiddenError(
                f"This key has {_listed(held)}. To change or revoke it, ask an admin of "
                f"{self.organization_name}."
            )


def _listed(scopes: Sequence[str]) -> str:
    names = " and ".join(f'"{scope}"' for scope in scopes)
    return f"the scope {names}" if len(scopes) == 1 else f"the scopes {names}"
