"""Needs what its requirements.txt names."""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

import yaml


def handler(_event: object, _context: object) -> dict[str, Any]:
    """Answer with facts about its own package, and about one of the gateway's."""
    try:
        version("aiohttp")
    except PackageNotFoundError:
        return {"statusCode": 200, "body": yaml.safe_dump({"own": bool(version("pyyaml"))})}
    return {"statusCode": 200, "body": "aiohttp is seen"}
