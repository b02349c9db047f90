"""The usual way with boto3's Table resource."""

import os
from typing import Any

import boto3

from tests.benchmarks.usual import ATTRIBUTES, authorize

_TABLE = boto3.resource("dynamodb").Table(os.environ["KEY_TABLE"])


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer the policy for the key in `event`."""
    return authorize(event, _item)


def _item(key_id: str) -> Any:
    answer = _TABLE.get_item(Key={"id": key_id}, ConsistentRead=True, ProjectionExpression=ATTRIBUTES)
    return answer.get("Item")
