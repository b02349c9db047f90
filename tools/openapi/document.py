"""The document as a whole: the paths, and what they have in common."""

import json
from pathlib import Path
from typing import Any

import yaml

from apikeys.cookie import COOKIE, HEADER
from local.template.template import Template
from tools.openapi import leaks
from tools.openapi.answers import ERRORS, HEADERS, error
from tools.openapi.operations import KEYS, described_operation, guarded, routes
from tools.openapi.schemas import schemas

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "openapi.yaml"

#: The stack's output ApiUrl.
_DEPLOYED = {
    "url": "https://{api_id}.execute-api.{region}.amazonaws.com/live",
    "description": "a deployed stack",
    "variables": {
        "api_id": {"default": "a1b2c3d4e5", "description": "The id that API Gateway gave the API."},
        "region": {"default": "eu-central-1", "description": "The Region of the stack."},
    },
}

_DESCRIPTION = (
    "Organization-scoped API keys, and what they open. A call presents its key in one of two headers: "
    "`Authorization: Bearer KEY` or `x-api-key: KEY`. Where both are sent, `x-api-key` decides. "
    "The organization is that of the key, and no call can name another. "
    "People on the settings page call `/api/keys` and below, `/api/history` and `/api/usage` in a session: a "
    "cookie, which counts where no "
    f"key is sent. In a call that changes something, the header `{HEADER}` holds the session's id beside it. "
    'Every error is `{"error": "what is wrong and what to do"}`.'
)


def document() -> dict[str, Any]:
    """The OpenAPI document."""
    template = Template.load(ROOT / "template.yaml", leaks.PARAMETERS)
    backend: dict[str, Any] = yaml.safe_load((ROOT / "tools" / "runtime.yaml").read_text())
    paths: dict[str, dict[str, Any]] = {}
    for path, verb, function in sorted(routes(template)):
        paths.setdefault(path, {})[verb] = described_operation(template, path, verb, function)
    for path, operations in backend["paths"].items():
        paths[path] = {
            verb: guarded(operation, path, verb, operation.pop("errors"))
            for verb, operation in operations.items()
        }
    return {
        "openapi": "3.1.0",
        "info": {"title": "API keys", "version": "1.0", "description": _DESCRIPTION},
        "servers": [_DEPLOYED, {"url": "http://127.0.0.1:3000", "description": "make run"}],
        "security": KEYS,
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "x_api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
                "session_id": {"type": "apiKey", "in": "header", "name": HEADER},
            },
            "schemas": _all_schemas(backend["schemas"]),
            "responses": {status: error(status) for status in ERRORS},
            "headers": {
                name: {"description": text, "schema": {"type": "string"}} for name, text in HEADERS.items()
            },
        },
    }


def _all_schemas(of_backend: dict[str, Any]) -> dict[str, Any]:
    ours = schemas()
    if twice := ours.keys() & of_backend.keys():
        raise ValueError(f"tools/runtime.yaml names a schema that there is already: {', '.join(twice)}")
    return ours | of_backend


def text() -> str:
    """The document as YAML."""
    # By way of JSON, or what is used twice would become an anchor.
    body = yaml.safe_dump(json.loads(json.dumps(document())), sort_keys=False, allow_unicode=True, width=110)
    return f"# Written by make openapi. Edit tools/openapi, the models or the template instead.\n{body}"
