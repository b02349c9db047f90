"""A function that uses the store. Apart from the others, which start faster without boto3."""

import os
from decimal import Decimal
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - Lambda's signature
    """Write the event to the table, read it back, and return it with decimal numbers."""
    table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
    table.put_item(Item=event | {"count": Decimal(3), "ratio": Decimal("0.5")})
    item: dict[str, Any] = table.get_item(Key={"id": event["id"]}, ConsistentRead=True)["Item"]
    return item
