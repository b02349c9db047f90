"""The template's tables, in any DynamoDB.

Owns their creation, and the credentials by which local programs call DynamoDB.
"""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local.functions.environment import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from local.template.parameters import text
from local.template.template import Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def client(endpoint: str, region: str) -> "DynamoDBClient":
    """A client of the DynamoDB at `endpoint`, with the credentials that local functions have."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )


def create_tables(dynamodb: "DynamoDBClient", template: Template) -> list[str]:
    """Create those tables of the template that are missing. Raises BotoCoreError or ClientError.

    Returns a line for each table that cannot be made: the rest is served without it.
    """
    existing: set[str] = set()
    for page in dynamodb.get_paginator("list_tables").paginate():
        existing.update(page["TableNames"])
    shape = dynamodb.meta.service_model.operation_model("CreateTable").input_shape
    lines = []
    for table in template.tables:
        if table["TableName"] not in existing:
            try:
                arguments: dict[str, Any] = _coerced(shape, table)
                dynamodb.create_table(**arguments)
            except (BotoCoreError, ClientError, AttributeError, TypeError, ValueError) as error:
                reason = " ".join(str(error).split())
                lines.append(f"Table {table['TableName']} is not there: {reason}")
    return lines


def _coerced(shape: Any, value: Any) -> Any:  # noqa: ANN401 - a shape of botocore, any value
    """A property's value as the call takes it: CloudFormation makes numbers and booleans of texts."""
    match shape.type_name:
        case "structure":
            return {
                name: _coerced(shape.members[name], one)
                for name, one in value.items()
                # Some properties exist only in CloudFormation.
                if name in shape.members
            }
        case "list":
            return [_coerced(shape.member, one) for one in value]
        case "integer" | "long":
            return int(value)
        case "boolean":
            return text(value).lower() == "true"
        case "string":
            return text(value)
    return value
