"""DELETE /api/keys/{key_id}: revoke a key. After this answer, every new call with it is refused."""

from apikeys.keys.key import Key
from operation import Caller, Record, operation
from operation.environment import key_store, now, session_store
from operation.input.model import OwnKey


@operation(OwnKey)
def handler(caller: Caller, wanted: OwnKey) -> Record:
    """Answer the record with `revoked_at`; the same again for a key that is revoked already."""
    change = caller.change(now())

    def revoked(key: Key) -> Key:
        caller.check_manage(key)
        caller.check_own(key.id, is_meant=wanted.own)
        return key.revoked(change)

    record = key_store().change(caller.organization_id, wanted.key_id, revoked).record()
    # Before the answer, so that it also signs out everyone who signed in with the key.
    session_store().end_all(caller.organization_id, key_id=wanted.key_id)
    return record
