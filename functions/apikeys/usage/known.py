"""What a process knows of counts, so that it need not read them for each call.

Owns the memory: events in little room, and never more of them than a function can hold. Must never read.
"""

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field

# Events, in 8 bytes each. An entry takes as much room as this many more.
_EVENTS_AT_MOST = 24_000_000
_EVENTS_OF_AN_ENTRY = 50


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a count: how many of its events were moved, and whether it is full.

    `events`, sorted, are those that were moved, and, of a full count, its own.
    """

    moved: int = 0
    is_full: bool = False
    events: "array[int]" = field(default_factory=lambda: array("Q"))

    def has(self, event: bytes) -> bool:
        """Whether it is known that the event is counted."""
        number = int.from_bytes(event)
        place = bisect_left(self.events, number)
        return place < len(self.events) and self.events[place] == number


class Memory:
    """Key and part of a day → what is known of the count."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Known] = {}
        self._size = 0

    def of(self, name: tuple[str, str]) -> Known:
        """What is known of a count, which may be nothing."""
        return self._known.get(name, Known())

    def learn(self, name: tuple[str, str], moved: int, events: Iterable[bytes], *, is_full: bool) -> None:
        """Remember a count in the place of what was known of it. Where all is too much, forget the others."""
        self.forget(name)
        known = Known(moved, is_full, array("Q", sorted(map(int.from_bytes, events))))
        if self._size + _size(known) > _EVENTS_AT_MOST:
            self._known.clear()
            self._size = 0
        self._known[name] = known
        self._size += _size(known)

    def forget(self, name: tuple[str, str]) -> None:
        """Know nothing of a count."""
        if known := self._known.pop(name, None):
            self._size -= _size(known)


def _size(known: Known) -> int:
    return len(known.events) + _EVENTS_OF_AN_ENTRY
