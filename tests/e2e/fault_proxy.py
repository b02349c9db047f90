"""A TCP proxy in front of the key store, which breaks it on demand."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

Address = tuple[str, int]

#: What becomes of one connection from a function, until it ends. It may connect to the store at the address.
Fault = Callable[[socket.socket, Address], None]

#: What becomes of some bytes on their way: others, or none. An OSError ends the connection.
Change = Callable[[bytes], bytes]


class FaultProxy:
    """Passes connections to the store, or hands each to the current fault."""

    def __init__(self, upstream: str) -> None:
        target = urlsplit(upstream)
        self._upstream = (target.hostname or "", target.port or 80)
        self._fault: Fault | None = None
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @contextmanager
    def broken(self, fault: Fault, *, heals: bool = False) -> Iterator[None]:
        """Break every connection, those that are open included, until the end of the block.

        In the end they are all cut. If the fault `heals`, nothing is: those that it has stay broken, and only
        new ones are good.
        """
        self._fault = fault
        self._cut()
        try:
            yield
        finally:
            self._fault = None
            if not heals:
                self._cut()

    def close(self) -> None:
        self._listener.close()
        self._cut()

    def _cut(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            self._open.add(client)
            (self._fault or _passing())(client, self._upstream)
        self._open.discard(client)


def _as_it_is(data: bytes) -> bytes:
    return data


def _passing(request: Change = _as_it_is, answer: Change = _as_it_is) -> Fault:
    """Pass everything, each way with a change."""

    def fault(client: socket.socket, upstream: Address) -> None:
        with socket.create_connection(upstream) as server:
            back = threading.Thread(target=_copy, args=(server, client, answer), daemon=True)
            back.start()
            _copy(client, server, request)
            back.join()

    return fault


def _copy(source: socket.socket, target: socket.socket, change: Change) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(change(data))
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def delayed(data: bytes) -> bytes:
    """Delay an answer, for less time than any client waits."""
    time.sleep(0.2)
    return data


def garbled(data: bytes) -> bytes:
    """Flip a bit."""
    return data[:-1] + bytes([data[-1] ^ 1])


def lost(_data: bytes) -> bytes:
    """End the connection when the answer comes: the request is done, and the client never hears of it."""
    raise ConnectionAbortedError


class Losing:
    """Lose the first answers to an operation, or to any; all others pass.

    `asked` counts the requests for it, `lost` the answers that were lost.
    """

    def __init__(self, answers: int, operation: str = "") -> None:
        self.asked = self.lost = 0
        self._answers = answers
        self._operation = operation

    def __call__(self, client: socket.socket, upstream: Address) -> None:
        _passing(self._request, self._answer)(client, upstream)

    def _request(self, data: bytes) -> bytes:
        self.asked += _asks_for(self._operation, data)
        return data

    def _answer(self, data: bytes) -> bytes:
        if not self.asked or self.lost == self._answers:
            return data
        self.lost += 1
        return lost(data)


def recording(requests: list[str]) -> Fault:
    """Pass everything, and note the names of the operations that are asked for, in small letters.

    What boto3 asks again, because a busy store was slow to answer, is noted once: it is the same request.
    """

    def note(data: bytes) -> bytes:
        if _asks_for("", data) and _FIRST_ATTEMPT in data.lower():
            requests.append(data.lower().partition(_TARGET)[2].split(b"\r\n")[0].decode())
        return data

    return _passing(request=note)


def stopping_at(operation: str, reached: threading.Event, *, done: bool) -> Fault:
    """Pass everything up to one operation, which the store never hears of, or has `done`; then, silence."""
    asked_for = threading.Event()

    def request(data: bytes) -> bytes:
        if _asks_for(operation, data):
            asked_for.set()
        if done or not asked_for.is_set():
            return data
        reached.set()
        return b""

    def answer(data: bytes) -> bytes:
        if not asked_for.is_set():
            return data
        reached.set()
        return b""

    return _passing(request, answer)


def stopping_at_call(number: int, reached: threading.Event, *, done: bool) -> Fault:
    """Pass the first `number` calls, of any operation and service; the next as in `stopping_at`.

    One fault may affect several services, and counts the calls of all.
    """
    calls = 0

    def is_reached() -> bool:
        return calls > number

    def request(data: bytes) -> bytes:
        nonlocal calls
        calls += b"x-amz-target:" in data.lower()
        if done or not is_reached():
            return data
        reached.set()
        return b""

    def answer(data: bytes) -> bytes:
        if not is_reached():
            return data
        reached.set()
        return b""

    return _passing(request, answer)


_TARGET = b"x-amz-target: dynamodb_20120810."
# Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
_FIRST_ATTEMPT = b"amz-sdk-request: attempt=1"


def _asks_for(operation: str, request: bytes) -> bool:
    return _TARGET + operation.lower().encode() in request.lower()


def reset(client: socket.socket, _upstream: Address) -> None:
    """Close at once, with a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def silence(client: socket.socket, _upstream: Address) -> None:
    """Take the request and never answer."""
    while client.recv(65536):
        pass


def _answering(response: bytes) -> Fault:
    def fault(client: socket.socket, _upstream: Address) -> None:
        while client.recv(65536):
            client.sendall(response)

    return fault


def _http(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _error(status: str, kind: str) -> Fault:
    body = b'{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"injected"}' % kind.encode()
    return _answering(_http(status, body))


def slowly(client: socket.socket, _upstream: Address) -> None:
    """One byte of a good-looking answer every tenth of a second, far longer than any client waits."""
    client.recv(65536)
    for byte in _http("200 OK", b"{" + b" " * 1000):
        client.sendall(bytes([byte]))
        time.sleep(0.1)


#: After these there is no clear answer, however often one asks.
FAULTS: dict[str, Fault] = {
    "reset": reset,
    "silence": silence,
    "slow": slowly,
    "cut": _answering(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
    "no http": _answering(b"\x16\x03\x01\x02\x00 nonsense\r\n\r\n"),
    "not json": _answering(_http("200 OK", b"<html>It works!</html>")),
    "other json": _answering(_http("200 OK", b"[]")),
    "item of another shape": _answering(_http("200 OK", b'{"Item": {"digest": {"N": "1"}}}')),
    "empty item": _answering(_http("200 OK", b'{"Item": {"id": {"S": "x"}}}')),
    "500": _error("500 Internal Server Error", "InternalServerError"),
    "throttled": _error("400 Bad Request", "ProvisionedThroughputExceededException"),
    "access denied": _error("400 Bad Request", "AccessDeniedException"),
    "no table": _error("400 Bad Request", "ResourceNotFoundException"),
    "captive portal": _answering(_http("302 Found", b"<html>Sign in</html>")),
    "garbled": _passing(answer=garbled),
    "lost": _passing(answer=lost),
}

#: With these the answer is there, if one waits or asks again.
NUISANCES: dict[str, Fault] = {
    "delayed": _passing(answer=delayed),
    "lost once": Losing(1),
}
