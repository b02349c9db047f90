"""The cursor of a list whose order can change while someone reads it: which keys were already shown.

Owns its form: a bit for each key in the order of creation, which does not change, and a checksum of their
ids. A thousand keys fit into 180 characters. A cursor grants nothing: someone who invents one only hides keys
of their own list.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import NamedTuple, Self

from apikeys.errors import InvalidInputError

_CHECKSUM_BYTES = 6
_COUNT_BYTES = 2


class Seen(NamedTuple):
    """Which of an organization's keys were shown: `ids` of `all_ids`, which are in the order of creation."""

    order: str
    all_ids: Sequence[str]
    ids: frozenset[str]

    @classmethod
    def read(cls, cursor: str | None, order: str, all_ids: Sequence[str]) -> Self:
        """Read `cursor` for today's keys, which may be more than when the cursor was made.

        Raises InvalidInputError if it belongs to another list, or if the oldest keys are no longer the same.
        """
        if cursor is None:
            return cls(order, all_ids, frozenset())
        try:
            raw = urlsafe_b64decode(cursor.encode("ascii"))
        except (UnicodeEncodeError, binascii.Error, ValueError):
            raise _foreign() from None
        count = int.from_bytes(raw[:_COUNT_BYTES])
        bits = int.from_bytes(raw[_COUNT_BYTES + _CHECKSUM_BYTES :])
        ids = frozenset(key_id for place, key_id in enumerate(all_ids[:count]) if bits >> place & 1)
        seen = cls(order, all_ids[:count], ids)
        if count > len(all_ids) or seen._text(bits) != cursor:
            raise _foreign()
        return cls(order, all_ids, ids)

    def after(self, shown: Iterable[str]) -> str:
        """The cursor once `shown` were shown too."""
        ids = self.ids.union(shown)
        return self._text(sum(1 << place for place, key_id in enumerate(self.all_ids) if key_id in ids))

    def _text(self, bits: int) -> str:
        count = len(self.all_ids)
        checked = " ".join([self.order, *self.all_ids]).encode()
        head = count.to_bytes(_COUNT_BYTES) + blake2b(checked, digest_size=_CHECKSUM_BYTES).digest()
        return urlsafe_b64encode(head + (bits & ((1 << count) - 1)).to_bytes(-(-count // 8))).decode()


def _foreign() -> InvalidInputError:
    return InvalidInputError(
        "cursor: not one of this list's. Send next_cursor unchanged, with the same sort. If "
        "you did, begin again without it: keys were created in the meantime."
    )
