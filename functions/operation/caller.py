"""Who calls an operation, and for which organization.

Owns the one rule that keeps organizations apart: over HTTP the organization is that of the caller's key, as
the authorizer found it, and nothing that the request says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apikeys import scope
from apikeys.errors import InvalidInputError, StoreUnavailableError
from apikeys.key import IAM, Change, is_key_id
from apikeys.organization import is_organization_id
from operation.scopes import scope_table


@dataclass(frozen=True, slots=True)
class Caller:
    """`key_id` is the id of the caller's key, or `iam` for a direct invocation, which IAM has authorized.

    `name` is the display name of a person; None where no person calls.
    """

    organization_id: str
    key_id: str
    scopes: tuple[str, ...]
    name: str | None = None

    @classmethod
    def over_http(cls, event: Mapping[str, Any]) -> "Caller":
        """The caller that the authorizer vouches for.

        Raises KeyError when no authorizer stands before the function: the call is then answered with 500.
        Raises StoreUnavailableError when an id has not the form of one, as that of a broken item has not.
        """
        vouched = event["requestContext"]["authorizer"]
        organization_id, key_id = vouched["organization_id"], vouched["key_id"]
        # Whoever may invoke the function can send such an event too. What stands in it reaches logs and the
        # store, and `iam` would free its caller from every rule.
        if not is_organization_id(organization_id) or not is_key_id(key_id):
            raise StoreUnavailableError("What is known of the caller's key makes no sense. Try again.")
        return cls(organization_id, key_id, tuple(vouched["scopes"].split()))

    @classmethod
    def direct(cls, event: object) -> "Caller":
        """The caller of a direct invocation, for the organization that it names. Raises InvalidInputError."""
        organization_id = event.get("organization_id") if isinstance(event, dict) else None
        if not isinstance(organization_id, str) or not is_organization_id(organization_id):
            raise InvalidInputError(
                "organization_id: name the organization in 1 to 64 letters, digits, dots, colons, dashes or "
                "underscores, beginning with a letter or a digit."
            )
        return cls(organization_id, IAM, (scope.EVERYTHING,))

    def change(self, at: str) -> Change:
        """What this caller does to a key at the time `at`."""
        return Change(at, self.key_id, self.name)

    def check_grant(self, wanted: Sequence[str]) -> None:
        """Raise ForbiddenError unless this caller may put the scopes `wanted` on a key."""
        if self.key_id != IAM:
            scope_table().check_grant_over_http(wanted, self.scopes)
