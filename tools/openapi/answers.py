"""What each function answers, with an example, and what every error means.

Owns the statuses of success and the errors that only one function has.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from keys.list_keys.app import TABLE
from tools.openapi.examples import (
    CHANGED,
    CREATED,
    DAY,
    HISTORY,
    KEY,
    RECORD,
    REVOKED,
    SESSION,
    USAGE,
    VERDICT,
)

JSON, CSV = "application/json", "text/csv"


class Answer(NamedTuple):
    """What a management function answers when all is well, and the errors that are its own."""

    status: int
    schema: str
    example: Mapping[str, Any]
    errors: tuple[str, ...] = ()
    csv: str = ""


ANSWERS = {
    "CreateKeyFunction": Answer(201, "NewKey", CREATED),
    "ListKeysFunction": Answer(
        200,
        "KeyList",
        {"keys": [RECORD], "next_cursor": KEY.id},
        ("409",),
        TABLE.text({"keys": [RECORD]}),
    ),
    "GetKeyFunction": Answer(200, "Key", RECORD, ("404",)),
    "RotateKeyFunction": Answer(201, "NewKey", CREATED | {"replaces": "key_ExampleOld01"}, ("404", "409")),
    "KeyUsageFunction": Answer(200, "KeyUsage", {"key_id": KEY.id, "days": [DAY]}, ("404",)),
    "ListUsageFunction": Answer(200, "Usage", USAGE),
    "KeyHistoryFunction": Answer(200, "History", HISTORY, ("404",)),
    "ListHistoryFunction": Answer(200, "History", HISTORY),
    "FindKeyFunction": Answer(200, "Key", RECORD, ("404",)),
    "UpdateKeyFunction": Answer(200, "Key", CHANGED, ("404", "409")),
    "RevokeKeyFunction": Answer(200, "Key", REVOKED, ("404", "409")),
    "VerifyKeyFunction": Answer(200, "Verdict", VERDICT),
    "WhoFunction": Answer(200, "PersonSession", SESSION, ("404",)),
    "SignOutFunction": Answer(200, "PersonSession", SESSION, ("404",)),
}
#: The answer before anybody has signed in.
WAYS_IN = {
    "SignInFunction": Answer(201, "PersonSession", SESSION, ("400", "401", "403", "413", "503")),
    "OfferedDoorsFunction": Answer(
        200, "Doors", {"doors": ["key"], "signed_in": False}, ("400", "404", "503")
    ),
}
SESSION_ALONE = {"WhoFunction", "SignOutFunction"}
SENT = {
    "CreateKeyFunction": {
        "name": "Invoice agent",
        "scopes": ["runtime"],
        "allowed_addresses": ["198.51.100.0/24"],
        "metadata": {"team": "billing"},
    },
    "FindKeyFunction": {"text": "a line of a log that names key_ExampleKey01"},
    "UpdateKeyFunction": {"description": "Sends invoices", "metadata": {"team": None}},
    "VerifyKeyFunction": {"key": "sk_live_copia_ExampleKey01…", "scope": "runtime"},
    "SignInFunction": {"ticket": "ticket_ExampleTic01…"},
}

#: Status → what it means, an example of its text, and the headers that it has.
ERRORS = {
    "400": ("The call is not as described here.", "name: is required.", ()),
    "401": ("No key, or none that is good, whatever the reason.", "Invalid API key", ("WWW-Authenticate",)),
    "403": (
        "The key lacks a scope, or may not give one.",
        'This key may not make this call. It lacks the scope "keys". Use a key that holds it.',
        ("WWW-Authenticate",),
    ),
    "404": ("There is no such thing in the key's organization.", "There is no such key.", ()),
    "409": (
        "The key's state does not allow it.",
        "key_ExampleKey01 is revoked, so it cannot be rotated.",
        (),
    ),
    "413": ("The body is larger than this call takes.", "The body is too large.", ()),
    "429": ("Too many calls.", "Too many calls. Wait a moment, then try again.", ("Retry-After",)),
    "503": (
        "The key cannot be checked, or the call not made, at the moment. The key may well be good.",
        "The key store cannot be reached. Try again in a moment.",
        ("Retry-After",),
    ),
    "5XX": ("Something broke.", "Something broke. Try again.", ()),
}


HEADERS = {
    "WWW-Authenticate": (
        "`Bearer`: present a key. "
        '`Bearer error="insufficient_scope"`, with a 403 for a missing scope: send a key that holds it. '
        "A 403 for a path that nobody may call has it too, and one for giving a scope has none."
    ),
    "Link": "Of CSV: leads to the next page, where there is one.",
    "Retry-After": "After how many seconds to try again.",
}


def success(answer: Answer) -> dict[str, Any]:
    """The answer when all is well."""
    schema = {"$ref": f"#/components/schemas/{answer.schema}"}
    described: dict[str, Any] = {
        "description": "Done.",
        "content": {JSON: {"schema": schema, "example": dict(answer.example)}},
    }
    if answer.csv:
        described["content"][CSV] = {"schema": {"type": "string"}, "example": answer.csv}
        described["headers"] = {"Link": {"$ref": "#/components/headers/Link"}}
    return described


def error(status: str) -> dict[str, Any]:
    """Every answer with this status, or of its class."""
    text, example, headers = ERRORS[status]
    schema = {"$ref": "#/components/schemas/Error"}
    described: dict[str, Any] = {
        "description": text,
        "content": {JSON: {"schema": schema, "example": {"error": example}}},
    }
    if headers:
        described["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return described
