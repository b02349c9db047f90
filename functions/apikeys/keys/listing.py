"""A list of keys: which keys it shows, and in which order.

Owns the states of a key, the filters, and the pages of a list whose order changes while someone reads it.
Must never know where the keys come from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from apikeys.keys.key import Key
from apikeys.keys.seen import Seen

State = Literal["active", "disabled", "replaced", "revoked"]
Order = Literal["created", "last_used", "name"]


class Page(NamedTuple):
    """Some keys of a list, and where its next page starts: None at the end."""

    keys: list[Key]
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a key must be like to be shown. None in a field asks nothing.

    A `state` alone decides whether revoked keys are shown. A key is unused since `unused_since`, a
    `timestamp`, if it was neither used nor made from then on.
    """

    include_revoked: bool = False
    state: State | None = None
    scope: str | None = None
    created_by: str | None = None
    unused_since: str | None = None

    @property
    def revoked(self) -> bool:
        """Whether a revoked key can be among them."""
        return self.include_revoked if self.state is None else self.state == "revoked"

    def shows(self, key: Key) -> bool:
        """Whether the key is among them."""
        return (
            (self.revoked or not key.revoked_at)
            and self.state in (None, state_of(key))
            and (self.scope is None or self.scope in key.scopes)
            and self.created_by in (None, key.created_by)
            and (self.unused_since is None or (key.last_used_at or key.created_at) < self.unused_since)
        )


#: What a list shows that asks for nothing.
EVERY_KEY_IN_USE = Wanted()


def state_of(key: Key) -> State:
    """The one state that tells most of a key: a revoked key may have been disabled, or replaced, before.

    A replaced key stays so when its replacement is revoked: the state follows from one record.
    """
    if key.revoked_at:
        return "revoked"
    if key.disabled:
        return "disabled"
    return "replaced" if key.replaced_by else "active"


def sorted_page(keys: Iterable[Key], wanted: Wanted, order: Order, limit: int, cursor: str | None) -> Page:
    """At most `limit` of all keys of an organization: the first of those that no page before has shown.

    A key's place may change between two pages, so the cursor does not name a place but holds what was shown.
    Raises InvalidInputError for a `cursor` that is not of this list.
    """
    made = sorted(keys, key=lambda key: (key.created_at, key.id))
    seen = Seen.read(cursor, order, [key.id for key in made])
    left = [key for key in made if key.id not in seen.ids and wanted.shows(key)]
    left.sort(key=lambda key: key.id)
    if order == "name":
        left.sort(key=lambda key: key.name.casefold())
    else:  # what was never used has no time, and comes last
        left.sort(key=lambda key: key.last_used_at or "", reverse=True)
    shown = left[:limit]
    if len(left) <= limit:
        return Page(shown, None)
    return Page(shown, seen.after(key.id for key in shown))
