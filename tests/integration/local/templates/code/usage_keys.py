"""API Gateway's own calls about keys of usage plans, made as a function makes them."""

import json
from typing import Any

import boto3
from botocore.exceptions import ClientError


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Make the call that the body names: the answer, or the status and kind of the error."""
    call, arguments = json.loads(event["body"])
    client = boto3.client("apigateway")
    try:
        answer = getattr(client, call)(**arguments)
    except ClientError as error:
        status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
        return {"statusCode": status, "body": json.dumps(code)}
    answer.pop("ResponseMetadata")
    return {"statusCode": 200, "body": json.dumps(answer)}
