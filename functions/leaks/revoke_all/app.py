"""Stop everything: all keys and sessions of an organization, or those that one person or key created.

Only by direct invocation. It only says what it would do, unless `dry_run` is false. A call does as much as it
has time for, and the next one continues at its `next_cursor` until a call says `done`. A call that failed can
be repeated.
"""

from time import monotonic
from typing import Any

from apikeys.keys.key import Key, is_key_id
from apikeys.keys.listing import Wanted
from operation import Caller, Input, Record, operation
from operation.environment import key_store, now, session_store
from operation.input.fields import MakerId

#: No page begins later than this, of the function's 60 seconds.
_SECONDS = 40
#: How many keys one answer names, or a page more.
_KEYS = 5000
#: How many keys are read at once.
PAGE = 100


class RevokeAll(Input):
    """Whose keys: the whole organization's, or those that one person or key made; and where to go on."""

    created_by: MakerId | None = None
    dry_run: bool = True
    cursor: str | None = None


@operation(RevokeAll)
def handler(caller: Caller, wanted: RevokeAll) -> Record:
    """Answer the `keys` that were revoked, or would be, how many `sessions` ended, and if all is `done`."""
    until = monotonic() + _SECONDS
    stopped: list[Key] = []
    sessions, cursor = 0, wanted.cursor
    # Whether every key has been seen, from the newest on, and none had to be revoked.
    is_quiet = cursor is None
    while True:
        if cursor is None:
            # First, so that people who are signed in cannot create more keys in the meantime.
            sessions += _sessions(caller, wanted)
        page = key_store().page(
            caller.organization_id, PAGE, cursor, wanted=Wanted(created_by=wanted.created_by)
        )
        found = page.keys if wanted.dry_run else [key for key in page.keys if _revoke(caller, key)]
        stopped, cursor, is_quiet = stopped + found, page.cursor, is_quiet and not found
        is_done = cursor is None and (is_quiet or wanted.dry_run)
        if is_done or monotonic() >= until or len(stopped) >= _KEYS:
            break
        if cursor is None:
            # Keys may have been created while others were revoked: repeat until there are none.
            is_quiet = True
    keys = [{"id": key.id, "name": key.name, "last_used_at": key.last_used_at} for key in stopped]
    return {
        "dry_run": wanted.dry_run,
        "keys": keys,
        "sessions": sessions,
        "done": is_done,
        "next_cursor": cursor,
    }


def _revoke(caller: Caller, key: Key) -> bool:
    """Revoke the key, and end what it opened. Answers whether it was active until now."""
    change = caller.change(now())
    was_active = False

    def revoked(old: Key) -> Key:
        nonlocal was_active
        # The index may still show a key as it was.
        was_active = not old.revoked_at
        return old.revoked(change)

    key_store().change(caller.organization_id, key.id, revoked)
    session_store().end_all(caller.organization_id, key_id=key.id)
    return was_active


def _sessions(caller: Caller, wanted: RevokeAll) -> int:
    """Count the sessions of the organization or of the keys' creator; end them unless it is a dry run."""
    store, maker = session_store(), wanted.created_by
    whose: dict[str, Any] = {}
    if maker is not None:
        whose = {"key_id" if is_key_id(maker) else "person_id": maker}
    if wanted.dry_run:
        return store.count(caller.organization_id, **whose)
    return store.end_all(caller.organization_id, **whose)
