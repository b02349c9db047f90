"""The usual way with boto3's client."""

import os
from typing import Any

import boto3

from tests.benchmarks.usual import ATTRIBUTES, authorize

_CLIENT = boto3.client("dynamodb")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer the policy for the key in `event`."""
    return authorize(event, _item)


def _item(key_id: str) -> dict[str, Any]:
    answer = _CLIENT.get_item(
        TableName=os.environ["KEY_TABLE"],
        Key={"id": {"S": key_id}},
        ConsistentRead=True,
        ProjectionExpression=ATTRIBUTES,
    )
    return {name: value["S"] for name, value in answer.get("Item", {}).items()}
