"""The function itself, on a real DynamoDB API, as CloudWatch Logs calls it."""

import base64
import gzip
import json
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from local.template.template import Template
from operation import environment
from tests.iam.policies import Permission, needed
from tests.integration.as_function import BreakingWrites, as_function
from usage.record_usage import app

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


class Function(BreakingWrites):
    """Delivers batches, and breaks the writes that it is told to break."""

    def __init__(self) -> None:
        super().__init__("TransactWriteItems", "UpdateItem")
        self.used: set[Permission] = set()

    def start_again(self) -> None:
        """Be another process, which knows nothing of what this one wrote."""
        environment.usage_store.cache_clear()
        app._last_uses.cache_clear()  # noqa: SLF001

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

    def before_call(self, **call: Any) -> None:
        self.used.update(needed(call["model"].name, json.loads(call["params"]["body"])))
        super().before_call(**call)


@pytest.fixture(scope="module")
def function(template: Template, dynamodb: "DynamoDBClient") -> Iterator[Function]:
    function = Function()
    stores = (environment.key_store, environment.usage_store, app._last_uses)  # noqa: SLF001
    with as_function("RecordUsageFunction", template, dynamodb, function, stores):
        yield function
