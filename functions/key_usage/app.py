"""GET /api/keys/{key_id}/usage: how often a key was used, day by day."""

from datetime import date, timedelta

from apikeys import usage
from operation import Caller, Record, operation
from operation.environment import key_store, now, usage_store
from operation.fields import Days
from operation.input import OneKey


class KeyUsage(OneKey):
    """Which key, and how many days up to today."""

    days: Days = 30


@operation(KeyUsage)
def handler(caller: Caller, wanted: KeyUsage) -> Record:
    """Answer `days`, oldest first: every date (UTC) up to today's, those without calls included."""
    key = key_store().get(caller.organization_id, wanted.key_id)
    today = date.fromisoformat(now()[: len("2026-11-24")])
    counts = usage_store().read(key.id, today - timedelta(days=wanted.days - 1), today)
    return {"key_id": key.id, "days": usage.days(counts, today, wanted.days)}
