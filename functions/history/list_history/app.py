"""GET /api/history: list what happened to the organization's keys, newest first, one page at a time."""

from operation import Caller, Input, Record, operation
from operation.environment import history_store
from operation.input.fields import Limit, Moment


class ListHistory(Input):
    """Since when, how many events a page holds, and where it starts."""

    since: Moment | None = None
    limit: Limit = 25
    cursor: str | None = None


@operation(ListHistory)
def handler(caller: Caller, wanted: ListHistory) -> Record:
    """Answer `events`, and `next_cursor`: null at the end of the history."""
    page = history_store().of_organization(caller.organization_id, wanted.since, wanted.limit, wanted.cursor)
    return {"events": page.events, "next_cursor": page.cursor}
