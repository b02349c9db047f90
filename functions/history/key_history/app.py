"""GET /api/keys/{key_id}/history: list what happened to a key, newest first, one page at a time."""

from operation import Caller, Record, operation
from operation.environment import history_store, key_store
from operation.input.fields import Limit
from operation.input.model import OneKey


class KeyHistory(OneKey):
    """Which key, how many events a page holds, and where it starts."""

    limit: Limit = 25
    cursor: str | None = None


@operation(KeyHistory)
def handler(caller: Caller, wanted: KeyHistory) -> Record:
    """Answer `events`, and `next_cursor`: null at the end of the history."""
    key = key_store().get(caller.organization_id, wanted.key_id)
    page = history_store().of_key(caller.organization_id, key.id, wanted.limit, wanted.cursor)
    return {"events": page.events, "next_cursor": page.cursor}
