"""POST /leaks/github, which there is only with the parameter GithubKeysUrl. The protocol is GitHub's.

Owns its description: a signed body in place of a key, and labels as the answer.
https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program
"""

from typing import Any

from pydantic import TypeAdapter

from leaks.report_leak.github import IDENTIFIER, SIGNATURE, Match
from tools.openapi.answers import JSON
from tools.openapi.schemas import plain_schema

#: What the template needs for the route.
PARAMETERS = {"GithubKeysUrl": "https://api.github.com/meta/public_keys/secret_scanning"}
FUNCTION = "GithubLeakFunction"

_TEXT = {"type": "string"}
_LABEL = {
    "type": "object",
    "properties": {
        "token_hash": {"type": "string", "description": "The SHA-256 of the token."},
        "token_type": _TEXT,
        "label": {"enum": ["true_positive", "false_positive"]},
    },
    "required": ["token_hash", "token_type", "label"],
    "additionalProperties": False,
}
_MATCHES = [
    {
        "token": "sk_live_copia_ExampleKey01…",
        "type": "copia_api_key",
        "url": "https://github.com/octocat/Hello-World/blob/main/a.env",
        "source": "content",
    }
]
_LABELS = [{"token_hash": "0" * 64, "token_type": "copia_api_key", "label": "true_positive"}]


def described_report() -> dict[str, Any]:
    """The operation, all but its summary."""
    match = plain_schema(TypeAdapter(Match).json_schema())
    refused = {
        "schema": {"$ref": "#/components/schemas/Error"},
        "example": {"error": "The signature is not GitHub's."},
    }
    return {
        "operationId": "report_github_leak",
        "description": "Only with the parameter GithubKeysUrl. GitHub calls it, and signs the body.",
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": _TEXT, "description": text}
            for name, text in (
                (IDENTIFIER, "Which of GitHub's public keys made the signature."),
                (SIGNATURE, "The signature of the body: ECDSA on P-256 with SHA-256, in base64."),
            )
        ],
        "requestBody": {
            "required": True,
            "content": {
                JSON: {"schema": {"type": "array", "minItems": 1, "items": match}, "example": _MATCHES}
            },
        },
        "responses": {
            "200": {
                "description": "What OnLeak says is done to each key. A label for each match.",
                "content": {JSON: {"schema": {"type": "array", "items": _LABEL}, "example": _LABELS}},
            },
            "401": {"description": "GitHub did not sign this body.", "content": {JSON: refused}},
            **{
                status: {"$ref": f"#/components/responses/{status}"}
                for status in ("400", "413", "429", "503", "5XX")
            },
        },
    }
