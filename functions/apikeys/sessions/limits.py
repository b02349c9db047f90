"""How many sessions and tickets may be open at once, and which of them end when one more is opened.

Owns both limits. Neither refuses anybody: anyone who holds a key can sign in again and again, and must not be
able to keep the others of the organization out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apikeys.sessions.item import Entry

#: Of one person.
OPEN_PER_PERSON = 20
#: Of one organization: its roster stays below the 400 KB that an item may have.
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
OPEN_PER_ORGANIZATION = 1000


def surplus(entries: Iterable[Entry], person_id: str, now: int) -> list[Entry]:
    """Which of a roster's `entries` end when this person opens one more: the first that would expire.

    The person's own end before those of others. What has expired is not open, so it does not count. Sign-ins
    at the same moment see the same entries, so a few too many may be open until the next one.
    """
    still_open = sorted((one for one in entries if one.expires_at > now), key=lambda one: one.expires_at)
    own = [one for one in still_open if one.person_id == person_id]
    ended = own[: max(0, len(own) + 1 - OPEN_PER_PERSON)]
    left = [one for one in still_open if one not in ended]
    return ended + left[: max(0, len(left) + 1 - OPEN_PER_ORGANIZATION)]
