"""A module next to the template."""

from typing import Any


def handler(_event: object, _context: object) -> dict[str, Any]:
    """Answer."""
    return {"statusCode": 200, "body": "beside"}
