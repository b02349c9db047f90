"""Leaked secrets: which keys they belong to, what happens to the keys, and the events for their history.

Owns the meaning of the parameter OnLeak. All keys that can be stopped are, before any event is written,
and what fails for one is raised at the end, so repeating a report that failed completes it. Only the whole
secret of a key stops the key. Must never return, log or keep a secret.
"""

import os
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

from apikeys.history.event import Leak, leaked
from apikeys.keys import change
from apikeys.keys.find import without_secrets
from apikeys.keys.key import Change, Key
from apikeys.keys.listing import state_of
from apikeys.keys.store import KeyStore
from apikeys.secret import Secret
from apikeys.sessions.store import SessionStore
from leaks.report_leak.each import each
from operation import Record
from operation.environment import key_store, session_store
from operation.told import prepare, tell


class Place(NamedTuple):
    """Where secrets were found: by whom or in what, and at which URL, if there is one."""

    source: str
    url: str | None


class Leaked(NamedTuple):
    """One secret, and all the places of one report where it was found."""

    secret: Secret
    places: list[Place]


class _Stopped(NamedTuple):
    """A key as the report found it, and as OnLeak left it."""

    found: Key
    left: Key


def reported(leaks: Sequence[Leaked], report: Change) -> list[Record]:
    """What became of the key of each secret. Raises StoreUnavailableError, and UnavailableError.

    `found` is its state when the report came, `not_ours` where there is no such key, and `state` the one in
    which it is now.
    """
    # Before any thread needs them: botocore's session makes clients for one at a time.
    keys, sessions = key_store(), session_store()
    prepare()
    outcomes, unstopped = each(partial(_stopped, keys, report), leaks)
    stopped = [(leak, one) for leak, one in outcomes if one]
    signed_in = None
    if os.environ["ON_LEAK"] != "notify":
        # Before the events, so that nobody who signed in with a secret is still signed in when they are sent.
        opened_by = _by_organization(one for _, one in stopped)
        _, signed_in = each(partial(_end_sessions, sessions), opened_by.items())
    found = [(place, one) for leak, one in stopped for place in leak.places]
    _, untold = each(partial(_tell, report), found)
    if failure := unstopped or signed_in or untold:
        raise failure
    return [_record(leak.secret, one) for leak, one in outcomes]


def _stopped(keys: KeyStore, report: Change, leak: Leaked) -> tuple[Leaked, _Stopped | None]:
    """What became of the key whose secret this is, None where there is none."""
    key = keys.of_secret(leak.secret)
    if key is None:
        return leak, None
    found, on_leak = key, os.environ["ON_LEAK"]
    if on_leak == "notify":
        return leak, _Stopped(key, key)

    def stop(old: Key) -> Key:
        nonlocal found
        found = old
        if on_leak == "revoke":
            return old.revoked(report)
        return old if old.revoked_at else change.changed(old, {"disabled": True}, report)

    left = keys.change(key.organization_id, key.id, stop)
    return leak, _Stopped(found, left)


def _by_organization(stopped: Iterable[_Stopped]) -> dict[str, list[str]]:
    ids: dict[str, list[str]] = {}
    for one in stopped:
        ids.setdefault(one.left.organization_id, []).append(one.left.id)
    return ids


def _end_sessions(sessions: SessionStore, opened_by: tuple[str, list[str]]) -> None:
    # One after another, because all sessions of an organization are in one item.
    organization_id, key_ids = opened_by
    for key_id in key_ids:
        sessions.end_all(organization_id, key_id=key_id)


def _tell(report: Change, of: tuple[Place, _Stopped]) -> None:
    place, stopped = of
    prefix = os.environ["KEY_PREFIX"]
    leak = Leak(
        source=without_secrets(place.source, prefix),
        url=place.url and without_secrets(place.url, prefix),
        found=state_of(stopped.found),
        state=state_of(stopped.left),
    )
    tell(leaked(stopped.left, leak, report))


def _record(secret: Secret, stopped: _Stopped | None) -> Record:
    if stopped is None:
        nobody = dict.fromkeys(("key_id", "organization_id", "name", "state"))
        return {"hint": secret.hint, "found": "not_ours", **nobody}
    return {
        "hint": secret.hint,
        "found": state_of(stopped.found),
        "key_id": stopped.left.id,
        "organization_id": stopped.left.organization_id,
        "name": stopped.left.name,
        "state": state_of(stopped.left),
    }
