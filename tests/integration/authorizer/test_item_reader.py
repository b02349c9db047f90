"""The reader on a real DynamoDB API: moto's server, and DynamoDB Local where DYNAMODB_ENDPOINT names one."""

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING
from uuid import uuid4

import boto3
import pytest
from moto.server import ThreadedMotoServer

from authorizer.dynamodb import ItemReader, StoreError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ITEM = {
    "id": "key_0123456789AB",
    "digest": "sha256:" + "0" * 64,
    "organization_id": "org_acme",
    "scopes": "runtime keys",
    "revoked_at": "2026-01-01T00:00:00.000Z",
}


@pytest.fixture(scope="module")
def environ() -> Iterator[dict[str, str]]:
    """A function's environment, in which DynamoDB is on this machine."""
    server = None
    url = os.environ.get("DYNAMODB_ENDPOINT")
    if url is None:
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        url = "http://{}:{}".format(*server.get_host_and_port())
    yield {
        "AWS_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL_DYNAMODB": url,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "token",
    }
    if server:
        server.stop()


@pytest.fixture
def client(environ: dict[str, str]) -> Iterator["DynamoDBClient"]:
    client = boto3.client(
        "dynamodb",
        region_name=environ["AWS_REGION"],
        endpoint_url=environ["AWS_ENDPOINT_URL_DYNAMODB"],
        aws_access_key_id=environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environ["AWS_SECRET_ACCESS_KEY"],
    )
    yield client
    client.close()


@pytest.fixture
def table(client: "DynamoDBClient") -> Iterator[str]:
    name = f"Keys-{uuid4()}"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    yield name
    client.delete_table(TableName=name)


@pytest.fixture
def reader(environ: dict[str, str], table: str) -> Iterator[ItemReader]:
    with contextlib.closing(ItemReader(table, environ)) as reader:
        yield reader


def put(client: "DynamoDBClient", table: str, **attributes: str) -> None:
    client.put_item(TableName=table, Item={name: {"S": text} for name, text in attributes.items()})


def test_an_item_is_read(client: "DynamoDBClient", reader: ItemReader, table: str) -> None:
    put(client, table, **ITEM)
    assert reader.get("id", ITEM["id"]) == ITEM


def test_only_what_the_authorizer_needs_is_read(
    client: "DynamoDBClient", reader: ItemReader, table: str
) -> None:
    put(client, table, **ITEM, name="the customer's own text", created_by="iam")
    assert reader.get("id", ITEM["id"]) == ITEM


def test_an_attribute_that_the_item_lacks_is_left_out(
    client: "DynamoDBClient", reader: ItemReader, table: str
) -> None:
    put(client, table, id="key_1", digest="x")
    assert reader.get("id", "key_1") == {"id": "key_1", "digest": "x"}


def test_a_missing_item_is_reported_as_missing(reader: ItemReader) -> None:
    assert reader.get("id", "key_1") is None


@pytest.mark.parametrize("value", ['"}', "\\", "é", "\u2028", "\x00", "x" * 2000])
def test_any_text_is_looked_up_as_it_is(
    client: "DynamoDBClient", reader: ItemReader, table: str, value: str
) -> None:
    put(client, table, id=value)
    assert reader.get("id", value) == {"id": value}


def test_what_is_written_between_two_reads_is_seen(
    client: "DynamoDBClient", reader: ItemReader, table: str
) -> None:
    put(client, table, id="key_1")
    reader.get("id", "key_1")
    put(client, table, id="key_1", revoked_at="2026-01-01T00:00:00.000Z")
    assert reader.get("id", "key_1") == {"id": "key_1", "revoked_at": "2026-01-01T00:00:00.000Z"}


def test_an_attribute_that_is_not_a_string_is_an_error(
    client: "DynamoDBClient", reader: ItemReader, table: str
) -> None:
    client.put_item(TableName=table, Item={"id": {"S": "key_1"}, "revoked_at": {"BOOL": True}})
    with pytest.raises(StoreError, match="not an item of strings"):
        reader.get("id", "key_1")


def test_a_table_that_does_not_exist_is_an_error(environ: dict[str, str]) -> None:
    with (
        contextlib.closing(ItemReader("NoSuchTable", environ)) as reader,
        pytest.raises(StoreError, match="400 ResourceNotFoundException"),
    ):
        reader.get("id", "key_1")
