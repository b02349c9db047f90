"""Functions of the sample API."""

import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

Event = dict[str, Any]


def echo(event: Event, context: Any) -> Event:  # noqa: ARG001 - Lambda's signature
    """Return the event and the environment that came with it."""
    return {"statusCode": 200, "body": json.dumps({"event": event, "environment": dict(os.environ)})}


def answer(event: Event, context: Any) -> Any:  # noqa: ARG001
    """Return what the body says, as the function's own result."""
    return json.loads(event["body"])


def fail(event: Event, context: Any) -> Any:  # noqa: ARG001
    """Fail in the way that the event's body, or the event of a direct invocation, names."""
    match event.get("body") or event["how"]:
        case "raise":
            raise KeyError("lost")
        case "hang":
            time.sleep(60)
        case "exit":
            sys.exit(3)
        case "quit":
            os._exit(0)
        case "kill":
            os.kill(os.getpid(), 9)
        case "object":
            return object()
        case "huge":
            return "x" * 7_000_000
    return {"statusCode": 200, "body": str(os.getpid())}


def wait(event: Event, context: Any) -> Event:  # noqa: ARG001
    """Meet another call: say hello at the address in the body, and return once it is answered."""
    host, port = event["body"].split(":")
    with socket.create_connection((host, int(port)), timeout=120) as connection:
        return {"statusCode": 200, "body": connection.recv(100).decode()}


def context(event: Event, context: Any) -> Event:  # noqa: ARG001
    """Return what the context says."""
    return {
        "aws_request_id": context.aws_request_id,
        "function_name": context.function_name,
        "memory_limit_in_mb": context.memory_limit_in_mb,
        "invoked_function_arn": context.invoked_function_arn,
        "remaining": context.get_remaining_time_in_millis(),
    }


def read(event: Event, context: Any) -> str:  # noqa: ARG001
    """Return what the file of this name holds; it is read once."""
    if event["name"] not in _FILES:
        _FILES[event["name"]] = (Path(__file__).parent / event["name"]).read_text()
    return _FILES[event["name"]]


_FILES: dict[str, str] = {}


def package(event: Event, context: Any) -> Any:  # noqa: ARG001
    """Return where the bytecode of an installed package is."""
    import httpx  # noqa: PLC0415

    return vars(httpx)["__cached__"]
