"""Prints what a subscription filter delivers, and that it is ready to."""

import base64
import gzip
import json
from typing import Any

print("The subscriber is ready")  # noqa: T201 - what a test waits for


def handler(event: dict[str, Any], context: Any) -> None:  # noqa: ARG001 - Lambda's signature
    """Print the lines, an event at a time."""
    data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    lines = [line["message"] for line in data["logEvents"]]
    print(f"Delivered {len(lines)}: {lines[0]}")  # noqa: T201
