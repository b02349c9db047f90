"""The function itself, on a real DynamoDB API, fed with the key table's own stream as Lambda feeds it."""

import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from apikeys.history.store import HistoryStore
from history.record_history import app
from local.services.streams import Position, Record, plain
from local.template.template import Template
from operation import environment
from tests.integration.as_function import BreakingWrites, as_function

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Context:
    """What the handler reads of Lambda's context."""

    aws_request_id = "request-1"
    function_name = "RecordHistoryFunction"


class Function(BreakingWrites):
    """Delivers records, and breaks the write that it is told to break."""

    def __init__(self, position: Position, source: Any) -> None:
        super().__init__("PutItem")
        self._position = position
        self._source = source
        self.answers: list[dict[str, Any]] = []

    def written(self) -> list[Record]:
        """All that was written since the last call, except what the filter leaves out."""
        found: list[Record] = []
        while records := self._position.read(1000):
            self._position.leave_behind(records[-1])
            found += records
        return [json.loads(json.dumps(one, default=plain)) for one in found if self._source.passes(one)]

    def deliver(self, records: list[Record]) -> int:
        """Deliver once. Returns how many records the function has done, as Lambda understands it."""
        answer: dict[str, Any] = app.handler({"Records": records}, Context())  # type: ignore[arg-type]
        self.answers.append(answer)
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        failures = [numbers.index(one["itemIdentifier"]) for one in answer["batchItemFailures"]]
        return min(failures, default=len(records))


@pytest.fixture(scope="module")
def history_table(template: Template, dynamodb: "DynamoDBClient") -> str:
    """A separate table: a gateway on the same store keeps the history of the same keys."""
    [declared] = [table for table in template.tables if table["TableName"] == "HistoryTable"]
    own: Any = declared | {"TableName": f"HistoryTable-{uuid.uuid4().hex}"}
    dynamodb.create_table(**own)
    name: str = own["TableName"]
    return name


@pytest.fixture
def history(dynamodb: "DynamoDBClient", history_table: str) -> HistoryStore:
    return HistoryStore(dynamodb, history_table)


@pytest.fixture(scope="module")
def function(template: Template, dynamodb: "DynamoDBClient", history_table: str) -> Iterator[Function]:
    [source] = template.event_sources
    position = Position(dynamodb.meta.endpoint_url, template.region, source.table)
    function = Function(position, source)
    stores = (environment.history_store,)
    with as_function(
        "RecordHistoryFunction", template, dynamodb, function, stores, HISTORY_TABLE=history_table
    ):
        yield function
    position.close()
