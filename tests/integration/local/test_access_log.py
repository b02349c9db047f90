"""The access log's way to the functions that subscribe to it."""

import asyncio
import base64
import gzip
import json
import re
import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest

from local.api.access_log import AccessLog
from local.services.logs import LogGroup
from local.template.subscription import SubscriptionFilter
from local.wire.exchange import Response
from tests.integration.local.conftest import SAMPLE, Gateway, serve

if TYPE_CHECKING:
    from local.functions.functions import Functions


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with serve(SAMPLE / "logged.yaml") as running:
        yield running


def test_a_subscriber_is_started_before_anything_is_called(gateway: Gateway) -> None:
    assert gateway.printed("The subscriber is ready")


def test_the_line_of_a_stream_is_written_when_the_stream_has_ended(gateway: Gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as meeting:
        meeting.settimeout(60)
        address = f"127.0.0.1:{meeting.getsockname()[1]}"
        with gateway.http.stream("POST", "/web/meet", content=address) as answer:
            pieces = answer.iter_lines()
            assert next(pieces) == "first"
            # A line that is written later is delivered, and this stream's is not.
            gateway.http.post("/web/echo", content="x")
            assert gateway.printed("Delivered 1: .*/web/echo")
            assert not [line for line in gateway.lines if re.match("Delivered .*/web/meet", line)]
            with meeting.accept()[0] as connection:
                connection.sendall(b"!")
            assert next(pieces).isdigit()
    assert gateway.printed("Delivered 1: .*/web/meet")


def test_many_lines_come_in_several_events_that_lambda_takes() -> None:
    class Subscriber:
        """Takes events as `Functions` does."""

        def __init__(self) -> None:
            self.events: list[bytes] = []
            self.got_three = asyncio.Event()

        async def invoke(self, _: str, event: bytes) -> bytes:
            self.events.append(event)
            if len(self.events) == 3:
                self.got_three.set()
            return b"null"

    async def write(subscriber: Subscriber) -> None:
        everything = SubscriptionFilter(name="F", log_group="G", pattern="", function="A")
        log_group = LogGroup([everything], cast("Functions", subscriber))
        log = AccessLog('{"id":"$context.requestId"}', log_group)
        for number in range(2500):
            log.write({"requestId": str(number)}, Response(200), None, 0.0)
        await subscriber.got_three.wait()

    subscriber = Subscriber()
    asyncio.run(asyncio.wait_for(write(subscriber), 60))
    data = [json.loads(event)["awslogs"]["data"] for event in subscriber.events]
    lines = [json.loads(gzip.decompress(base64.b64decode(one)))["logEvents"] for one in data]
    assert [len(one) for one in lines] == [1000, 1000, 500]
    assert len({line["id"] for one in lines for line in one}) == 2500
