"""GET /api/keys: list the organization's keys, newest first or in another order, one page at a time."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from apikeys.keys.key import UNSHOWN, Key, timestamp
from apikeys.keys.listing import Order, State, Wanted
from operation import Caller, Input, Record, Table, operation
from operation.environment import key_store, now, records_usage
from operation.input.fields import Limit, MakerId, Scope, Switch, UnusedDays

TABLE = Table(
    rows="keys",
    columns=tuple(field.name for field in fields(Key) if field.name not in {"organization_id", *UNSHOWN}),
    file="api-keys.csv",
    unknown="This stack records no usage: leave unused_days out, or deploy it with UsageTracking=true.",
)

_STATE = "The one state that tells most of a key. It decides instead of include_revoked."
_SORT = "The newest first, the last used first, or by name. The last two are for at most 1000 keys."


class ListKeys(Input):
    """How many keys a page holds, where it starts, which keys the list shows, and in which order."""

    limit: Limit = 25
    cursor: str | None = None
    include_revoked: Switch = False
    state: Annotated[State, Field(description=_STATE)] | None = None
    scope: Scope | None = None
    created_by: MakerId | None = None
    unused_days: UnusedDays | None = None
    sort: Order = Field(default="created", description=_SORT)


@operation(ListKeys, table=TABLE)
def handler(caller: Caller, wanted: ListKeys) -> Record:
    """Answer `keys`, and `next_cursor`: null at the end of the list.

    For unused keys, `usage` tells whether anybody records use. While nobody does it is "unknown", and `keys`
    null, which says neither none nor all.
    """
    usage: Record = {}
    unused_since = None
    if wanted.unused_days:
        if not records_usage():
            return {"keys": None, "next_cursor": None, "usage": "unknown"}
        usage = {"usage": "recorded"}
        unused_since = timestamp(datetime.fromisoformat(now()) - timedelta(days=wanted.unused_days))
    page = key_store().page(
        caller.organization_id,
        wanted.limit,
        wanted.cursor,
        order=wanted.sort,
        wanted=Wanted(
            include_revoked=wanted.include_revoked,
            state=wanted.state,
            scope=wanted.scope,
            created_by=wanted.created_by,
            unused_since=unused_since,
        ),
    )
    return {"keys": [key.record() for key in page.keys], "next_cursor": page.cursor} | usage
