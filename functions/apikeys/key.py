"""A key: the record that everyone may see. It holds neither secret nor digest.

Owns the record's fields and the rules about a key's life: active, being replaced, revoked. Must never read
the clock: times are passed in, as the ISO 8601 text that `timestamp` makes.
"""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from apikeys.errors import ConflictError

#: `created_by` of a key that was made by a direct invocation.
IAM = "iam"

_KEY_ID = re.compile(r"key_[0-9A-Za-z]{12}")


def is_key_id(text: str) -> bool:
    """Whether `text` can be the id of a key; what cannot be need not be looked up."""
    return _KEY_ID.fullmatch(text) is not None


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and `Z`. Texts of this form sort as the times that they mean."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One key of one organization. Every time is a `timestamp`; None where there is none."""

    id: str
    name: str
    organization_id: str
    scopes: tuple[str, ...]
    hint: str
    created_at: str
    created_by: str
    last_used_at: str | None = None
    revoked_at: str | None = None
    replaces: str | None = None
    replaced_by: str | None = None

    def record(self) -> dict[str, object]:
        """The key as it is shown in an answer."""
        return asdict(self) | {"scopes": list(self.scopes)}

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
