"""Needs the layer."""

from typing import Any

from shared import GREETING  # type: ignore[import-not-found]


def handler(_event: object, _context: object) -> dict[str, Any]:
    """Say what the layer says."""
    return {"statusCode": 200, "body": GREETING}
