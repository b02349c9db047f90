"""The DynamoDB that local functions use: moto's, embedded in this process, or another one by its endpoint.

Owns the start of the embedded one, which keeps its items in memory, and the creation of the template's
tables.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from botocore.utils import is_valid_endpoint_url

from local.functions.environment import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from local.services.serial_server import SerialServer
from local.template.parameters import text
from local.template.template import Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# How long the end of the server may be waited for.
_POLL_S = 0.05

_EMBEDDED = threading.Lock()


@contextmanager
def dynamodb() -> Iterator[str]:
    """Yield the endpoint of the DynamoDB that DYNAMODB_ENDPOINT names, or else of an embedded one."""
    endpoint = os.environ.get("DYNAMODB_ENDPOINT")
    if endpoint and not _is_url(endpoint):
        sys.exit("DYNAMODB_ENDPOINT is not a URL. Write it as http://127.0.0.1:8000")
    if endpoint:
        yield endpoint
    else:
        with embedded_dynamodb() as embedded:
            yield embedded


@contextmanager
def embedded_dynamodb() -> Iterator[str]:
    """Serve an empty DynamoDB on loopback until the end of the block. Yields its endpoint URL.

    One at a time in a process: all that moto serves there has one memory, which is emptied here.
    """
    # moto takes seconds to import, and nothing but this server needs it.
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415
    from moto.moto_server.werkzeug_app import create_backend_app  # noqa: PLC0415

    from local.services import moto_tables  # noqa: PLC0415
    from local.services.embedded_streams import create_streams_app, prepare_iterators  # noqa: PLC0415

    if not _EMBEDDED.acquire(blocking=False):
        raise RuntimeError("This process serves an embedded DynamoDB already.")
    dynamodb_backends.reset()
    moto_tables.install()
    server = SerialServer(create_backend_app("dynamodb"), create_streams_app(), prepare_iterators)
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_S,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        _EMBEDDED.release()


def _is_url(endpoint: str) -> bool:
    """Whether the text is a URL that boto3 makes a client for; it takes no host name with an underscore."""
    try:
        url = urlsplit(endpoint)
        return url.scheme in ("http", "https") and url.port != 0 and is_valid_endpoint_url(endpoint)
    except ValueError:
        return False


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
