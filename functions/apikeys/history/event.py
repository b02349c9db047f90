"""History: the event that a write of a key's item causes.

Owns what an event contains, and what it must never contain: a secret, a digest, or a value of the metadata.
Derives an event only from the key before and after the write, so the same write always gives the same event
with the same id. The exception is the event for a leaked secret, which comes from a report and not from a
write. Must never read the clock, and never know where events are kept.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from zlib import crc32

from apikeys.keys.key import Change, Key
from apikeys.keys.listing import State

Type = Literal["created", "changed", "rotated", "revoked", "leaked", "first_used"]

# What a change of a key may differ in, `metadata` and `revoked_at` aside.
_TOLD = ("name", "description", "scopes", "disabled", "allowed_addresses", "replaces", "replaced_by")
_NOTHING: Mapping[str, Any] = dict.fromkeys(_TOLD)

# No key of ours comes near it. EventBridge takes no more than 256 KB, and an item of a table 400 KB.
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
_BYTES_AT_MOST = 100_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Leak:
    """Where a secret was found, as its reporter says, and its key's state before and after the report."""

    source: str
    url: str | None
    found: State
    state: State


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One thing that happened to a key, at the time `at`, a `timestamp`.

    `by` is the id of a key or of a person, or `iam`; of the first use it is the key itself. `address` and
    `request_id` are those of the call that did it, None where there is none. `changes` is field → `from` and
    `to`; of `metadata`, the names of the entries that differ, and no value. `leak` is where the key's secret
    was found, None in every other event.
    """

    key_id: str
    organization_id: str
    type: Type
    at: str
    by: str
    by_name: str | None
    address: str | None
    request_id: str | None
    changes: Mapping[str, Mapping[str, Any]]
    leak: Leak | None = None

    def __post_init__(self) -> None:
        """Refuse, with ValueError, what nobody could keep, however often it is tried."""
        self.epoch()
        if not self.organization_id or len(self.text().encode()) > _BYTES_AT_MOST:
            raise ValueError("no key makes such an event")

    @property
    def id(self) -> str:
        """One for each event. Ids sort as the times do.

        `at` differs with every change of one key. Of reports that come at once, the places differ.
        """
        event_id = f"{self.at}.{self.key_id}.{self.type}"
        return event_id if self.leak is None else f"{event_id}.{crc32(repr(self.leak).encode()):08x}"

    def record(self) -> dict[str, Any]:
        """The event as it is shown in an answer, and on EventBridge."""
        record = {"id": self.id, **asdict(self)}
        return {"from" if name == "address" else name: value for name, value in record.items()}

    def text(self) -> str:
        """The record in JSON."""
        return json.dumps(self.record(), ensure_ascii=False)

    def epoch(self) -> int:
        """When it happened, in seconds since 1970."""
        return int(datetime.fromisoformat(self.at).timestamp())


def event(old: Key | None, new: Key) -> Event | None:
    """What a write did that made `new` of `old`, or from nothing; None for a use that is not the first.

    Raises ValueError for keys that no operation makes.
    """
    who: tuple[Type, str, str, str | None]
    if old is None:
        who = "created", new.created_at, new.created_by, new.created_by_name
    elif new.changed_at and new.changed_by and new.changed_at != old.changed_at:
        who = _type(old, new), new.changed_at, new.changed_by, new.changed_by_name
    elif new.last_used_at and not old.last_used_at:
        who = "first_used", new.last_used_at, new.id, None
    else:
        return None
    kind, at, by, by_name = who
    is_use = kind == "first_used"
    return Event(
        key_id=new.id,
        organization_id=new.organization_id,
        type=kind,
        at=at,
        by=by,
        by_name=by_name,
        address=new.last_used_from if is_use else new.changed_from,
        request_id=None if is_use else new.request_id,
        changes=_differ(old, new),
    )


def leaked(key: Key, leak: Leak, report: Change) -> Event:
    """That the key's secret was reported as leaked, whether or not anything was done about it."""
    return Event(
        key_id=key.id,
        organization_id=key.organization_id,
        type="leaked",
        at=report.at,
        by=report.by,
        by_name=report.by_name,
        address=report.address,
        request_id=report.request_id,
        changes={},
        leak=leak,
    )


def _type(old: Key, new: Key) -> Type:
    if new.revoked_at != old.revoked_at:
        return "revoked"
    return "rotated" if new.replaced_by != old.replaced_by else "changed"


def _differ(old: Key | None, new: Key) -> dict[str, dict[str, Any]]:
    before, after = (_NOTHING if old is None else old.record()), new.record()
    changes = {
        name: {"from": before[name], "to": after[name]}
        for name in _TOLD
        # A key that was never paused differs from none as little as one without a description.
        if before[name] != after[name] and (old or after[name])
    }
    had = {} if old is None else old.metadata
    entries = [name for name in sorted({*had, *new.metadata}) if had.get(name) != new.metadata.get(name)]
    if entries:
        changes["metadata"] = {
            "from": [name for name in entries if name in had],
            "to": [name for name in entries if name in new.metadata],
        }
    return changes
