"""Who calls an operation, and for which organization.

Owns the one rule that keeps organizations apart: over HTTP the organization is that of the caller's key, as
the authorizer found it, and nothing that the request says.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apikeys import scope
from apikeys.errors import InvalidInputError
from apikeys.key import IAM
from operation.scopes import scope_table

_ORGANIZATION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,63}")


@dataclass(frozen=True, slots=True)
class Caller:
    """`key_id` is the id of the caller's key, or `iam` for a direct invocation, which IAM has authorized."""

    organization_id: str
    key_id: str
    scopes: tuple[str, ...]

    @classmethod
    def over_http(cls, event: Mapping[str, Any]) -> "Caller":
        """The caller that the authorizer vouches for.

        Raises KeyError when no authorizer stands before the function: the call is then answered with 500.
        """
        vouched = event["requestContext"]["authorizer"]
        return cls(vouched["organization_id"], vouched["key_id"], tuple(vouched["scopes"].split()))

    @classmethod
    def direct(cls, event: object) -> "Caller":
        """The caller of a direct invocation, for the organization that it names. Raises InvalidInputError."""
        organization_id = event.get("organization_id") if isinstance(event, dict) else None
        if not isinstance(organization_id, str) or not _ORGANIZATION.fullmatch(organization_id):
            raise InvalidInputError(
                "organization_id: name the organization in 1 to 64 letters, digits, dots, colons, dashes or "
                "underscores, beginning with a letter or a digit."
            )
        return cls(organization_id, IAM, (scope.EVERYTHING,))

    def check_grant(self, wanted: Sequence[str]) -> None:
        """Raise ForbiddenError unless this caller may put the scopes `wanted` on a key."""
        if self.key_id != IAM:
            scope_table().check_grant_over_http(wanted, self.scopes)
