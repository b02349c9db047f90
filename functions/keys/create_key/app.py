"""POST /api/keys: create a key. Its secret is only in this answer."""

from operation import Caller, Record, operation
from operation.environment import key_store, new_secret, now
from operation.input.new_key import NewKey
from operation.share import usage_key


@operation(NewKey, status=201)
def handler(caller: Caller, wanted: NewKey) -> Record:
    """Answer the key's record and its `secret`."""
    caller.check_grant(wanted.scopes)
    secret = new_secret()
    key = wanted.key(
        key_id=secret.id, hint=secret.hint, organization_id=caller.organization_id, made=caller.change(now())
    )
    key_store().add(key, secret.digest, usage_key(caller.organization_id))
    return key.record() | {"secret": secret.reveal()}
