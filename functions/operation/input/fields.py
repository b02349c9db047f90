"""The fields that operations take, and the limits of each.

Owns which values are allowed. An error's text is shown to the sender of the value, and must never repeat the
value.
"""

import re
import unicodedata
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from apikeys import address
from apikeys.invisible import shows_something
from apikeys.keys.change import ENTRIES
from apikeys.keys.key import is_key_id, timestamp
from operation.scopes import scope_table

# Control characters, lone surrogates, and the two characters that break a line: a name is one line of text.
_NOT_IN_A_LINE = {"Cc", "Cs", "Zl", "Zp"}
# What a decoder puts in place of bytes that are not UTF-8.
_REPLACED = "\N{REPLACEMENT CHARACTER}"

_NETWORKS = 20


def _one_line(text: str) -> str:
    categories = {unicodedata.category(character) for character in text}
    if categories & _NOT_IN_A_LINE:
        raise PydanticCustomError("text", "must not contain control characters or line breaks")
    if _REPLACED in text:
        raise PydanticCustomError("text", "must be sent as UTF-8")
    if not shows_something(text):
        raise PydanticCustomError("text", "must contain a visible character")
    return text


def _lines(text: str) -> str:
    _one_line(text.replace("\n", ""))
    return text


def _known(scopes: list[str]) -> list[str]:
    known_scopes = scope_table().routes
    if unknown := set(scopes) - set(known_scopes):
        known = ", ".join(f'"{name}"' for name in known_scopes)
        raise PydanticCustomError(
            "scopes",
            "contains {count} unknown; this API has {known}",
            {"count": len(unknown), "known": known},
        )
    return _once(scopes)


def _one_known(name: str) -> str:
    return _known([name])[0]


def _maker_id(text: str) -> str:
    if not re.fullmatch(r"[!-~]{1,255}", text):
        raise PydanticCustomError("maker", 'must be the id of a key or of a person, or "iam"')
    return text


def _key_id(text: str) -> str:
    if not is_key_id(text):
        raise PydanticCustomError("key_id", "must be the id of a key, such as key_8zBk3w73pEIt")
    return text


def _once(texts: list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _network(text: str) -> str:
    try:
        return address.canonical(text)
    except ValueError:
        raise PydanticCustomError(
            "network",
            "must be an IPv4 or IPv6 address, or a network such as 198.51.100.0/24, whose address is zero "
            "after its prefix",
        ) from None


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value) else value


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return timestamp(moment)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError("moment", "must be a time such as 2026-11-24T09:30:00Z, with its offset")


def _switch(value: object) -> object:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    AfterValidator(_one_line),
]
#: May have several lines.
Description = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500),
    AfterValidator(_lines),
]
Scopes = Annotated[list[str], Field(min_length=1), AfterValidator(_known)]
#: An empty list would read as "from nowhere" and as "no limit": it is refused, and None means any address.
Addresses = Annotated[
    list[Annotated[str, StringConstraints(max_length=64), AfterValidator(_network)]],
    Field(min_length=1, max_length=_NETWORKS),
    AfterValidator(_once),
]
MetadataName = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_.:-]{1,40}$")]
MetadataValue = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_one_line),
]
Metadata = Annotated[dict[MetadataName, MetadataValue], Field(max_length=ENTRIES)]
#: As a change has it, which takes away the entries that are null. `apikeys.keys.change` counts what is left.
MetadataChange = Annotated[dict[MetadataName, MetadataValue | None], Field(max_length=2 * ENTRIES)]
Limit = Annotated[int, BeforeValidator(_number), Field(ge=1, le=100)]
Days = Annotated[int, BeforeValidator(_number), Field(ge=1, le=90)]
UnusedDays = Annotated[
    int,
    BeforeValidator(_number),
    Field(ge=1, le=3650, description="For how many days a key was neither used nor made."),
]
Scope = Annotated[
    str, AfterValidator(_one_known), Field(description="A scope that stands on the key itself.")
]
#: Of a key, of a person, or `iam`.
MakerId = Annotated[
    str,
    AfterValidator(_maker_id),
    Field(
        description="The id of a key or of a person, or `iam`.",
        json_schema_extra={"pattern": "^[!-~]{1,255}$"},
    ),
]
KeyId = Annotated[str, AfterValidator(_key_id)]
Switch = Annotated[bool, BeforeValidator(_switch)]
Chain = Annotated[
    Switch, Field(description="Whether the calls of the keys that it replaces, one after another, are added.")
]
#: A time, which becomes a `timestamp`.
Moment = Annotated[
    str,
    StringConstraints(max_length=40),
    AfterValidator(_moment),
    Field(json_schema_extra={"format": "date-time"}),
]
