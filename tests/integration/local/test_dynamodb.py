"""The embedded DynamoDB."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from local.dynamodb import client, create_tables
from local.template import Template
from tests.integration.local.conftest import SAMPLE, serve

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def sample_template() -> Template:
    return Template.load(SAMPLE / "template.yaml", {})


@pytest.fixture
def things(dynamodb_endpoint: str, sample_template: Template) -> Iterator["DynamoDBClient"]:
    dynamodb = client(dynamodb_endpoint, REGION)
    create_tables(dynamodb, sample_template)
    yield dynamodb
    dynamodb.delete_table(TableName="Things")
    dynamodb.close()


def put_new(dynamodb: "DynamoDBClient", owner: str) -> bool:
    try:
        dynamodb.put_item(
            TableName="Things",
            Item={"id": {"S": "one"}, "owner": {"S": owner}},
            ConditionExpression="attribute_not_exists(id)",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return False
    return True


def test_of_8_conditional_writes_at_once_one_wins(things: "DynamoDBClient") -> None:
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda owner: put_new(things, owner), "abcdefgh"))
    assert won.count(True) == 1
    item = things.get_item(TableName="Things", Key={"id": {"S": "one"}})["Item"]
    assert item["owner"]["S"] == "abcdefgh"[won.index(True)]


def test_tables_come_with_their_indexes_and_are_created_once(
    things: "DynamoDBClient", sample_template: Template
) -> None:
    create_tables(things, sample_template)
    table = things.describe_table(TableName="Things")["Table"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by_owner"]


def list_tables(endpoint: str, **headers: str) -> httpx.Response:
    call = {"x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0"}
    return httpx.post(endpoint, headers=call | headers, content=b"{}")


def test_a_connection_is_kept_open(dynamodb_endpoint: str) -> None:
    answer = list_tables(dynamodb_endpoint)
    assert answer.status_code == 200
    assert answer.http_version == "HTTP/1.1"
    assert answer.headers.get("connection") != "close"


def test_a_web_page_is_refused(dynamodb_endpoint: str) -> None:
    assert list_tables(dynamodb_endpoint, Origin="https://example.com").status_code == 403


def test_items_outlive_the_gateway_in_a_store_of_ones_own(sample: Path, things: "DynamoDBClient") -> None:
    endpoint = things.meta.endpoint_url
    with serve(sample / "template.yaml", DYNAMODB_ENDPOINT=endpoint) as gateway:
        assert gateway.invoke("StoreFunction", {"id": "kept"})[1] is None
    assert things.get_item(TableName="Things", Key={"id": {"S": "kept"}})["Item"]["id"] == {"S": "kept"}
