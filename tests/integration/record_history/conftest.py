"""The function itself, on a real DynamoDB API, fed with the key table's own stream as Lambda feeds it."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ConnectionClosedError

from apikeys.history_store import HistoryStore
from local.services.streams import Position, Record, plain
from local.template.template import Template
from operation import environment
from record_history import app

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Context:
    """What the handler reads of Lambda's context."""

    aws_request_id = "request-1"
    function_name = "RecordHistoryFunction"


@dataclass
class Function:
    """Delivers records, and breaks the write that it is told to break."""

    _position: Position
    _source: Any
    _writes_until_fault: int | None = None
    _fault_after_the_write: bool = False
    answers: list[dict[str, Any]] = field(default_factory=list)

    def written(self) -> list[Record]:
        """All that was written since it was asked last, but for what the filter leaves out."""
        found: list[Record] = []
        while records := self._position.read(1000):
            self._position.leave_behind(records[-1])
            found += records
        return [json.loads(json.dumps(one, default=plain)) for one in found if self._source.passes(one)]

    def deliver(self, records: list[Record]) -> int:
        """Deliver once. Answers how many records the function has done, as Lambda understands it."""
        answer: dict[str, Any] = app.handler({"Records": records}, Context())  # type: ignore[arg-type]
        self.answers.append(answer)
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        failures = [numbers.index(one["itemIdentifier"]) for one in answer["batchItemFailures"]]
        return min(failures, default=len(records))

    def break_write(self, number: int, *, after: bool) -> None:
        """Lose the connection at a write from now: before the store has it, or before its answer is here."""
        self._writes_until_fault, self._fault_after_the_write = number, after

    def heal(self) -> None:
        self._writes_until_fault = None

    def before_call(self, **call: Any) -> None:
        if call["model"].name == "PutItem" and self._writes_until_fault is not None:
            self._writes_until_fault -= 1
            if not self._fault_after_the_write:
                self._fail_when_due()

    def after_call(self, **_: Any) -> None:
        if self._fault_after_the_write:
            self._fail_when_due()

    def _fail_when_due(self) -> None:
        if self._writes_until_fault is not None and self._writes_until_fault < 0:
            self._writes_until_fault = None
            raise ConnectionClosedError(endpoint_url="http://store")


@pytest.fixture(scope="module")
def history_table(template: Template, dynamodb: "DynamoDBClient") -> str:
    """One of its own: a gateway on the same store keeps the history of the same keys."""
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
    session = botocore.session.Session()
    session.register("before-call.dynamodb", function.before_call)
    session.register("after-call.dynamodb", function.after_call)
    variables = {
        **template.functions["RecordHistoryFunction"].environment,
        "HISTORY_TABLE": history_table,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb.meta.endpoint_url,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        # Where the function gets its client from.
        patch.setattr(botocore.session, "get_session", lambda: session)
        _forget()
        yield function
        environment._dynamodb().close()  # noqa: SLF001 - as at the end of a process
        _forget()
    position.close()


def _forget() -> None:
    # Connections are made once for a warm function, and here once for a module of tests.
    for made in (environment._dynamodb, environment.history_store):  # noqa: SLF001
        made.cache_clear()
