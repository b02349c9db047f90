"""`python -m tools.openapi`: write docs/openapi.yaml, which describes the whole HTTP interface.

Owns what stands nowhere else: statuses, examples, and the form of errors. Routes come from template.yaml,
fields from the functions' models, summaries from their docstrings and scopes from the one table. The
reference backend lies behind two routes of any verb; tools/runtime.yaml describes it.
"""

import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import yaml
from pydantic import TypeAdapter

from apikeys import scope
from apikeys.cookie import COOKIE, HEADER
from apikeys.history import Event
from apikeys.key import UNSHOWN, Key
from apikeys.session import Session
from apikeys.usage import CLASSES
from list_keys.app import TABLE
from local.template.function import function_name
from local.template.template import Template
from operation.input import Input

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "openapi.yaml"

_JSON, _CSV = "application/json", "text/csv"
_VERBS = ("get", "post", "patch", "delete")

_KEY = Key(
    id="key_ExampleKey01",
    name="Invoice agent",
    organization_id="org_example",
    scopes=scope.DEFAULT,
    hint="sk_live_copia_Exam…bOPm",
    created_at="2026-11-24T09:30:00.000Z",
    created_by="key_ExampleAdm01",
)
_RECORD = _KEY.record()
_DAY = {"date": "2026-11-24", "calls": 3} | dict.fromkeys(CLASSES, 1)
_USAGE = {
    "first": "2026-10-26",
    "last": "2026-11-24",
    "keys": [
        {"key_id": _KEY.id, "name": _KEY.name} | {name: _DAY[name] for name in ("calls", *CLASSES)},
    ],
    "next_cursor": None,
}
_CREATED = _RECORD | {
    "allowed_addresses": ["198.51.100.0/24"],
    "metadata": {"team": "billing"},
    "secret": "sk_live_copia_ExampleKey01…",
}
_NOW, _BY = "2026-11-25T09:30:00.000Z", "key_ExampleAdm01"
_CHANGED = _RECORD | {"description": "Sends invoices", "changed_at": _NOW, "changed_by": _BY}
_REVOKED = _RECORD | {
    "changed_at": _NOW,
    "changed_by": _BY,
    "revoked_at": _NOW,
    "revoked_by": _BY,
}
_EVENT = Event(
    key_id=_KEY.id,
    organization_id="org_example",
    type="changed",
    at=_NOW,
    by="user_42",
    by_name="Ada",
    address="203.0.113.7",
    request_id="Tn1jXGnxvHcFgQA=",
    changes={"disabled": {"from": False, "to": True}},
).record()
_HISTORY = {"events": [_EVENT], "next_cursor": None}
_VERDICT = (
    {"valid": True}
    | {name: _RECORD[name] for name in ("organization_id", "name", "scopes")}
    | {"key_id": _KEY.id}
)
_SESSION = Session(
    id="ses_ExampleSes01",
    organization_id="org_example",
    organization_name="Example",
    person_id="user_42",
    person_name="Ada",
    role="member",
    opened_by="ticket",
    expires_at=1795628400,
).record()


class _Answer(NamedTuple):
    """What a management function answers when all is well, and the errors that are its own."""

    status: int
    schema: str
    example: Mapping[str, Any]
    errors: tuple[str, ...] = ()
    csv: str = ""


_ANSWERS = {
    "CreateKeyFunction": _Answer(201, "NewKey", _CREATED),
    "ListKeysFunction": _Answer(
        200,
        "KeyList",
        {"keys": [_RECORD], "next_cursor": _KEY.id},
        ("409",),
        TABLE.text({"keys": [_RECORD]}),
    ),
    "GetKeyFunction": _Answer(200, "Key", _RECORD, ("404",)),
    "RotateKeyFunction": _Answer(201, "NewKey", _CREATED | {"replaces": "key_ExampleOld01"}, ("404", "409")),
    "KeyUsageFunction": _Answer(200, "KeyUsage", {"key_id": _KEY.id, "days": [_DAY]}, ("404",)),
    "ListUsageFunction": _Answer(200, "Usage", _USAGE),
    "KeyHistoryFunction": _Answer(200, "History", _HISTORY, ("404",)),
    "ListHistoryFunction": _Answer(200, "History", _HISTORY),
    "FindKeyFunction": _Answer(200, "Key", _RECORD, ("404",)),
    "UpdateKeyFunction": _Answer(200, "Key", _CHANGED, ("404", "409")),
    "RevokeKeyFunction": _Answer(200, "Key", _REVOKED, ("404", "409")),
    "VerifyKeyFunction": _Answer(200, "Verdict", _VERDICT),
    "WhoFunction": _Answer(200, "Session", _SESSION, ("404",)),
    "SignOutFunction": _Answer(200, "Session", _SESSION, ("404",)),
}
#: What stands before anybody has signed in.
_WAYS_IN = {
    "SignInFunction": _Answer(201, "Session", _SESSION, ("400", "401", "403", "409", "413", "503")),
    "OfferedDoorsFunction": _Answer(
        200, "Doors", {"doors": ["key"], "signed_in": False}, ("400", "404", "503")
    ),
}
_SESSION_ALONE = {"WhoFunction", "SignOutFunction"}
_SENT = {
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
_ERRORS = {
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
    "413": ("The body is larger than any good call needs.", "The body is too large.", ()),
    "429": ("Too many calls.", "Too many calls. Wait a moment, then try again.", ("Retry-After",)),
    "503": (
        "The key cannot be checked, or the call not made, at the moment. The key may well be good.",
        "The key store cannot be reached. Try again in a moment.",
        ("Retry-After",),
    ),
    "5XX": ("Something broke.", "Something broke. Try again.", ()),
}
#: The stack's output ApiUrl.
_DEPLOYED = {
    "url": "https://{api_id}.execute-api.{region}.amazonaws.com/live",
    "description": "a deployed stack",
    "variables": {
        "api_id": {"default": "a1b2c3d4e5", "description": "The id that API Gateway gave the API."},
        "region": {"default": "eu-central-1", "description": "The Region of the stack."},
    },
}
_KEYS: list[dict[str, list[str]]] = [{"bearer": []}, {"x_api_key": []}]
_EVERYWHERE = ("401", "403", "429", "503", "5XX")
_HEADERS = {
    "WWW-Authenticate": (
        "`Bearer`: present a key. "
        '`Bearer error="insufficient_scope"`, with a 403 for want of a scope: present one that holds it. '
        "A 403 for giving a scope has none."
    ),
    "Link": "Of CSV: leads to the next page, where there is one.",
    "Retry-After": "After how many seconds to try again.",
}

_DESCRIPTION = (
    "Organization-scoped API keys, and what they open. A call presents its key in one of two headers: "
    "`Authorization: Bearer KEY` or `x-api-key: KEY`. Where both are sent, `x-api-key` decides. "
    "The organization is that of the key, and no call can name another. "
    "People on the settings page call `/api/keys` and below in a session: a cookie, which counts where no "
    f"key is sent. In a call that changes something, the header `{HEADER}` holds the session's id beside it. "
    'Every error is `{"error": "what is wrong and what to do"}`.'
)


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    template = Template.load(ROOT / "template.yaml")
    backend: dict[str, Any] = yaml.safe_load((ROOT / "tools" / "runtime.yaml").read_text())
    paths: dict[str, dict[str, Any]] = {}
    for path, verb, function in sorted(_routes(template)):
        paths.setdefault(path, {})[verb] = _operation(template, path, verb, function)
    for path, operations in backend["paths"].items():
        paths[path] = {
            verb: _guarded(operation, path, verb, operation.pop("errors"))
            for verb, operation in operations.items()
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "API keys", "version": "1.0", "description": _DESCRIPTION},
        "servers": [_DEPLOYED, {"url": "http://127.0.0.1:3000", "description": "make run"}],
        "security": _KEYS,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "x_api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "session_id": {"type": "apiKey", "in": "header", "name": HEADER},
            },
            "schemas": _schemas() | backend["schemas"],
            "responses": {status: _error(status) for status in _ERRORS},
            "headers": {
                name: {"description": text, "schema": {"type": "string"}} for name, text in _HEADERS.items()
            },
        },
    }


def _routes(template: Template) -> Iterator[tuple[str, str, str]]:
    """Path, verb and function of every route that stands for one call."""
    for path, methods in template.api.body["paths"].items():
        for verb in _VERBS:
            if verb in methods:
                uri = methods[verb]["x-amazon-apigateway-integration"]["uri"]
                yield path, verb, function_name(uri.removesuffix("/invocations"))


def _operation(template: Template, path: str, verb: str, function: str) -> dict[str, Any]:
    module = importlib.import_module(template.functions[function].handler.rpartition(".")[0])
    summary = " ".join((module.__doc__ or "").partition("\n\n")[0].split()).partition(": ")[2]
    described: dict[str, Any] = {
        "operationId": module.__name__.partition(".")[0] + ("_file" if path.endswith("{file}") else ""),
        "summary": summary[0].upper() + summary[1:],
    }
    if function in _WAYS_IN:
        name = function.removesuffix("Function")
        described["operationId"] = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        return described | _way_in(module.handler, path, verb, function)
    if function not in _ANSWERS:
        return described | _public(path)
    answer = _ANSWERS[function]
    described |= _input(_model(module.handler), path, verb, _SENT.get(function))
    described["responses"] = {str(answer.status): _success(answer)}
    described = _guarded(described, path, verb, ("400", *answer.errors, "413"))
    in_session: dict[str, list[str]] = {"session": []} if verb == "get" else {"session": [], "session_id": []}
    if function in _SESSION_ALONE:
        described["description"] = "For people who signed in on the settings page: a key gets 404."
        return described | {"security": [in_session]}
    if scope.ScopeTable().on(scope.OWN_API).needed(verb.upper() + path) != scope.KEYS:
        return described
    return described | {"security": [*_KEYS, in_session]}


def _model(handler: Callable[..., object]) -> type[Input]:
    hints = get_type_hints(inspect.unwrap(handler))
    model: type[Input] = hints.get("wanted") or hints["_wanted"]
    return model


def _way_in(handler: Callable[..., object], path: str, verb: str, function: str) -> dict[str, Any]:
    """An operation that anybody may call; the settings page is known by the header that it sends."""
    answer = _WAYS_IN[function]
    described: dict[str, Any] = {"security": [], **_input(_model(handler), path, verb, _SENT.get(function))}
    if verb != "get":
        header = {"name": HEADER, "in": "header", "required": True, "schema": {"type": "string"}}
        described["parameters"] = [header | {"example": "sign-in"}]
    described["responses"] = {str(answer.status): _success(answer)}
    for status in (*answer.errors, "429", "5XX"):
        described["responses"][status] = {"$ref": f"#/components/responses/{status}"}
    return described


def _input(model: type[Input], path: str, verb: str, example: object) -> dict[str, Any]:
    """The model's fields, each where a call of this kind carries it."""
    schema = _plain(model.model_json_schema())
    parts = schema.pop("$defs", {})
    fields: dict[str, Any] = {name: _whole(field, parts) for name, field in schema["properties"].items()}
    schema["properties"] = fields
    in_path = {name: fields.pop(name) for name in list(fields) if f"{{{name}}}" in path}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": field, "example": _KEY.id}
        for name, field in in_path.items()
    ]
    in_query = set(fields) if verb == "get" else {name for name in fields if name in model.in_query}
    parameters += [
        {"name": name, "in": "query", "schema": _given(fields.pop(name))}
        for name in list(fields)
        if name in in_query
    ]
    described: dict[str, Any] = {"parameters": parameters} if parameters else {}
    if fields:
        if verb == "patch":  # what is left out stays: there are no defaults
            schema.pop("required")
            for field in fields.values():
                field.pop("default", None)
        content = {_JSON: {"schema": schema, "example": example}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _whole(field: dict[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a field with what it refers to: a reference would not lead anywhere from here."""
    choices = field.get("anyOf", [])
    found = [parts[one["$ref"].removeprefix("#/$defs/")] if "$ref" in one else one for one in choices]
    return {**field, "anyOf": found} if found else field


def _given(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter, which is left out where the model has null."""
    given: dict[str, Any] = schema["anyOf"][0] if "anyOf" in schema else schema
    return given


def _public(path: str) -> dict[str, Any]:
    """The settings page and its files, which need no key."""
    parameters = [{"name": "file", "in": "path", "required": True, "schema": {"type": "string"}}]
    errors = ("404", "429", "5XX") if path.endswith("{file}") else ("429", "5XX")
    return {
        "security": [],
        **({"parameters": parameters} if path.endswith("{file}") else {}),
        "responses": {"200": {"description": "A file of the page.", "content": {"text/*": {}}}}
        | {status: {"$ref": f"#/components/responses/{status}"} for status in errors},
    }


def _guarded(operation: dict[str, Any], path: str, verb: str, errors: Iterable[str]) -> dict[str, Any]:
    """The operation, with the scope that it needs and all errors that it may meet."""
    needed = scope.ScopeTable().on(scope.OWN_API).needed(verb.upper() + path)
    operation["description"] = f"Needs a key with the scope `{needed}`."
    for status in sorted({*errors, *_EVERYWHERE}):
        operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}
    return operation


def _success(answer: _Answer) -> dict[str, Any]:
    schema = {"$ref": f"#/components/schemas/{answer.schema}"}
    described: dict[str, Any] = {
        "description": "Done.",
        "content": {_JSON: {"schema": schema, "example": dict(answer.example)}},
    }
    if answer.csv:
        described["content"][_CSV] = {"schema": {"type": "string"}, "example": answer.csv}
        described["headers"] = {"Link": {"$ref": "#/components/headers/Link"}}
    return described


def _error(status: str) -> dict[str, Any]:
    text, example, headers = _ERRORS[status]
    schema = {"$ref": "#/components/schemas/Error"}
    described: dict[str, Any] = {
        "description": text,
        "content": {_JSON: {"schema": schema, "example": {"error": example}}},
    }
    if headers:
        described["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return described


def _schemas() -> dict[str, Any]:
    key = _plain(TypeAdapter(Key).json_schema())
    key["properties"]["disabled"] = {"type": "boolean"}
    for name in UNSHOWN:
        del key["properties"][name]
    # An answer shows every field, those that are null included, and none besides.
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
    session = _plain(TypeAdapter(Session).json_schema())
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
        "Session": session,
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
    event: dict[str, Any] = _plain(TypeAdapter(Event).json_schema())
    fields = {"id": {"type": "string", "description": "One for each event."}, **event["properties"]}
    fields["from"] = fields.pop("address") | {"description": "The address of the call that did it."}
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


def _plain(schema: Any) -> Any:  # noqa: ANN401 - a schema holds values of any kind
    """Pydantic's schema without titles, and with the form of a scope."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {_KEYWORDS.get(name, name): _plain(value) for name, value in schema.items() if name != "title"}
    if "patternProperties" in plain:
        plain["additionalProperties"] = False
    if "scopes" in plain and plain["scopes"].get("type") == "array":
        # No enumeration: a deployment adds its own, which a client that was made from this must know too.
        plain["scopes"]["items"] = {"type": "string", "maxLength": 64, "examples": list(scope.ROUTES)}
    return plain


def text() -> str:
    """The document as YAML."""
    # By way of JSON, or what is used twice would become an anchor.
    body = yaml.safe_dump(json.loads(json.dumps(document())), sort_keys=False, allow_unicode=True, width=110)
    return f"# Written by make openapi. Edit tools/openapi.py, the models or the template instead.\n{body}"


if __name__ == "__main__":
    DOCUMENT.write_text(text())
