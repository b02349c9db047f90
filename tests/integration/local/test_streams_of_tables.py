"""A table's stream, as the gateway reads it from either store."""

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from local.services.streams import Position, Record
from local.template.event_source import EventSource
from local.template.parameters import TemplateError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def table(dynamodb: "DynamoDBClient") -> str:
    name = f"Streamed-{uuid.uuid4().hex}"
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return name


@pytest.fixture
def position(dynamodb: "DynamoDBClient", table: str) -> Iterator[Position]:
    dynamodb.put_item(TableName=table, Item={"id": {"S": "written before"}})
    position = Position(dynamodb.meta.endpoint_url, REGION, table)
    yield position
    position.close()


def put(table: str, key: str, *, new: bool = False) -> Any:
    condition = {"ConditionExpression": "attribute_not_exists(id)"} if new else {}
    return {"Put": {"TableName": table, "Item": {"id": {"S": key}}, **condition}}


def ids(records: list[Record]) -> list[str]:
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in records]


def test_new_records_are_read_in_order_and_again_until_they_are_acknowledged(
    dynamodb: "DynamoDBClient", table: str, position: Position
) -> None:
    assert position.read(10) == []
    keys = [uuid.uuid4().hex for _ in range(5)]
    for key in keys:
        dynamodb.put_item(TableName=table, Item={"id": {"S": key}})
    assert ids(position.read(3)) == ids(position.read(3)) == keys[:3]
    position.leave_behind(position.read(3)[1])
    assert ids(position.read(10)) == keys[2:]
    position.leave_behind(position.read(10)[-1])
    assert position.read(10) == []


def test_a_transaction_that_failed_is_not_in_the_stream_and_the_next_write_is(
    dynamodb: "DynamoDBClient", table: str, position: Position
) -> None:
    taken, never, after = (uuid.uuid4().hex for _ in range(3))
    dynamodb.transact_write_items(TransactItems=[put(table, taken)])
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[put(table, never), put(table, taken, new=True)])
    assert ids(position.read(10)) == [taken]
    dynamodb.transact_write_items(TransactItems=[put(table, after)])
    assert ids(position.read(10)) == [taken, after]
    position.leave_behind(position.read(10)[-1])
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException):
        dynamodb.transact_write_items(TransactItems=[put(table, never), put(table, taken, new=True)])
    assert position.read(10) == []


def test_a_record_has_the_item_before_and_after(
    dynamodb: "DynamoDBClient", table: str, position: Position
) -> None:
    key = uuid.uuid4().hex
    for color in ("red", "blue"):
        dynamodb.put_item(TableName=table, Item={"id": {"S": key}, "color": {"S": color}})
    dynamodb.delete_item(TableName=table, Key={"id": {"S": key}})
    made, changed, gone = position.read(10)
    assert [one["eventName"] for one in (made, changed, gone)] == ["INSERT", "MODIFY", "REMOVE"]
    assert "OldImage" not in made["dynamodb"]
    assert changed["dynamodb"]["OldImage"]["color"] == {"S": "red"}
    assert changed["dynamodb"]["NewImage"]["color"] == {"S": "blue"}
    assert "NewImage" not in gone["dynamodb"]


def test_a_table_without_a_stream_has_no_place_to_read_from(dynamodb: "DynamoDBClient") -> None:
    position = Position(dynamodb.meta.endpoint_url, REGION, "UsageTable")
    assert position.arn is None
    assert position.read(10) == []
    position.close()


def source(pattern: str, arn: str = "arn:aws:dynamodb:x:1:table/Things/stream/latest") -> EventSource:
    properties = {
        "EventSourceArn": arn,
        "FunctionName": "Echo",
        "FilterCriteria": {"Filters": [{"Pattern": pattern}]},
    }
    return EventSource.of("Source", properties)


@pytest.mark.parametrize(
    ("pattern", "passes"),
    [
        ('{"dynamodb": {"NewImage": {"a": {"S": ["x", "y"]}}}}', True),
        ('{"dynamodb": {"NewImage": {"a": {"S": ["z"]}}}}', False),
        ('{"dynamodb": {"OldImage": {"a": {"S": ["x"]}}}}', False),
        ('{"dynamodb": {"NewImage": {"a": {"S": ["x"]}, "b": {"S": ["x"]}}}}', False),
    ],
)
def test_a_filter_lets_equal_texts_through(pattern: str, *, passes: bool) -> None:
    record = {"dynamodb": {"NewImage": {"a": {"S": "x"}}}}
    assert source(pattern).passes(record) == passes
    assert source(pattern).table == "Things"


@pytest.mark.parametrize("pattern", ['{"dynamodb": {"a": [{"exists": false}]}}', '{"dynamodb": "x"}'])
def test_a_filter_of_another_form_is_reported(pattern: str) -> None:
    with pytest.raises(TemplateError, match="of this form is not imitated"):
        source(pattern)


def test_a_source_that_is_not_a_tables_stream_is_reported() -> None:
    with pytest.raises(TemplateError, match="not the stream of a table"):
        source("{}", "arn:aws:sqs:x:1:Queue")
