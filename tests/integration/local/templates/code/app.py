"""The functions of the templates in the folder above."""

import json
import os
from typing import Any


def echo(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer with the event and the environment."""
    names = ("DAY", "FLAG", "LIST", "QUEUE", "SECRET", "TABLE")
    environment = {name: os.environ[name] for name in names if name in os.environ}
    return {"statusCode": 200, "body": json.dumps({"event": event, "environment": environment})}


def allow(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Allow every call."""
    return _answer(event, "Allow")


def silent(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Allow something else."""
    return _answer({**event, "methodArn": "arn:aws:execute-api:*:*:*/*/GET/elsewhere"}, "Allow")


def with_key(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Allow, and name the caller's API key."""
    return _answer(event, "Allow") | {"usageIdentifierKey": event["headers"].get("x-caller", "")}


def nobody(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Allow, and do not say whom."""
    return {name: value for name, value in _answer(event, "Allow").items() if name != "principalId"}


def conditional(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Allow by a condition, which is not imitated."""
    answer = _answer(event, "Allow")
    answer["policyDocument"]["Statement"][0]["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    return answer


def _answer(event: dict[str, Any], effect: str) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": event["methodArn"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "somebody", "policyDocument": policy}
