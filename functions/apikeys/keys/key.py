"""A key: the record that callers see. It contains neither the secret nor the digest.

Owns the record's fields and the rules about a key's life: active, disabled, replaced, revoked. Must never
read the clock: times are passed in, as the ISO 8601 text that `timestamp` makes.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from apikeys.errors import ConflictError

#: `created_by` of a key that was made by a direct invocation.
IAM = "iam"

#: Fields that no record shows: where the last write came from is for history to tell.
UNSHOWN = ("changed_from", "request_id")

_KEY_ID = re.compile(r"key_[0-9A-Za-z]{12}")


def is_key_id(text: str) -> bool:
    """Whether `text` can be the id of a key; what cannot be need not be looked up."""
    return _KEY_ID.fullmatch(text) is not None


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`. Texts of this form sort as the times that they mean."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Change(NamedTuple):
    """When something is done to a key, a `timestamp`, by whom, and from where.

    `by` is an id, `by_name` a person's name. `address` and `request_id` are those of the call.
    """

    at: str
    by: str
    by_name: str | None = None
    address: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One key of one organization. Every time is a `timestamp`; None where there is none.

    `allowed_addresses` are CIDRs in canonical form, None for any address. `changed_at` differs after every
    change, `last_used_at` aside, so it tells whether the key is still as it was read. `changed_from` and
    `request_id` are those of the last change or, before there was one, of the creation.
    """

    id: str
    name: str
    description: str | None = None
    organization_id: str
    scopes: tuple[str, ...]
    allowed_addresses: tuple[str, ...] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    hint: str
    created_at: str
    created_by: str
    created_by_name: str | None = None
    changed_at: str | None = None
    changed_by: str | None = None
    changed_by_name: str | None = None
    last_used_at: str | None = None
    last_used_from: str | None = None
    disabled_at: str | None = None
    revoked_at: str | None = None
    revoked_by: str | None = None
    revoked_by_name: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None
    changed_from: str | None = None
    request_id: str | None = None

    @property
    def disabled(self) -> bool:
        """Whether calls with the key are refused until somebody enables it."""
        return self.disabled_at is not None

    def record(self) -> dict[str, object]:
        """The key as it is shown in an answer."""
        addresses = self.allowed_addresses and list(self.allowed_addresses)
        shown = {"scopes": list(self.scopes), "allowed_addresses": addresses, "disabled": self.disabled}
        fields = asdict(self) | shown
        return {name: value for name, value in fields.items() if name not in UNSHOWN}

    def revoked(self, change: Change) -> "Key":
        """The key once it is revoked; the key itself when it is already."""
        if self.revoked_at:
            return self
        at = self._next(change.at)
        return self.changed(
            change._replace(at=at), revoked_at=at, revoked_by=change.by, revoked_by_name=change.by_name
        )

    def changed(self, change: Change, **fields: Any) -> "Key":  # noqa: ANN401 - a field of any type
        """The key with other values in `fields`; the key itself when they make no difference."""
        after = replace(self, **fields)
        if after == self:
            return self
        return replace(
            after,
            changed_at=self._next(change.at),
            changed_by=change.by,
            changed_by_name=change.by_name,
            changed_from=change.address,
            request_id=change.request_id,
        )

    def _next(self, at: str) -> str:
        # Clocks differ, and two changes may fall into one millisecond.
        last = self.changed_at or self.created_at
        if last < at:
            return at
        return timestamp(datetime.fromisoformat(last) + timedelta(milliseconds=1))

    def check_rotation(self, replacement: "Key | None") -> None:
        """Raise ConflictError unless this key may be rotated; `replacement` is the key in `replaced_by`.

        While the last replacement is active a second rotation is refused, so that a retry mints no stray key.
        """
        if self.revoked_at:
            raise ConflictError(f"{self.id} is revoked, so it cannot be rotated. Create a new key instead.")
        if replacement and not replacement.revoked_at:
            raise ConflictError(
                f"{self.id} is already being replaced by {replacement.id}, which is active. "
                f"If the secret of {replacement.id} was lost, revoke it and rotate again."
            )

    def replaced(self, new: "Key") -> "Key":
        """The key once `new` takes its place."""
        change = Change(new.created_at, new.created_by, new.created_by_name, new.changed_from, new.request_id)
        return self.changed(change, replaced_by=new.id)

    def replacement(self, change: Change, *, id: str, hint: str) -> "Key":  # noqa: A002 - the field's name
        """The key that takes this one's place: it may do the same, and tells the same of its use."""
        return replace(
            self,
            id=id,
            hint=hint,
            created_at=change.at,
            created_by=change.by,
            created_by_name=change.by_name,
            changed_at=None,
            changed_by=None,
            changed_by_name=None,
            last_used_at=None,
            last_used_from=None,
            replaces=self.id,
            replaced_by=None,
            changed_from=change.address,
            request_id=change.request_id,
        )
