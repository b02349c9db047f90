"""A DynamoDB endpoint that breaks on purpose.

Owns the faults, injected at the level of the socket. It gives one scripted answer after another, and when the
script has ended the good one, so that a test can say what is wrong, and for how long.
"""

import contextlib
import json
import socket
import ssl
import struct
import time
import zlib
from collections.abc import Callable
from threading import Event, Thread

#: What happens on a connection once a request has been read from it.
Answer = Callable[[socket.socket], None]

KEY_ID = "key_0123456789AB"
ITEM = {"id": KEY_ID, "digest": "sha256:" + "0" * 64, "organization_id": "org_acme", "scopes": "runtime"}
GOOD = json.dumps({"Item": {name: {"S": text} for name, text in ITEM.items()}}).encode()


def response(body: bytes = GOOD, status: str = "200 OK", *more: str, crc32: int | None = None) -> bytes:
    """A whole HTTP response; `more` are further header lines."""
    lines = [
        f"HTTP/1.1 {status}",
        "Server: Server",
        "Content-Type: application/x-amz-json-1.0",
        f"Content-Length: {len(body)}",
        f"x-amz-crc32: {zlib.crc32(body) if crc32 is None else crc32}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def error(code: str, status: str = "400 Bad Request") -> bytes:
    """A whole response that holds an error as DynamoDB writes it."""
    return response(json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}"}).encode(), status)


def send(data: bytes) -> Answer:
    """Send `data` and keep the connection open."""
    return lambda connection: connection.sendall(data)


def send_and_close(data: bytes) -> Answer:
    """Send `data` and close the connection."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_RDWR)

    return answer


def reset(connection: socket.socket) -> None:
    """Answer with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def silence(_connection: socket.socket) -> None:
    """Answer nothing, and keep the connection open."""


def drip(data: bytes, pause_s: float) -> Answer:
    """Send `data` byte by byte."""

    def answer(connection: socket.socket) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(pause_s)

    return answer


class ScriptedStore:
    """Listens on a free port of this machine until `stop`. `requests` holds what was received, in order."""

    def __init__(self, *script: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.script = list(script)
        self.requests: list[bytes] = []
        self.connections = 0
        self._tls = tls
        self._open: list[socket.socket] = []
        self._stopped = Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [Thread(target=self._accept)]
        self._threads[0].start()

    def environ(self, **more: str) -> dict[str, str]:
        """The environment of a function whose DynamoDB this is."""
        return {
            "AWS_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "the secret",
            "AWS_SESSION_TOKEN": "the token",
        } | more

    def drop_connections(self) -> None:
        """Close what is open, as happens to a function that was frozen for long."""
        while self._open:
            with contextlib.suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
        self._threads[0].join()
        self._listener.close()
        self.drop_connections()
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._stopped.is_set():
                connection.close()
                return
            self.connections += 1
            thread = Thread(target=self._serve, args=[connection])
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # The peer may go away at any point: most answers here are reasons to.
        with contextlib.suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            self._open.append(connection)
            with connection:
                while request := _request(connection):
                    self.requests.append(request)
                    answer = self.script.pop(0) if self.script else send(response())
                    answer(connection)


def _request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65_536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body
