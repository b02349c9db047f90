"""The function that records the history dies at each of its calls to AWS, and its batch comes again."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from apikeys.history.store import HistoryStore
from apikeys.keys.store import KeyStore
from local.services.streams import Position, plain
from local.template.template import Template
from tests.acknowledged import Organization
from tests.e2e.fault_proxy import FaultProxy, stopping_at_call
from tests.faults.processes import PATIENCE_S, start
from tests.served import served

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FUNCTION = "RecordHistoryFunction"


class Bus(BaseHTTPRequestHandler):
    """EventBridge, which takes every event; `heard` counts them by id."""

    heard: ClassVar[Counter[str]] = Counter()
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.update(json.loads(entry["Detail"])["id"] for entry in request["Entries"])
        answer = json.dumps({"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


def ids(own: Organization, history: HistoryStore) -> set[str]:
    return {event["id"] for event in history.of_organization(own.id, None, 100, None).events}


@pytest.fixture
def bus() -> Iterator[FaultProxy]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bus)
    with served(server), closing(FaultProxy(f"http://127.0.0.1:{server.server_port}")) as proxy:
        yield proxy


def test_the_history_is_exact_wherever_its_function_dies_and_the_bus_hears_of_nothing_else(
    template: Template, dynamodb: "DynamoDBClient", store: KeyStore, dynamodb_endpoint: str, bus: FaultProxy
) -> None:
    own, history = Organization(store), HistoryStore(dynamodb, "HistoryTable")
    [source] = template.event_sources
    with closing(Position(dynamodb_endpoint, template.region, source.table)) as position:
        own.create()
        for deed in ("use", "rotate"):
            own.do(0, deed)
        records = [one for one in position.read(100) if source.passes(one)]
    batch = json.loads(json.dumps({"Records": records}, default=plain))
    assert len(records) == len(own.acknowledged) == 4

    with closing(FaultProxy(dynamodb_endpoint)) as table:
        variables = {"EVENT_BUS": "default", "AWS_ENDPOINT_URL_EVENTBRIDGE": bus.endpoint}
        # For each record it keeps the event, and puts it on the bus.
        for call in range(2 * len(records)):
            for done in (False, True):
                reached = Event()
                fault = stopping_at_call(call, reached, done=done)
                with (
                    table.broken(fault),
                    bus.broken(fault),
                    start(template, FUNCTION, batch, table.endpoint, **variables) as process,
                ):
                    assert reached.wait(PATIENCE_S)
                    process.kill()
                told = own.told(history)
                assert len(told) == (call + 1 + (done and call % 2 == 0)) // 2
                assert not Counter(told) - Counter(own.acknowledged)
                assert Bus.heard.keys() <= ids(own, history)
        for _ in range(2):
            with start(template, FUNCTION, batch, table.endpoint, **variables) as process:
                output, _ = process.communicate(timeout=PATIENCE_S)
            answer: Any = json.loads(output.splitlines()[-1])
            assert answer == {"batchItemFailures": []}
            assert own.told(history) == sorted(own.acknowledged)
    assert Bus.heard.keys() == ids(own, history)
