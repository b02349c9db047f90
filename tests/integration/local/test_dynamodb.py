"""The embedded DynamoDB."""

import http.client
import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from local.services.dynamodb.process import dynamodb
from local.services.dynamodb.serial_server import SerialServer
from local.services.dynamodb.tables import client, create_tables
from local.template.template import Template
from tests.integration.local.conftest import PATIENCE_S, SAMPLE, serve
from tests.served import served

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "eu-central-1"

of_the_embedded_one = pytest.mark.skipif(
    "DYNAMODB_ENDPOINT" in os.environ, reason="DYNAMODB_ENDPOINT names another store than the embedded one"
)


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


def test_a_failed_transaction_changes_nothing(things: "DynamoDBClient") -> None:
    for name in ("one", "two"):
        things.put_item(TableName="Things", Item={"id": {"S": name}, "owner": {"S": "before"}})
    operations: list[Any] = [
        {
            "Update": {
                "TableName": "Things",
                "Key": {"id": {"S": "one"}},
                "UpdateExpression": "SET #o = :o",
                "ExpressionAttributeNames": {"#o": "owner"},
                "ExpressionAttributeValues": {":o": {"S": "after"}},
            }
        },
        {"Delete": {"TableName": "Things", "Key": {"id": {"S": "two"}}}},
        {"Put": {"TableName": "Things", "Item": {"id": {"S": "three"}}}},
        {
            "ConditionCheck": {
                "TableName": "Things",
                "Key": {"id": {"S": "four"}},
                "ConditionExpression": "attribute_exists(id)",
            }
        },
    ]
    with pytest.raises(things.exceptions.TransactionCanceledException):
        things.transact_write_items(TransactItems=operations)
    items = sorted((item["id"]["S"], item["owner"]["S"]) for item in things.scan(TableName="Things")["Items"])
    assert items == [("one", "before"), ("two", "before")]


def test_a_read_shows_the_attributes_that_it_asks_for(things: "DynamoDBClient") -> None:
    item = {
        "id": {"S": "one"},
        "parts": {"M": {"a": {"N": "1"}, "b": {"L": [{"BOOL": True}]}}},
        "bytes_": {"B": b"\xff"},
    }
    things.put_item(TableName="Things", Item=item | {"owner": {"S": "nobody"}})  # type: ignore[arg-type]
    key = {"id": {"S": "one"}}
    shown = things.get_item(TableName="Things", Key=key, ProjectionExpression="id,parts,bytes_,absent")
    assert shown["Item"] == item
    shown = things.get_item(TableName="Things", Key=key, ProjectionExpression="parts.a")
    assert shown["Item"] == {"parts": {"M": {"a": {"N": "1"}}}}


def test_a_value_of_every_kind_is_read_as_it_was_written(things: "DynamoDBClient") -> None:
    plain = {
        "s": {"S": ""},
        "n": {"N": "-12.5"},
        "bool": {"BOOL": False},
        "null": {"NULL": True},
        "ss": {"SS": ["a", "b"]},
        "ns": {"NS": ["1", "2"]},
        "m": {"M": {}},
        "l": {"L": []},
    }
    bytes_ = {"b": {"B": b"\xff\x00"}, "bs": {"BS": [b"\x01", b"\x02"]}}
    nested = {"within": {"L": [{"M": plain}, {"M": bytes_}, {"L": [{"B": b""}]}]}}
    item: Any = {"id": {"S": "one"}} | plain | bytes_ | nested
    things.put_item(TableName="Things", Item=item)
    assert things.get_item(TableName="Things", Key={"id": {"S": "one"}})["Item"] == item
    assert things.scan(TableName="Things")["Items"] == [item]


@pytest.mark.parametrize(
    "endpoint",
    ["http://", "http://127.0.0.1:99999", "http://[::1", "127.0.0.1:8000", "http://dynamodb_local:8000"],
)
def test_an_endpoint_that_is_not_a_url_is_rejected_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("DYNAMODB_ENDPOINT", endpoint)
    with pytest.raises(SystemExit, match="DYNAMODB_ENDPOINT is not a URL"), dynamodb() as endpoint_url:
        endpoint_url()


def test_of_8_concurrent_conditional_writes_one_wins(things: "DynamoDBClient") -> None:
    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(lambda owner: put_new(things, owner), "abcdefgh"))
    assert won.count(True) == 1
    item = things.get_item(TableName="Things", Key={"id": {"S": "one"}})["Item"]
    assert item["owner"]["S"] == "abcdefgh"[won.index(True)]


def test_a_transaction_that_is_sent_again_with_its_token_is_done_once(things: "DynamoDBClient") -> None:
    put: Any = {
        "Put": {
            "TableName": "Things",
            "Item": {"id": {"S": "one"}},
            "ConditionExpression": "attribute_not_exists(id)",
        }
    }
    for _ in range(2):
        things.transact_write_items(TransactItems=[put], ClientRequestToken="token-one")
    with pytest.raises(things.exceptions.TransactionCanceledException):
        things.transact_write_items(TransactItems=[put], ClientRequestToken="token-two")


def test_concurrent_requests_are_served_one_at_a_time() -> None:
    at_once = [0]

    def application(_: object, start_response: "StartResponse") -> list[bytes]:
        at_once.append(at_once[-1] + 1)
        time.sleep(0.02)
        at_once.append(at_once[-1] - 1)
        start_response("200 OK", [])
        return []

    with served(server := SerialServer(application)), ThreadPoolExecutor() as threads:
        url = f"http://127.0.0.1:{server.server_port}"
        answers = [threads.submit(httpx.post, url) for _ in range(3)]
        assert [answer.result().status_code for answer in answers] == [200] * 3
    assert max(at_once) == 1


def test_tables_come_with_their_indexes_and_are_created_once(
    things: "DynamoDBClient", sample_template: Template
) -> None:
    create_tables(things, sample_template)
    table = things.describe_table(TableName="Things")["Table"]
    assert [index["IndexName"] for index in table["GlobalSecondaryIndexes"]] == ["by_owner"]


CALL = {"x-amz-target": "DynamoDB_20120810.ListTables", "content-type": "application/x-amz-json-1.0"}


@of_the_embedded_one
def test_a_connection_is_kept_open(dynamodb_endpoint: str) -> None:
    address = urlsplit(dynamodb_endpoint)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE_S)
    connection.connect()
    own_port = connection.sock.getsockname()[1]
    for _ in range(20):
        connection.request("POST", "/", body=b"{}", headers=CALL)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read()).keys()) == (200, {"TableNames"})
        assert connection.sock.getsockname()[1] == own_port
    connection.close()


@of_the_embedded_one
def test_a_web_page_is_refused(dynamodb_endpoint: str) -> None:
    answer = httpx.post(dynamodb_endpoint, headers=CALL | {"Origin": "https://example.com"}, content=b"{}")
    assert answer.status_code == 403


def test_items_outlive_the_gateway_in_your_own_store(sample: Path, things: "DynamoDBClient") -> None:
    endpoint = things.meta.endpoint_url
    with serve(sample / "template.yaml", DYNAMODB_ENDPOINT=endpoint) as gateway:
        assert gateway.invoke("StoreFunction", {"id": "kept"})[1] is None
    assert things.get_item(TableName="Things", Key={"id": {"S": "kept"}})["Item"]["id"] == {"S": "kept"}
