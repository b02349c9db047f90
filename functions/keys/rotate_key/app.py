"""POST /api/keys/{key_id}/rotate: create a replacement for a key, which stays active until it is revoked."""

from operation import Caller, Record, operation
from operation.environment import key_store, new_secret, now
from operation.input.model import OneKey
from operation.share import usage_key


@operation(OneKey, status=201)
def handler(caller: Caller, wanted: OneKey) -> Record:
    """Answer the replacement's record and its `secret`."""
    store = key_store()
    old = store.get(caller.organization_id, wanted.key_id)
    caller.check_grant(old.scopes)
    old.check_rotation(store.get(caller.organization_id, old.replaced_by) if old.replaced_by else None)
    secret = new_secret()
    new = old.replacement(caller.change(now()), id=secret.id, hint=secret.hint)
    store.replace(old, new, secret.digest, usage_key(caller.organization_id))
    return new.record() | {"secret": secret.reveal()}
