"""What the history shows about an organization's keys, and whether it is what was acknowledged.

Owns the judgement, and is pure. The keys as they were left say what was done to each: it was made, it was
replaced by every key that replaces it, and it may have been revoked. An answer to a change says when the key
was last changed. History is right exactly if

- it tells each of these once;
- each change that it tells was made by a call, which was answered so, or whose answer was lost;
- the changes of a key, one after another, lead to all that was answered, and to the key as it was left;
- it contains nothing else but one first use of a key.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

_Deed = tuple[str, str, str]
_CHANGED = ("name", "scopes", "disabled", "allowed_addresses")


class Change(NamedTuple):
    """A call that sent one field, and the key as it was answered; None where nobody knows the outcome."""

    key_id: str
    fields: Mapping[str, Any]
    answer: Mapping[str, Any] | None


def mistold(
    records: Collection[Mapping[str, Any]],
    events: Collection[Mapping[str, Any]],
    changes: Collection[Change] = (),
) -> list[str]:
    """Every event that is missing, or is there and must not be, a line each; none if all is well.

    A key with `changes` was neither rotated nor revoked.
    """
    expected: Counter[_Deed] = Counter()
    for record in records:
        expected[record["id"], "created", record["created_at"]] += 1
        if record["revoked_at"]:
            expected[record["id"], "revoked", record["revoked_at"]] += 1
        if record["replaces"]:
            expected[record["replaces"], "rotated", record["id"]] += 1
    seen = {(one.key_id, one.answer["changed_at"]) for one in changes if one.answer}
    must = expected + Counter((key_id, "changed", at) for key_id, at in seen if at)
    may = expected + Counter(_made(events, changes))
    told = Counter(map(_deed, events))
    first_uses = {deed for deed in told if deed[1] == "first_used"}
    again = [deed for deed, times in told.items() if deed in first_uses and times > 1]
    missing = must - told
    false = Counter({deed: times for deed, times in told.items() if deed not in first_uses}) - may
    found = [
        *(f"{key_id}: {kind} {what} is not told" for key_id, kind, what in missing.elements()),
        *(f"{key_id}: {kind} {what} is told, and was not done" for key_id, kind, what in false.elements()),
        *(f"{key_id}: its first use is told more than once" for key_id, _, _ in again),
    ]
    return found or [*_disagreements(records, events, changes)]


def _deed(event: Mapping[str, Any]) -> _Deed:
    kind = event["type"]
    what = event["changes"]["replaced_by"]["to"] if kind == "rotated" else event["at"]
    return event["key_id"], kind, "" if kind == "first_used" else what


def _made(events: Iterable[Mapping[str, Any]], changes: Iterable[Change]) -> Iterator[_Deed]:
    """The told changes that a call made: one that was answered so, or one whose answer was lost."""
    answered = set()
    lost: Counter[tuple[str, str]] = Counter()
    for key_id, fields, answer in changes:
        if answer is None:
            lost[key_id, _text(fields)] += 1
        else:
            answered.add((key_id, _text(fields), answer["changed_at"]))
    # An event that is told twice was made by one call.
    for deed, event in {_deed(event): event for event in events if event["type"] == "changed"}.items():
        call = event["key_id"], _text({field: change["to"] for field, change in event["changes"].items()})
        if (*call, event["at"]) in answered:
            yield deed
        elif lost[call]:
            lost[call] -= 1
            yield deed


def _disagreements(
    records: Iterable[Mapping[str, Any]], events: Iterable[Mapping[str, Any]], changes: Iterable[Change]
) -> Iterator[str]:
    """Where the changes of a key do not lead from one to the next, to an answer, or to the key as left."""
    told, answers = defaultdict(list), defaultdict(list)
    for event in sorted(events, key=lambda event: str(event["at"])):
        told[event["key_id"]].append(event)
    for one in changes:
        if one.answer:
            answers[one.key_id, one.answer["changed_at"]].append(one.answer)
    left = {record["id"]: record for record in records}
    for key_id in dict.fromkeys(one.key_id for one in changes):
        key: dict[str, Any] = {}
        for event in told[key_id]:
            at = event["at"]
            before = {field: change["from"] for field, change in event["changes"].items()}
            if not _agree(before, key, before):
                yield f"{key_id}: was something else before {at} than is told"
            key |= {field: change["to"] for field, change in event["changes"].items()}
            if not all(_agree(answer, key) for answer in answers[key_id, at]):
                yield f"{key_id}: was answered to be something else at {at} than is told"
        if not _agree(left[key_id], key):
            yield f"{key_id}: is something else than is told"


def _agree(one: Mapping[str, Any], other: Mapping[str, Any], fields: Iterable[str] = _CHANGED) -> bool:
    # What a key never had is not told when it is made.
    return all((one[field] or None) == (other.get(field) or None) for field in fields)


def _text(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, sort_keys=True)
