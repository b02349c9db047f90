"""A TCP proxy that stands before the key store and breaks it on demand."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

Fault = Callable[[socket.socket], None]


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
    def broken(self, fault: Fault) -> Iterator[None]:
        """Break every connection, those that are open included, until the end of the block."""
        self._fault = fault
        self._cut()
        try:
            yield
        finally:
            self._fault = None
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
            if self._fault:
                self._fault(client)
            else:
                with socket.create_connection(self._upstream) as server:
                    self._open.add(server)
                    back = threading.Thread(target=_copy, args=(server, client), daemon=True)
                    back.start()
                    _copy(client, server)
                    back.join()
                    self._open.discard(server)
        self._open.discard(client)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def reset(client: socket.socket) -> None:
    """Close at once, with a reset."""
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def silence(client: socket.socket) -> None:
    """Take the request and never answer."""
    while client.recv(65536):
        pass


def _answering(response: bytes) -> Fault:
    def fault(client: socket.socket) -> None:
        while client.recv(65536):
            client.sendall(response)

    return fault


def _http(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _error(status: str, kind: str) -> Fault:
    body = b'{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":"injected"}' % kind.encode()
    return _answering(_http(status, body))


def slowly(client: socket.socket) -> None:
    """One byte of a good-looking answer every tenth of a second, far beyond anyone's patience."""
    client.recv(65536)
    for byte in _http("200 OK", b"{" + b" " * 1000):
        client.sendall(bytes([byte]))
        time.sleep(0.1)


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
}
