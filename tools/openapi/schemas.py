"""The schemas of answers, from the domain's own types if there are any."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from apikeys import scope
from apikeys.history.event import Event
from apikeys.keys.key import UNSHOWN, Key
from apikeys.sessions.session import Session
from apikeys.usage.call import CLASSES


def schemas() -> dict[str, Any]:
    """Name → schema, of all that functions answer."""
    key = plain_schema(TypeAdapter(Key).json_schema())
    key["properties"]["disabled"] = {"type": "boolean"}
    for name in UNSHOWN:
        del key["properties"][name]
    key["description"] = "One key of one organization. A field is null where there is nothing to say."
    # An answer contains every field, also those that are null, and no others.
    key |= {"required": list(key["properties"]), "additionalProperties": False}
    new_key = key | {
        "description": "A key that was just made, and its secret, which is shown this once.",
        "properties": key["properties"] | {"secret": {"type": "string"}},
        "required": [*key["required"], "secret"],
    }
    nullable = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    key_list = {
        "type": "object",
        "properties": {
            "keys": {
                "type": ["array", "null"],
                "items": {"$ref": "#/components/schemas/Key"},
                "description": "null if `usage` is unknown.",
            },
            "next_cursor": {**nullable, "description": "Where the next page starts; null at the end."},
            "usage": {
                "enum": ["recorded", "unknown"],
                "description": "Whether anybody records which keys are used. Only for `unused_days`.",
            },
        },
        "required": ["keys", "next_cursor"],
        "additionalProperties": False,
    }
    day = {
        "type": "object",
        "properties": {"date": {"type": "string", "format": "date"}}
        | {name: {"type": "integer", "minimum": 0} for name in ("calls", *CLASSES)},
        "required": ["date", "calls", *CLASSES],
        "additionalProperties": False,
    }
    key_usage = {
        "type": "object",
        "properties": {
            "key_id": {"type": "string"},
            "days": {"type": "array", "items": day},
            "key_ids": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The keys whose calls were added, the newest first. Only for `chain`.",
            },
        },
        "required": ["key_id", "days"],
        "additionalProperties": False,
    }
    usage = _usage_schema()
    event = _event_schema()
    history = {
        "type": "object",
        "properties": {
            "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
            "next_cursor": {**nullable, "description": "Where the next page starts; null at the end."},
        },
        "required": ["events", "next_cursor"],
        "additionalProperties": False,
    }
    texts = {name: {"type": "string"} for name in ("reason", "key_id", "organization_id", "name")}
    verdict = {
        "type": "object",
        "description": "Whose key it is; or the reason why it is not good, with its id where that is known.",
        "properties": {"valid": {"type": "boolean"}}
        | texts
        | {"scopes": {"type": "array", "items": {"type": "string"}}},
        "required": ["valid"],
        "additionalProperties": False,
    }
    error = {
        "type": "object",
        "properties": {"error": {"type": "string", "description": "What is wrong and what to do."}},
        "required": ["error"],
        "additionalProperties": False,
    }
    session = plain_schema(TypeAdapter(Session).json_schema())
    session["description"] = "Who is signed in on the settings page, as what, and until when."
    del session["properties"]["allowed_addresses"]
    session |= {"required": list(session["properties"]), "additionalProperties": False}
    doors = {
        "type": "object",
        "description": "The doors and whether the browser holds a session; or, for one door, where it leads.",
        "properties": {
            "doors": {"type": "array", "items": {"type": "string", "enum": ["provider", "key"]}},
            "signed_in": {"type": "boolean"},
            "endpoint": {"type": "string"},
            "client_id": {"type": "string"},
        },
        "additionalProperties": False,
    }
    return {
        "Key": key,
        "NewKey": new_key,
        "KeyList": key_list,
        "KeyUsage": key_usage,
        "Usage": usage,
        "Event": event,
        "History": history,
        "Verdict": verdict,
        "PersonSession": session,
        "Doors": doors,
        "Error": error,
    }


def _usage_schema() -> dict[str, Any]:
    """The calls of an organization's keys, a page of them."""
    a_date, text = {"type": "string", "format": "date"}, {"type": "string"}
    counts = {name: {"type": "integer", "minimum": 0} for name in ("calls", *CLASSES)}
    fields: dict[str, Any] = {"key_id": text, "name": text, **counts}
    one = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    page: dict[str, Any] = {
        "first": a_date,
        "last": a_date,
        "keys": {"type": "array", "items": one},
        "next_cursor": {"anyOf": [text, {"type": "null"}]},
    }
    return {"type": "object", "properties": page, "required": list(page), "additionalProperties": False}


def _event_schema() -> dict[str, Any]:
    """An event of the history, on EventBridge as in an answer."""
    event: dict[str, Any] = plain_schema(TypeAdapter(Event).json_schema())
    event["description"] = "One thing that happened to a key. A field is null where there is nothing to say."
    fields = {"id": {"type": "string", "description": "One for each event."}, **event["properties"]}
    fields["from"] = fields.pop("address") | {"description": "The address of the call that did it."}
    leak = event.pop("$defs")["Leak"] | {"additionalProperties": False}
    fields["leak"] = {"anyOf": [leak, {"type": "null"}], "description": "Only of the type `leaked`."}
    fields["by"]["description"] = "The id of a key or of a person, or `iam`."
    fields["changes"] = {
        "type": "object",
        "description": "Field → before and after. Of metadata: names of entries, and no value.",
        "additionalProperties": {
            "type": "object",
            "properties": {"from": {}, "to": {}},
            "required": ["from", "to"],
            "additionalProperties": False,
        },
    }
    return event | {"properties": fields, "required": list(fields), "additionalProperties": False}


# What pydantic leaves as it is, because a validator of ours runs before its own check.
_KEYWORDS = {"ge": "minimum", "le": "maximum"}


def plain_schema(schema: Any) -> Any:  # noqa: ANN401 - a schema holds values of any kind
    """Pydantic's schema without titles, and with the form of a scope."""
    if isinstance(schema, list):
        return [plain_schema(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {
        _KEYWORDS.get(name, name): plain_schema(value) for name, value in schema.items() if name != "title"
    }
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    if "scopes" in plain and plain["scopes"].get("type") == "array":
        # No enumeration: a deployment adds its own, which a client that was made from this must know too.
        plain["scopes"]["items"] = {"type": "string", "maxLength": 64, "examples": list(scope.ROUTES)}
    return plain
