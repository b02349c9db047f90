"""GET /api/runtime/capabilities: what the caller's key can do here."""

import json
from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, object]:
    """Answer the organization, the key and its scopes, as the authorizer vouches for them, and the tools."""
    caller = event["requestContext"]["authorizer"]
    body = {
        "organization_id": caller["organization_id"],
        "key_id": caller["key_id"],
        "scopes": caller["scopes"].split(),
        "tools": [],
    }
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
