"""When something goes wrong on the way to DynamoDB, a read never gives a wrong answer, and ends in time."""

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authorizer.dynamodb import ItemReader, StoreError
from tests.integration.authorizer.scripted_store import (
    GOOD,
    ITEM,
    KEY_ID,
    Answer,
    ScriptedStore,
    drip,
    error,
    reset,
    response,
    send,
    send_and_close,
    silence,
)

# For what only the clock ends: each of three tries may take a quarter of it.
BUDGET = 1.2
# For what the other side ends, which no machine is too slow for.
PATIENT = 60.0
# As late as a machine with other work may be.
SLACK = 30.0

#: Answers that are not usable, each a reason to ask again.
BROKEN: dict[str, Answer] = {
    "nothing and a close": send_and_close(b""),
    "a reset": reset,
    "silence": silence,
    "half a status line": send_and_close(b"HTTP/1."),
    "half a head": send_and_close(response()[:60]),
    "half a body": send_and_close(response()[:-20]),
    "half a body and silence": send(response()[:-20]),
    "a drip": drip(response(), 0.05),
    "garbage": send_and_close(b"\x00\xff" * 500),
    "garbage without an end": send(b"\x00\xff" * 500_000),
    "a head without an end": send(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: x\r\n" * 5_000),
    "a wrong checksum": send(response(crc32=1)),
    "an error with a wrong checksum": send(response(b"{}", "400 Bad Request", crc32=1)),
    "no checksum": send(response(b"{}").replace(b"x-amz-crc32", b"x-amz-other")),
    "a checksum that is no number": send(response().replace(b"x-amz-crc32: ", b"x-amz-crc32: +")),
    "no length": send_and_close(response().replace(b"Content-Length", b"X-Length")),
    "two lengths": send(response(GOOD, "200 OK", f"Content-Length: {len(GOOD)}")),
    "a negative length": send(response().replace(b"Content-Length: ", b"Content-Length: -")),
    "a length of ten digits": send(response().replace(b"Content-Length: ", b"Content-Length: 1000000")),
    "a huge body": send(response(GOOD + b" " * 100_000)),
    "chunks": send(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD), GOOD)
    ),
    "more than its length": send(response() + b"{}"),
    "two responses": send(response() * 2),
    "another version of HTTP": send(response().replace(b"HTTP/1.1", b"HTTP/2.0")),
    "no version of HTTP": send(response().replace(b"HTTP/1.1 ", b"")),
    "a status of four digits": send(response(GOOD, "2000 OK")),
    "an early hint": send(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "status 500": send(error("InternalServerError", "500 Internal Server Error")),
    "status 503 from something else": send(response(b"<html>Service Unavailable</html>", "503 Unavailable")),
    "throttling of the table": send(error("ProvisionedThroughputExceededException")),
    "throttling of the account": send(error("RequestLimitExceeded")),
    "throttling of the call": send(error("ThrottlingException")),
}

#: Those that only a timeout ends.
SILENT = {"silence", "half a body and silence", "a drip"}

#: Answers that do not improve when the client asks again.
FINAL: dict[str, bytes] = {
    "a denial": error("AccessDeniedException"),
    "no such table": error("ResourceNotFoundException"),
    "an unknown error": error("SomethingNew"),
    "an error without a checksum": error("AccessDeniedException").replace(b"x-amz-crc32", b"x-amz-other"),
    "an error without a type": response(b"{}", "400 Bad Request"),
    "an error of another form": response(b"<html>", "404 Not Found"),
    "a redirect": response(b"", "301 Moved", "Location: http://127.0.0.1/"),
    "no content": response(b"", "204 No Content"),
    "no JSON": response(b"<html>Welcome to the hotel's network</html>"),
    "JSON of another form": response(b'{"status": "ok"}'),
    "a list": response(b"[]"),
    "null": response(b"null"),
    "no text": response(b"\xff\xfe"),
    "an item that is null": response(b'{"Item": null}'),
    "an item of another type": response(b'{"Item": {"id": {"N": "1"}}}'),
    "another item": response(GOOD.replace(KEY_ID.encode(), b"key_BA9876543210")),
    "an item without its key": response(b'{"Item": {"digest": {"S": "x"}}}'),
    "nesting without an end": response(b"[" * 60_000),
}


@pytest.fixture
def store() -> Iterator[ScriptedStore]:
    store = ScriptedStore()
    yield store
    store.stop()


@pytest.fixture
def reader(store: ScriptedStore) -> Iterator[ItemReader]:
    with contextlib.closing(ItemReader("Keys", store.environ())) as reader:
        yield reader


@pytest.fixture
def hasty_reader(store: ScriptedStore) -> Iterator[ItemReader]:
    """For faults that the test waits for."""
    with contextlib.closing(ItemReader("Keys", store.environ(), budget=BUDGET)) as reader:
        yield reader


@pytest.fixture
def tried_reader(store: ScriptedStore, fault: str) -> Iterator[ItemReader]:
    """Gives up soon on a fault that the test waits for, and waits long for all others."""
    budget = BUDGET if fault in SILENT else PATIENT
    with contextlib.closing(ItemReader("Keys", store.environ(), budget=budget)) as reader:
        yield reader


@contextlib.contextmanager
def within_budget() -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < BUDGET + SLACK


@pytest.mark.parametrize("fault", BROKEN)
def test_a_read_survives_a_broken_answer(store: ScriptedStore, tried_reader: ItemReader, fault: str) -> None:
    store.script = [BROKEN[fault]]
    with within_budget():
        assert tried_reader.get("id", KEY_ID) == ITEM


@pytest.mark.parametrize("fault", BROKEN)
def test_a_read_survives_a_broken_answer_on_a_kept_connection(
    store: ScriptedStore, tried_reader: ItemReader, fault: str
) -> None:
    tried_reader.get("id", KEY_ID)
    store.script = [BROKEN[fault]]
    with within_budget():
        assert tried_reader.get("id", KEY_ID) == ITEM


@pytest.mark.parametrize("fault", BROKEN)
def test_answers_that_stay_broken_are_an_error(
    store: ScriptedStore, tried_reader: ItemReader, fault: str
) -> None:
    store.script = [BROKEN[fault]] * 20
    with within_budget(), pytest.raises(StoreError):
        tried_reader.get("id", KEY_ID)
    assert len(store.requests) <= 3


@pytest.mark.parametrize("fault", BROKEN)
def test_the_next_read_after_a_failed_one_is_good(
    store: ScriptedStore, tried_reader: ItemReader, fault: str
) -> None:
    store.script = [BROKEN[fault]] * 3
    with pytest.raises(StoreError):
        tried_reader.get("id", KEY_ID)
    store.script = []
    with within_budget():
        assert tried_reader.get("id", KEY_ID) == ITEM


@pytest.mark.parametrize("fault", FINAL)
def test_an_answer_that_stays_the_same_is_an_error_at_once(
    store: ScriptedStore, reader: ItemReader, fault: str
) -> None:
    store.script = [send(FINAL[fault])]
    with pytest.raises(StoreError):
        reader.get("id", KEY_ID)
    assert len(store.requests) == 1


@pytest.mark.parametrize("answer", [b"{}", b" { } ", b"{}\n"])
def test_an_answer_without_an_item_means_that_there_is_none(
    store: ScriptedStore, reader: ItemReader, answer: bytes
) -> None:
    store.script = [send(response(answer))]
    assert reader.get("id", KEY_ID) is None


@given(st.integers(0, len(response()) - 1), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_one_changed_byte_never_changes_the_answer(position: int, byte: int) -> None:
    changed = bytearray(response())
    changed[position] = byte
    store = ScriptedStore(send_and_close(bytes(changed)))
    try:
        with (
            contextlib.closing(ItemReader("Keys", store.environ(), budget=BUDGET)) as reader,
            contextlib.suppress(StoreError),
        ):
            assert reader.get("id", KEY_ID) == ITEM
    finally:
        store.stop()


def test_a_response_in_pieces_is_read_as_one(store: ScriptedStore, reader: ItemReader) -> None:
    def in_pieces(connection: socket.socket) -> None:
        for start in range(0, len(response()), 50):
            connection.sendall(response()[start : start + 50])

    store.script = [in_pieces]
    assert reader.get("id", KEY_ID) == ITEM
    assert len(store.requests) == 1


def test_one_connection_serves_many_reads(store: ScriptedStore, reader: ItemReader) -> None:
    for _ in range(5):
        assert reader.get("id", KEY_ID) == ITEM
    assert (store.connections, len(store.requests)) == (1, 5)


def test_a_connection_that_died_while_idle_is_replaced_without_a_pause(
    store: ScriptedStore, reader: ItemReader
) -> None:
    for _ in range(3):
        assert reader.get("id", KEY_ID) == ITEM
        store.drop_connections()
    assert (store.connections, len(store.requests)) == (3, 3)


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (response(GOOD, "200 OK", "Connection: close"), 2),
        (response(GOOD, "200 OK", "Connection: Close"), 2),
        (response(GOOD, "200 OK", "Connection: keep-alive"), 1),
        (response().replace(b"HTTP/1.1", b"HTTP/1.0"), 2),
        (response(GOOD, "200 OK", "Connection: Keep-Alive").replace(b"HTTP/1.1", b"HTTP/1.0"), 1),
    ],
)
def test_the_connection_is_kept_as_the_response_says(
    store: ScriptedStore, reader: ItemReader, answer: bytes, connections: int
) -> None:
    store.script = [send(answer)]
    assert reader.get("id", KEY_ID) == ITEM
    assert reader.get("id", KEY_ID) == ITEM
    assert store.connections == connections


def test_a_late_answer_is_never_taken_for_the_answer_to_the_next_read(
    store: ScriptedStore, hasty_reader: ItemReader
) -> None:
    def late(connection: socket.socket) -> None:
        time.sleep(BUDGET)
        connection.sendall(response(b"{}"))

    store.script = [late, late, late]
    with pytest.raises(StoreError, match=r"in time|TimeoutError"):
        hasty_reader.get("id", KEY_ID)
    store.script = []
    assert hasty_reader.get("id", KEY_ID) == ITEM


def test_a_refused_connection_is_an_error() -> None:
    store = ScriptedStore()
    store.stop()
    with within_budget(), pytest.raises(StoreError, match="ConnectionRefusedError"):
        ItemReader("Keys", store.environ(), budget=BUDGET).get("id", KEY_ID)


def test_a_host_that_does_not_answer_is_an_error(store: ScriptedStore) -> None:
    # Connections that nobody accepts fill a backlog of 0; then the machine leaves others without an answer.
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        environ = store.environ(AWS_ENDPOINT_URL=f"http://127.0.0.1:{full.getsockname()[1]}")
        with within_budget(), pytest.raises(StoreError, match=r"in time|TimeoutError"):
            ItemReader("Keys", environ, budget=BUDGET).get("id", KEY_ID)


def test_a_name_that_is_not_resolved_is_an_error(store: ScriptedStore) -> None:
    environ = store.environ(AWS_ENDPOINT_URL="http://dynamodb.invalid")
    with pytest.raises(StoreError, match="name is not resolved"):
        ItemReader("Keys", environ, budget=BUDGET).get("id", KEY_ID)


@pytest.mark.parametrize(
    "code", ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"]
)
def test_refused_credentials_are_read_again(store: ScriptedStore, code: str) -> None:
    environ = store.environ()
    with contextlib.closing(ItemReader("Keys", environ)) as reader:
        reader.get("id", KEY_ID)
        environ["AWS_ACCESS_KEY_ID"] = "AKIAROTATED"
        store.script = [send(error(code))]
        assert reader.get("id", KEY_ID) == ITEM
    assert [b"AKIAROTATED" in request for request in store.requests] == [False, False, True]


def test_credentials_that_stay_refused_are_an_error(store: ScriptedStore, reader: ItemReader) -> None:
    store.script = [send(error("UnrecognizedClientException"))] * 20
    with pytest.raises(StoreError, match="400 UnrecognizedClientException"):
        reader.get("id", KEY_ID)
    assert len(store.requests) == 2


def test_a_function_without_credentials_is_an_error_and_asks_nothing(store: ScriptedStore) -> None:
    environ = store.environ()
    del environ["AWS_ACCESS_KEY_ID"]
    with pytest.raises(StoreError, match="no credentials"):
        ItemReader("Keys", environ).get("id", KEY_ID)
    assert store.requests == []


def test_no_error_contains_what_was_sent_or_received(store: ScriptedStore, reader: ItemReader) -> None:
    for data in [response(b"<p>private</p>"), error("private: text"), response(b"private", "400 private")]:
        store.script = [send(data)] * 3
        with pytest.raises(StoreError) as raised:
            reader.get("id", KEY_ID)
        shown = f"{raised.value!r} {raised.value.__cause__!r}"
        assert not re.search(r"private|the secret|the token|key_|AKIA|Signature", shown)


def test_the_request_is_one_consistent_read_of_one_item(store: ScriptedStore, reader: ItemReader) -> None:
    reader.get("id", KEY_ID)
    head, _, body = store.requests[0].partition(b"\r\n\r\n")
    assert json.loads(body) == {
        "TableName": "Keys",
        "Key": {"id": {"S": KEY_ID}},
        "ConsistentRead": True,
        "ProjectionExpression": "id,digest,organization_id,scopes,revoked_at,disabled_at,allowed_addresses,"
        "person,usage_key",
    }
    lines = head.decode().split("\r\n")
    names = {line.partition(":")[0].lower() for line in lines[1:]}
    assert lines[0] == "POST / HTTP/1.1"
    assert f"host: 127.0.0.1:{store.port}" in lines
    assert {"authorization", "content-type", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= names
