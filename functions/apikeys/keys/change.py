"""A change of a key's fields and permissions.

Owns how fields are merged (RFC 7396: null removes a value), and whether a key may do more than before. Must
never check who makes the change: the caller's rules do that.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from apikeys.address import allows_more
from apikeys.errors import ConflictError, InvalidInputError
from apikeys.keys.key import Change, Key

#: How many entries the metadata of a key may have.
ENTRIES = 20

_FIELDS = {field.name for field in fields(Key)}


def changed(key: Key, wanted: Mapping[str, Any], change: Change) -> Key:
    """The key with the fields that are in `wanted`, each of its checked form; the key itself if none differs.

    Raises ConflictError for a revoked key, and InvalidInputError for more metadata than a key may have.
    """
    if key.revoked_at:
        raise ConflictError(f"{key.id} is revoked, so it cannot be changed. Create a new key instead.")
    values = {name: value for name, value in wanted.items() if name in _FIELDS}
    if "metadata" in wanted:
        values["metadata"] = _merged(key.metadata, wanted["metadata"])
    if "disabled" in wanted:
        values["disabled_at"] = (key.disabled_at or change.at) if wanted["disabled"] else None
    for name in {"scopes", "allowed_addresses"} & values.keys():
        values[name] = values[name] and tuple(values[name])
    return key.changed(change, **values)


def may_do_more(new: Key, old: Key) -> bool:
    """Whether there is a call that `new` may make and `old` may not."""
    return (
        not set(new.scopes) <= set(old.scopes)
        or (old.disabled and not new.disabled)
        or allows_more(new.allowed_addresses, old.allowed_addresses)
    )


def _merged(known: Mapping[str, str], wanted: Mapping[str, str | None] | None) -> dict[str, str]:
    entries = {} if wanted is None else {**known, **wanted}
    merged = {name: value for name, value in entries.items() if value is not None}
    if len(merged) > ENTRIES:
        raise InvalidInputError(f"metadata: a key has at most {ENTRIES} entries; null removes one.")
    return merged
