"""A key from another system. Its secret does not have this deployment's format and contains no id.

Owns how such a text is recognized, and the id of its key: it is derived from the digest, so that a check is
one read of one item, as for every key. The parameter ImportedKeys turns this on. While it is off, the
authorizer does not import this module.
"""

import hashlib
import re

from apikeys.secret import Secret, SecretFormat, base62

#: How long a text may be: a shorter one can be guessed, and a longer one is not a key.
SHORTEST, LONGEST = 20, 256

#: What a hint shows of a key of which only the digest is known.
NO_HINT = "…"

_ID, _ID_BYTES, _SHOWN = 12, 9, 4
# What a header can hold as one word.
_TEXT = re.compile(f"[!-~]{{{SHORTEST},{LONGEST}}}")


def imported_id(digest: str) -> str:
    """The id of the key with this digest, in the form that every key's id has.

    It is derived from a hash of the digest, because no list may show any part of the digest. Finding two
    texts with the same id takes some 2^36 tries; only the first of them is imported. Finding a text with the
    id of a given key takes 2^71, and the text is refused because its digest differs.
    """
    number = int.from_bytes(hashlib.sha256(digest.encode()).digest()[:_ID_BYTES], "big")
    return "key_" + base62(number, _ID)


class ImportedSecret(Secret):
    """The secret of an imported key."""

    __slots__ = ("_id",)

    def __init__(self, text: str) -> None:
        super().__init__("", text, "key_")
        self._id = imported_id(self.digest)

    @property
    def id(self) -> str:
        """The key's id."""
        return self._id

    @property
    def hint(self) -> str:
        """The end of the text: no part of it is known to be the same for every key."""
        return NO_HINT + self._text[-_SHOWN:]


class AnySecretFormat(SecretFormat):
    """Recognizes this deployment's own secrets, and takes any other text for an imported one."""

    def parse(self, text: str) -> Secret | None:
        """The secret that `text` is, or None when it cannot be an imported one either."""
        return super().parse(text) or imported(text)


def imported(text: str) -> ImportedSecret | None:
    """The imported secret that `text` may be; None when it is too short, too long, or more than one word."""
    return ImportedSecret(text) if _TEXT.fullmatch(text) else None
