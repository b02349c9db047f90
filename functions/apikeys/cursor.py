"""The cursor of a list: where its next page starts, as one opaque text.

Owns the text's form. It names the last key that was shown and is tied to its organization by a tag, so a
cursor that was made for another organization, cut or mistyped is refused instead of starting somewhere else.
The tag is no seal and needs none: a forged cursor still starts within the caller's own organization.
"""

import binascii
import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

from apikeys.errors import InvalidInputError

_PLAIN = re.compile(
    r"(?P<created_at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) "
    r"(?P<id>key_[0-9A-Za-z]{12}) (?P<tag>[0-9a-f]{16})",
    re.ASCII,
)


class Cursor(NamedTuple):
    """The key after which a page starts."""

    created_at: str
    id: str

    def encode(self, organization_id: str) -> str:
        """The cursor as the text that `next_cursor` shows."""
        plain = f"{self.created_at} {self.id} {self._tag(organization_id)}"
        return urlsafe_b64encode(plain.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str, organization_id: str) -> "Cursor":
        """The cursor that `encode` made for the same organization. Raises InvalidInputError for any other."""
        try:
            plain = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
        except (binascii.Error, ValueError):
            plain = ""
        match = _PLAIN.fullmatch(plain)
        cursor = cls(match["created_at"], match["id"]) if match else None
        # The round trip leaves one spelling of each cursor: base64 decoding overlooks stray characters.
        if cursor is None or cursor.encode(organization_id) != text:
            raise InvalidInputError("cursor: not one of this list's; take next_cursor as it is.")
        return cursor

    def _tag(self, organization_id: str) -> str:
        bound = f"{organization_id}\n{self.created_at}\n{self.id}"
        return hashlib.sha256(bound.encode()).hexdigest()[:16]
