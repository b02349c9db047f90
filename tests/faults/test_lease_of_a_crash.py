"""A process is killed while it runs a tool: the lease of that execution ends, and not before its time."""

import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest

from backend.caller import Caller
from backend.errors import TooManyError
from backend.execution import SPARE_SECONDS
from backend.leases import Leases
from backend.table import Table
from local.template.template import Template
from tests.integration.runtime.conftest import PATIENCE_S, identity, running

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ARGUMENTS = {"to": 3, "interval_ms": 60_000}
SECONDS = 120


def test_the_lease_of_a_killed_process_is_free_when_its_execution_would_have_ended(
    template: Template, dynamodb: "DynamoDBClient"
) -> None:
    headers = identity("org_crash", "key_Crash0000000") | {"Accept": "text/event-stream"}
    before = datetime.now(UTC)
    with (
        running(template, dynamodb.meta.endpoint_url) as backend,
        httpx.Client(base_url=backend.url, headers=headers, timeout=PATIENCE_S) as client,
    ):
        session = client.post("/api/runtime/sessions").json()["id"]
        path, body = f"/api/runtime/sessions/{session}/executions", {"tool": "count", "arguments": ARGUMENTS}
        with pytest.raises(httpx.RemoteProtocolError), client.stream("POST", path, json=body) as stream:  # noqa: PT012
            lines = stream.iter_lines()
            assert next(lines) == "event: output"
            backend.signal(signal.SIGKILL)
            list(lines)
    after = datetime.now(UTC)

    table = Table(dynamodb, template.functions["RuntimeFunction"].environment["SESSION_TABLE"])
    leases = Leases(table, per_key=1, per_organization=1)
    caller = Caller("org_crash", "key_Crash0000000", ("runtime",))
    held = timedelta(seconds=SECONDS + SPARE_SECONDS)
    with pytest.raises(TooManyError):
        leases.take(caller, "exec_early", SECONDS, before + held)
    leases.take(caller, "exec_later", SECONDS, after + held + timedelta(seconds=1))
