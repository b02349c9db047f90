"""Needs what the gateway has and AWS does not."""

from typing import Any

import aiohttp


def handler(_event: object, _context: object) -> dict[str, Any]:
    """Answer, where AWS would not."""
    return {"statusCode": 200, "body": aiohttp.__name__}
