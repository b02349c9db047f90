"""DELETE /api/keys/{key_id}: from this answer on, every new call with the key is refused."""

from operation import Caller, Record, operation
from operation.environment import key_store, now
from operation.input import OneKey


@operation(OneKey)
def handler(caller: Caller, wanted: OneKey) -> Record:
    """Answer the record with `revoked_at`; the same again for a key that is revoked already."""
    change = caller.change(now())
    return key_store().change(caller.organization_id, wanted.key_id, lambda key: key.revoked(change)).record()
