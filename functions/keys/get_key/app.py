"""GET /api/keys/{key_id}: return one key's record."""

from operation import Caller, Record, operation
from operation.environment import key_store
from operation.input.model import OneKey


@operation(OneKey)
def handler(caller: Caller, wanted: OneKey) -> Record:
    """Answer the record."""
    return key_store().get(caller.organization_id, wanted.key_id).record()
