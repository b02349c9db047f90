"""The function itself, on a real DynamoDB API, as CloudWatch Logs calls it."""

import base64
import gzip
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.exceptions import ConnectionClosedError

from local.template.template import Template
from operation import environment
from record_usage import app
from tests.iam.policies import Permission, needed

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LogEvent = dict[str, Any]


class Context:
    """What the handler reads of Lambda's context."""

    aws_request_id = "request-1"
    function_name = "RecordUsageFunction"


def log_event(key_id: str, at: int, status: int = 200, **line: Any) -> LogEvent:
    """A line of the access log for a call at `at`, in milliseconds since 1970."""
    values = {"key_id": key_id, "organization_id": "org_one", "status": str(status), "time": str(at)}
    return {
        "id": f"{uuid.uuid4().int:056}",
        "timestamp": at + 20,
        "message": json.dumps({"request_id": "x"} | values | line),
    }


@dataclass
class Function:
    """Delivers batches, and breaks the writes that it is told to break."""

    used: set[Permission] = field(default_factory=set)
    _writes_until_fault: int | None = None
    _fault_after_the_write: bool = False

    def deliver(self, stream: str, events: list[LogEvent], group: str = "AccessLogs") -> dict[str, int]:
        data = {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": group,
            "logStream": stream,
            "subscriptionFilters": ["AccessLog"],
            "logEvents": events,
        }
        packed = base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()
        answer: dict[str, int] = app.handler({"awslogs": {"data": packed}}, Context())  # type: ignore[arg-type]
        return answer

    def break_write(self, number: int, *, after: bool) -> None:
        """Lose the connection at a write from now: before the store has it, or before its answer is here."""
        self._writes_until_fault, self._fault_after_the_write = number, after

    def heal(self) -> None:
        self._writes_until_fault = None

    def before_call(self, **call: Any) -> None:
        operation = call["model"].name
        self.used.update(needed(operation, json.loads(call["params"]["body"])))
        if operation in ("TransactWriteItems", "UpdateItem") and self._writes_until_fault is not None:
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
def function(template: Template, dynamodb: "DynamoDBClient") -> Iterator[Function]:
    function = Function()
    session = botocore.session.Session()
    session.register("before-call.dynamodb", function.before_call)
    session.register("after-call.dynamodb", function.after_call)
    variables = {
        **template.functions["RecordUsageFunction"].environment,
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


def _forget() -> None:
    # Connections are made once for a warm function, and here once for a module of tests.
    for made in (environment._dynamodb, environment.key_store, environment.usage_store):  # noqa: SLF001
        made.cache_clear()
