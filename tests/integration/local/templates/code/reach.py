"""What a function reaches: packages, AWS's services, its context."""

import json
import os
from typing import Any

import boto3


def lazy(_event: object, _context: object) -> dict[str, Any]:
    """Need what is not there, only now."""
    import aiohttp  # noqa: PLC0415 - the case

    return {"statusCode": 200, "body": aiohttp.__name__}


def tools(_event: object, _context: object) -> dict[str, Any]:
    """Need what AWS's layer brings."""
    from aws_lambda_powertools import Logger  # noqa: PLC0415 - the layer is this function's alone

    return {"statusCode": 200, "body": Logger.__name__}


def queue(_event: object, _context: object) -> dict[str, Any]:
    """Send to a queue."""
    try:
        boto3.client("sqs").send_message(QueueUrl="https://sqs/1/q", MessageBody="x")
    except Exception as error:  # noqa: BLE001 - it is the answer
        return {"statusCode": 200, "body": str(error)}
    return {"statusCode": 200, "body": "sent"}


def invoke(_event: object, _context: object) -> dict[str, Any]:
    """Call another function."""
    answer = boto3.client("lambda").invoke(FunctionName="Packaged", Payload=b"{}")
    return {"statusCode": 200, "body": json.load(answer["Payload"])["body"]}


def context(_event: object, context: Any) -> dict[str, Any]:
    """Answer with all that the context has."""
    known = {name: str(value) for name, value in vars(context).items()}
    known |= {"text": repr(context), "trace": os.environ["_X_AMZN_TRACE_ID"]}
    known["pool"] = str(context.identity.cognito_identity_pool_id)
    context.log("logged\n")
    return {"statusCode": 200, "body": json.dumps(known)}
