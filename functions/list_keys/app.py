"""GET /api/keys: the organization's keys, newest first, a page at a time."""

from operation import Caller, Input, Record, operation
from operation.environment import key_store
from operation.fields import Limit, Switch


class ListKeys(Input):
    """How many keys a page holds, where it starts, and whether it shows revoked ones."""

    limit: Limit = 25
    cursor: str | None = None
    include_revoked: Switch = False


@operation(ListKeys)
def handler(caller: Caller, wanted: ListKeys) -> Record:
    """Answer `keys`, and `next_cursor`: null at the end of the list."""
    page = key_store().page(
        caller.organization_id, wanted.limit, wanted.cursor, include_revoked=wanted.include_revoked
    )
    return {
        "keys": [key.record() for key in page.keys],
        "next_cursor": page.cursor,
    }
