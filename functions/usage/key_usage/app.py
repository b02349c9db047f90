"""GET /api/keys/{key_id}/usage: list how often a key was used, day by day."""

from collections import Counter, defaultdict

from apikeys.errors import InvalidInputError
from apikeys.usage.call import days, period
from operation import Caller, Record, operation
from operation.environment import key_store, now, usage_store
from operation.input.fields import Chain, Days
from operation.input.model import OneKey

_KEYS_AT_MOST = 100


class KeyUsage(OneKey):
    """Which key, how many days up to today, and whether those that it replaces count as well."""

    days: Days = 30
    chain: Chain = False


@operation(KeyUsage)
def handler(caller: Caller, wanted: KeyUsage) -> Record:
    """Answer `days`, oldest first: every date (UTC) up to today's, those without calls included.

    With `chain`, `key_ids` are those that were summed, the newest first.
    """
    key_ids = _chain(caller.organization_id, wanted.key_id, 1 if not wanted.chain else _KEYS_AT_MOST)
    first, today = period(now(), wanted.days)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for key_id in key_ids:
        for day, classes in usage_store().read(key_id, first, today).items():
            counts[day].update(classes)
    record: Record = {"key_id": key_ids[0], "days": days(counts, today, wanted.days)}
    return record | ({"key_ids": key_ids} if wanted.chain else {})


def _chain(organization_id: str, key_id: str, most: int) -> list[str]:
    """The key, the one that it replaces, and so on."""
    key_ids: list[str] = []
    following: str | None = key_id
    while following and len(key_ids) < most:
        key = key_store().get(organization_id, following)
        key_ids.append(key.id)
        following = key.replaces
    if following and most > 1:
        raise InvalidInputError(
            f"chain: is longer than {most} keys. Ask for the usage of {following} instead."
        )
    return key_ids
