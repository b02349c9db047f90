"""The routes of template.yaml, each as one operation.

Owns who may call an operation, and which errors it can return.
"""

import importlib
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, get_type_hints

from apikeys import scope
from apikeys.cookie import HEADER
from local.template.function import function_name
from local.template.template import Template
from operation.input.model import Input
from tools.openapi import leaks
from tools.openapi.answers import ANSWERS, SENT, SESSION_ALONE, WAYS_IN, success
from tools.openapi.fields import sent_fields

_VERBS = ("get", "post", "patch", "delete")
KEYS: list[dict[str, list[str]]] = [{"bearer": []}, {"x_api_key": []}]
_EVERYWHERE = ("401", "403", "429", "503", "5XX")


def routes(template: Template) -> Iterator[tuple[str, str, str]]:
    """Path, verb and function of every route with exactly one call."""
    for path, methods in template.api.body["paths"].items():
        for verb in _VERBS:
            if verb in methods:
                uri = methods[verb]["x-amazon-apigateway-integration"]["uri"]
                yield path, verb, function_name(uri.removesuffix("/invocations"))


def described_operation(template: Template, path: str, verb: str, function: str) -> dict[str, Any]:
    """What the function behind a route takes and answers."""
    module = importlib.import_module(template.functions[function].handler.rpartition(".")[0])
    summary = " ".join((module.__doc__ or "").partition("\n\n")[0].split()).partition(": ")[2]
    described: dict[str, Any] = {
        "operationId": module.__name__.split(".")[-2] + ("_file" if path.endswith("{file}") else ""),
        "summary": summary[0].upper() + summary[1:],
    }
    if function == leaks.FUNCTION:
        return described | leaks.described_report()
    if function in WAYS_IN:
        name = function.removesuffix("Function")
        described["operationId"] = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        return described | _way_in(module.handler, path, verb, function)
    if function not in ANSWERS:
        return described | _public(path)
    answer = ANSWERS[function]
    described |= sent_fields(_model(module.handler), path, verb, SENT.get(function))
    described["responses"] = {str(answer.status): success(answer)}
    described = guarded(described, path, verb, ("400", *answer.errors, "413"))
    in_session: dict[str, list[str]] = {"session": []} if verb == "get" else {"session": [], "session_id": []}
    if function in SESSION_ALONE:
        described["description"] = "For people who signed in on the settings page: a key gets 404."
        return described | {"security": [in_session]}
    if scope.ScopeTable().on(scope.OWN_API).needed(verb.upper() + path) != scope.KEYS:
        return described
    return described | {"security": [*KEYS, in_session]}


def _model(handler: Callable[..., object]) -> type[Input]:
    hints = get_type_hints(inspect.unwrap(handler))
    model: type[Input] = hints.get("wanted") or hints["_wanted"]
    return model


def _way_in(handler: Callable[..., object], path: str, verb: str, function: str) -> dict[str, Any]:
    """An operation that anybody may call; the settings page is known by the header that it sends."""
    answer = WAYS_IN[function]
    described: dict[str, Any] = {
        "security": [],
        **sent_fields(_model(handler), path, verb, SENT.get(function)),
    }
    if verb != "get":
        header = {"name": HEADER, "in": "header", "required": True, "schema": {"type": "string"}}
        described["parameters"] = [header | {"example": "sign-in"}]
    described["responses"] = {str(answer.status): success(answer)}
    for status in (*answer.errors, "429", "5XX"):
        described["responses"][status] = {"$ref": f"#/components/responses/{status}"}
    return described


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


def guarded(operation: dict[str, Any], path: str, verb: str, errors: Iterable[str]) -> dict[str, Any]:
    """The operation, with the scope that it needs and all errors that it may meet."""
    needed = scope.ScopeTable().on(scope.OWN_API).needed(verb.upper() + path)
    operation["description"] = f"Needs a key with the scope `{needed}`."
    for status in sorted({*errors, *_EVERYWHERE}):
        operation["responses"][status] = {"$ref": f"#/components/responses/{status}"}
    return operation
