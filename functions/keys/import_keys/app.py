"""Import keys from another system. Only by direct invocation.

Owns what is imported and what is refused, key by key. The same batch may be sent again, also after an error:
a key that exists already does not change, even if it is revoked. Must never repeat a secret or a digest.
"""

import os
from contextlib import suppress
from typing import Annotated, Any

from pydantic import Field

from apikeys.errors import ConflictError, InvalidInputError, NotFoundError
from apikeys.keys.key import Change, Key
from apikeys.secret import SecretFormat
from keys.import_keys.input import ImportedKey
from operation import Caller, Input, Record, operation
from operation.environment import key_store, now
from operation.input.model import checked
from operation.share import usage_key

AT_MOST = 100


class ImportKeys(Input):
    """Keys, each as `ImportedKey` describes one."""

    keys: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=AT_MOST)]


@operation(ImportKeys, for_organization=False)
def handler(caller: Caller, wanted: ImportKeys) -> Record:
    """Answer for each key, in their order, its `result` and `key_id`, or the `reason` of a refusal."""
    results: list[Record] = []
    seen: dict[str, int] = {}
    for place, fields in enumerate(wanted.keys):
        try:
            key, digest = _made(fields, caller.change(now()))
            _check_first(seen, key.id, place)
            results.append({"result": _import(key, digest), "key_id": key.id})
        except (InvalidInputError, ConflictError) as refusal:
            results.append({"result": "refused", "reason": str(refusal)})
    told = [one["result"] for one in results]
    counts = {result: told.count(result) for result in ("imported", "already_there", "refused")}
    return {**counts, "keys": results}


def _made(fields: dict[str, Any], change: Change) -> tuple[Key, str]:
    """The key that is described, with its digest. Raises InvalidInputError."""
    wanted = checked(fields, ImportedKey)
    if wanted.secret and SecretFormat(os.environ["KEY_PREFIX"]).parse(wanted.secret):
        raise InvalidInputError("secret: has this deployment's own format, so it cannot be imported.")
    key_id, digest, hint = wanted.identity()
    return wanted.key(key_id=key_id, hint=hint, organization_id=wanted.organization_id, made=change), digest


def _check_first(seen: dict[str, int], key_id: str, place: int) -> None:
    """Note where a key is. Raises ConflictError when it is there a second time."""
    first = seen.setdefault(key_id, place)
    if first != place:
        raise ConflictError(f"This is the same key as keys.{first}.")


def _import(key: Key, digest: str) -> str:
    """Store the key unless it is there. Raises ConflictError when another key has its id."""
    with suppress(ConflictError):
        key_store().add(key, digest, usage_key(key.organization_id))
        return "imported"
    try:
        key_store().get(key.organization_id, key.id)
    except NotFoundError:
        raise ConflictError(
            "Another organization has this key. Revoke it there, and create a new key here."
        ) from None
    # Two secrets can be found that have one id (`apikeys.imported`). The second would never work.
    try:
        key_store().check_digest(key.id, digest)
    except ConflictError:
        raise ConflictError(
            f"Another key has the id of this one, {key.id}. Create a new key instead."
        ) from None
    return "already_there"
