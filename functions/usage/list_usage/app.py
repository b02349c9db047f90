"""GET /api/usage: list how often each key of the organization was used, one page of keys at a time."""

from apikeys.keys.listing import Wanted
from apikeys.usage.call import period, total
from operation import Caller, Input, Record, operation
from operation.environment import key_store, now, usage_store
from operation.input.fields import Days, Limit


class ListUsage(Input):
    """How many days up to today, how many keys a page holds, and where it starts."""

    days: Days = 30
    limit: Limit = 25
    cursor: str | None = None


@operation(ListUsage)
def handler(caller: Caller, wanted: ListUsage) -> Record:
    """Answer `keys`, revoked ones too, the newest first, each with its calls; and `next_cursor`."""
    every = Wanted(include_revoked=True)
    page = key_store().page(caller.organization_id, wanted.limit, wanted.cursor, wanted=every)
    first, today = period(now(), wanted.days)
    keys = [
        {"key_id": key.id, "name": key.name, **total(usage_store().read(key.id, first, today))}
        for key in page.keys
    ]
    return {"first": first.isoformat(), "last": today.isoformat(), "keys": keys, "next_cursor": page.cursor}
