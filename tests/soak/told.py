"""What the history shows about an organization's keys, and whether it is what was acknowledged.

Owns the judgement, and is pure. The keys as they were left say what was done to each: it was made, it was
replaced by every key that replaces it, and it may have been revoked. History is right exactly if it tells
each of these once, and nothing else but one first use of a key.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def mistold(records: Iterable[Mapping[str, Any]], events: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every event that is missing, or is there and must not be, a line each; none if all is well."""
    expected: Counter[tuple[str, str, str]] = Counter()
    for record in records:
        expected[record["id"], "created", record["created_at"]] += 1
        if record["revoked_at"]:
            expected[record["id"], "revoked", record["revoked_at"]] += 1
        if record["replaces"]:
            expected[record["replaces"], "rotated", record["id"]] += 1
    told = Counter(map(_deed, events))
    first_uses = {deed for deed in told if deed[1] == "first_used"}
    again = [deed for deed, times in told.items() if deed in first_uses and times > 1]
    missing = expected - told
    false = Counter({deed: times for deed, times in told.items() if deed not in first_uses}) - expected
    return [
        *(f"{key_id}: {kind} {what} is not told" for key_id, kind, what in missing.elements()),
        *(f"{key_id}: {kind} {what} is told, and was not done" for key_id, kind, what in false.elements()),
        *(f"{key_id}: its first use is told more than once" for key_id, _, _ in again),
    ]


def _deed(event: Mapping[str, Any]) -> tuple[str, str, str]:
    kind = event["type"]
    what = event["changes"]["replaced_by"]["to"] if kind == "rotated" else event["at"]
    return event["key_id"], kind, "" if kind == "first_used" else what
