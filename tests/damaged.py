"""A store whose answers are damaged on their way."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from tests.integration.authorizer.scripted_store import Answer, ScriptedStore, response, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

# More than any test asks for: after its script, the store answers well.
_ANSWERS = 10

_OF_ANOTHER_BODY = send(response(b"{}", crc32=1))


@contextmanager
def damaged(answer: Answer = _OF_ANOTHER_BODY) -> "Iterator[DynamoDBClient]":
    """A client that gets `answer` to every call, or one with another body's checksum; it looks at it once."""
    store = ScriptedStore(*[answer] * _ANSWERS)
    client = boto3.client(
        "dynamodb",
        endpoint_url=f"http://127.0.0.1:{store.port}",
        region_name="eu-central-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )
    try:
        yield client
    finally:
        client.close()
        store.stop()
