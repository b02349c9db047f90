"""One leaked secret: which key it belongs to, what happens to the key, and the event for its history.

Owns the meaning of the parameter OnLeak. The key is stopped before the event is written, so repeating a
report that failed halfway completes it. Only the whole secret of a key stops the key. Must never return, log
or keep a secret.
"""

import os
from typing import NamedTuple

from apikeys import change
from apikeys.find import without_secrets
from apikeys.history import Leak, leaked
from apikeys.key import Change, Key
from apikeys.listing import state_of
from apikeys.secret import Secret
from operation import Record
from operation.environment import key_store, session_store
from operation.told import tell


class Place(NamedTuple):
    """Where secrets were found: by whom or in what, and at which URL, if there is one."""

    source: str
    url: str | None


def reported(secret: Secret, place: Place, report: Change) -> Record:
    """What became of the key whose secret this is. Raises StoreUnavailableError, and UnavailableError.

    `found` is its state when the report came, `not_ours` where there is no such key, and `state` the one in
    which it is now.
    """
    key = key_store().of_secret(secret)
    if key is None:
        nobody = dict.fromkeys(("key_id", "organization_id", "name", "state"))
        return {"hint": secret.hint, "found": "not_ours", **nobody}
    found, left = _stopped(key, report)
    prefix = os.environ["KEY_PREFIX"]
    leak = Leak(
        source=without_secrets(place.source, prefix),
        url=place.url and without_secrets(place.url, prefix),
        found=state_of(found),
        state=state_of(left),
    )
    tell(leaked(left, leak, report))
    return {
        "hint": secret.hint,
        "found": leak.found,
        "key_id": key.id,
        "organization_id": key.organization_id,
        "name": left.name,
        "state": leak.state,
    }


def _stopped(key: Key, report: Change) -> tuple[Key, Key]:
    """The key as it was, and as OnLeak has it."""
    found, on_leak = key, os.environ["ON_LEAK"]
    if on_leak == "notify":
        return key, key

    def stop(old: Key) -> Key:
        nonlocal found
        found = old
        if on_leak == "revoke":
            return old.revoked(report)
        return old if old.revoked_at else change.changed(old, {"disabled": True}, report)

    left = key_store().change(key.organization_id, key.id, stop)
    # Before the event, so that nobody who signed in with the secret is still signed in when it is sent.
    session_store().end_all(key.organization_id, key_id=key.id)
    return found, left
