"""Keys that are changed through the store, and what was acknowledged of each change.

Owns the comparison with what the history shows.
"""

import uuid
from dataclasses import dataclass, field

from apikeys.history.store import HistoryStore
from apikeys.keys.key import Change, Key
from apikeys.keys.store import KeyStore
from tests.keys import DIGEST, made_up


@dataclass
class Organization:
    """Keys that are changed, and what was acknowledged: key, kind of event and time, in order."""

    store: KeyStore
    id: str = field(default_factory=lambda: f"org_{uuid.uuid4().hex}")
    keys: list[Key] = field(default_factory=list)
    acknowledged: list[tuple[str, str, str]] = field(default_factory=list)
    uses: int = 0

    def create(self) -> None:
        key = made_up(organization_id=self.id)
        self.store.add(key, DIGEST)
        self._know(key, "created", key.created_at)

    def do(self, number: int, deed: str) -> None:
        key = self.keys[number % len(self.keys)]
        if deed == "use":
            self.uses += 1
            at = f"2026-11-24T10:00:{self.uses:02}.000Z"
            if not self.store.get(self.id, key.id).last_used_at:
                self.acknowledged.append((key.id, "first_used", at))
            self.store.mark_used(key.id, at)
        elif deed == "rotate":
            old = self.store.get(self.id, key.id)
            made = made_up(organization_id=self.id)
            new = old.replacement(Change(made.created_at, "user_42"), id=made.id, hint=made.hint)
            self.store.replace(old, new, DIGEST)
            self._know(new, "created", new.created_at)
            self._changed(old.id, "rotated")
        else:
            change = Change("2026-11-24T09:30:00.000Z", "user_42", "Ada", "203.0.113.7", "x")
            before = self.store.get(self.id, key.id)
            after = self.store.change(
                self.id,
                key.id,
                lambda read: read.revoked(change) if deed == "revoke" else read.changed(change, name=deed),
            )
            if after.changed_at != before.changed_at:
                self._changed(key.id, "revoked" if deed == "revoke" else "changed")

    def _know(self, key: Key, kind: str, at: str) -> None:
        self.keys.append(key)
        self.acknowledged.append((key.id, kind, at))

    def _changed(self, key_id: str, kind: str) -> None:
        at = self.store.get(self.id, key_id).changed_at
        assert at
        self.acknowledged.append((key_id, kind, at))

    def told(self, history: HistoryStore) -> list[tuple[str, str, str]]:
        """What the history shows, at most one page, in the order of the keys' ids and the kinds."""
        events = history.of_organization(self.id, None, 100, None).events
        return sorted((event["key_id"], event["type"], event["at"]) for event in events)
