"""Where a call carries the fields of its function's model: in the path, the query or the body."""

from collections.abc import Mapping
from typing import Any

from operation.input.model import Input
from tools.openapi.answers import JSON
from tools.openapi.examples import KEY
from tools.openapi.schemas import plain_schema


def sent_fields(model: type[Input], path: str, verb: str, example: object) -> dict[str, Any]:
    """The model's fields, each where a call of this kind carries it."""
    schema = plain_schema(model.model_json_schema())
    parts = schema.pop("$defs", {})
    fields: dict[str, Any] = {name: _whole(field, parts) for name, field in schema["properties"].items()}
    schema["properties"] = fields
    in_path = {name: fields.pop(name) for name in list(fields) if f"{{{name}}}" in path}
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": field, "example": KEY.id}
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
        content = {JSON: {"schema": schema, "example": example}}
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
