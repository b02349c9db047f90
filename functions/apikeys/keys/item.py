"""A key as an item of the table.

Owns the item's form. Attributes that the authorizer, conditions, filters or other roles use are separate
attributes. Fields that only people read are in one map, `about`, which the index contains as a whole, so a
new field needs no new index. Must never be given a digest.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from apikeys.dynamodb import unavailable
from apikeys.keys.key import Key

_ABOUT = (
    *("name", "description", "metadata", "hint", "created_by_name"),
    *("changed_at", "changed_by", "changed_by_name", "revoked_by", "revoked_by_name"),
    *("changed_from", "request_id"),
)
# A list of words there is stored as one text with spaces.
_WORDS = ("scopes", "allowed_addresses")
# The attribute `last_used_at` holds it too.
_WITHIN = ("last_used_from",)
_APART = tuple(field.name for field in fields(Key) if field.name not in {*_ABOUT, *_WITHIN})

# Where an item has them that was written before there was `about`. Its first change moves them there.
_FORMERLY_APART = ("name", "hint")

#: The attributes that make up a key: all but the digest.
ATTRIBUTES = (*_APART, "about", *_FORMERLY_APART)

#: What the item's last write was: CHANGE, FIRST_USE, or a further use. The table's stream contains every
#: write, and a filter can only look at single attributes. With this one, it lets through the writes that are
#: events of the history. https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
LAST_WRITE, CHANGE, FIRST_USE = "last_write", "change", "first use"

Item = dict[str, Any]


def item_of(key: Key) -> Item:
    """The item of a key, as a creation or a change writes it."""
    about = {name: _value(getattr(key, name)) for name in _ABOUT if getattr(key, name)}
    apart = {name: _value(getattr(key, name)) for name in _APART if getattr(key, name) is not None}
    if key.last_used_at:
        apart["last_used_at"] = last_use(key.last_used_at, key.last_used_from)
    return {**apart, "about": {"M": about}, LAST_WRITE: {"S": CHANGE}}


def key_of(item: Mapping[str, Any]) -> Key:
    """The key that an item holds. Raises StoreUnavailableError for one that holds no key."""
    try:
        about: Mapping[str, Any] = item["about"]["M"] if "about" in item else item
        values = {name: item[name]["S"] for name in _APART if name in item}
        values |= {name: about[name]["S"] for name in _ABOUT if name in about and name != "metadata"}
        if "last_used_at" in values:
            at, _, address = values["last_used_at"].partition(" ")
            values |= {"last_used_at": at, "last_used_from": address or None}
        values |= {name: tuple(values[name].split()) for name in _WORDS if name in values}
        metadata = {name: value["S"] for name, value in about.get("metadata", {"M": {}})["M"].items()}
        return Key(**values, metadata=metadata)
    except (LookupError, TypeError, AttributeError) as error:
        raise unavailable() from error


def change_of(old: Key, new: Key) -> dict[str, Any]:
    """An update that makes `old` into `new`, on the condition that the key is still as `old` was read."""
    before, after = item_of(old), item_of(new)
    written = [name for name in after if after[name] != before.get(name) or name == LAST_WRITE]
    removed = [name for name in before if name not in after] + list(_FORMERLY_APART)
    values = {f":{name}": after[name] for name in written}
    unchanged = "attribute_exists(id) AND attribute_not_exists(about.changed_at)"
    if old.changed_at:
        unchanged = "about.changed_at = :seen"
        values[":seen"] = {"S": old.changed_at}
    return {
        "Key": {"id": before["id"]},
        "UpdateExpression": f"SET {', '.join(f'#{name} = :{name}' for name in written)} "
        f"REMOVE {', '.join(f'#{name}' for name in removed)}",
        "ConditionExpression": unchanged,
        # By way of `#`, because some are reserved words.
        "ExpressionAttributeNames": {f"#{name}": name for name in (*written, *removed)},
        "ExpressionAttributeValues": values,
    }


def still_allows(key: Key) -> dict[str, Any]:
    """The condition that a key still allows what it did when it was read as `key`, which was good."""
    limits = {name: item_of(key).get(name) for name in _WORDS}
    unchanged = [
        f"{name} = :{name}" if value else f"attribute_not_exists({name})" for name, value in limits.items()
    ]
    gone = [f"attribute_not_exists({name})" for name in ("revoked_at", "disabled_at")]
    return {
        "Key": {"id": {"S": key.id}},
        "ConditionExpression": " AND ".join([*unchanged, *gone]),
        "ExpressionAttributeValues": {f":{name}": value for name, value in limits.items() if value},
    }


def last_use(at: str, address: str | None) -> dict[str, str]:
    """The attribute `last_used_at`: the time and, where it is kept, the address.

    Both in one, so that they are never of two calls. Its texts sort as the times do.
    """
    return {"S": f"{at} {address}" if address else at}


def _value(value: str | tuple[str, ...] | Mapping[str, str]) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, tuple):
        return {"S": " ".join(value)}
    return {"M": {name: {"S": text} for name, text in value.items()}}
