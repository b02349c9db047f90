"""One kept-alive HTTP/1.1 connection, and a strict reader of its responses.

Owns the socket. An exchange returns a whole, intact response or raises TransportError. After anything
unexpected the connection is closed, so no response can be taken for the answer to another request. Must never
log or raise what was sent or received. Makes one exchange at a time, as Lambda calls a function.
"""

from __future__ import annotations

import socket
import zlib
from time import monotonic

TYPE_CHECKING = False  # `typing` would be imported at each cold start
if TYPE_CHECKING:
    from authorizer.endpoint import Endpoint
    from authorizer.tls import Tls

_VERSIONS = (b"http/1.1 ", b"http/1.0 ")
_MAX_DIGITS = 9
_CHUNK = 16_384
_MAX_HEAD = 16_384
_MAX_BODY = 65_536


class TransportError(Exception):
    """No whole, intact response was received. The message is safe to log."""


class Connection:
    """A connection to one endpoint. Opened when it is first needed, and again whenever it was closed.

    `timeout` is how many seconds one wait may take. It is set once, because setting it is a system call. What
    TLS needs is made at once, so that it is there before the first call.
    """

    def __init__(self, endpoint: Endpoint, timeout: float) -> None:
        self._endpoint = endpoint
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._tls = _tls(endpoint.host) if endpoint.tls else None

    def exchange(self, request: bytes, deadline: float) -> tuple[int, bytes]:
        """Send a whole HTTP request; the status and the body of its response.

        No wait begins after `deadline`, which is on the clock of `time.monotonic`. The request may be sent
        twice, so it must be one that does no harm then: a connection that was idle, most of all while Lambda
        had frozen the function, may be dead, and a failure on it says nothing about the other side.
        """
        if self._socket is not None:
            try:
                return self._exchange(self._socket, request, deadline)
            except TransportError:
                pass
        return self._exchange(self._open(deadline), request, deadline)

    def close(self) -> None:
        """Close the connection, if it is open."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, sock: socket.socket, request: bytes, deadline: float) -> tuple[int, bytes]:
        keep = False
        try:
            _in_time(deadline)
            sock.sendall(request)
            status, body, keep = _response(sock, deadline)
        except OSError as error:
            raise TransportError(f"the connection failed: {type(error).__name__}") from None
        finally:
            if not keep:
                self.close()
        return status, body

    def _open(self, deadline: float) -> socket.socket:
        host, port = self._endpoint.host, self._endpoint.port
        reason = "no address"
        try:
            # The one wait here that has no timeout; the function's own then ends it.
            # As bytes, because for a text Python would import its codec for international names.
            addresses = socket.getaddrinfo(host.encode(), port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise TransportError(f"the endpoint's name is not resolved: {type(error).__name__}") from None
        for family, kind, protocol, _, address in addresses:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(self._timeout)
                _in_time(deadline)
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._tls is not None:
                    _in_time(deadline)
                    sock = self._tls.secured(sock)
                self._socket = sock
            except OSError as error:
                sock.close()
                reason = type(error).__name__
            else:
                return sock
        raise TransportError(f"the connection is not opened: {reason}")


def _tls(host: str) -> Tls:
    # Every endpoint of AWS needs it and no local one, and it is the dearest import here.
    from authorizer.tls import Tls  # noqa: PLC0415

    return Tls(host)


def _response(sock: socket.socket, deadline: float) -> tuple[int, bytes, bool]:
    """The status, the body, and whether the connection stays open."""
    data = _receive(sock, deadline)
    head, end, body = data.partition(b"\r\n\r\n")
    while not end:
        if len(data) > _MAX_HEAD:
            raise TransportError("the response's head is too long")
        data += _receive(sock, deadline)
        head, end, body = data.partition(b"\r\n\r\n")
    head = head.lower()
    version, status = head[:9], head[9:12]
    if version not in _VERSIONS or not status.isdigit() or head[12:13] not in b" \r":
        raise TransportError("the response is not HTTP/1.1")
    length = _field(head, b"\r\ncontent-length:")
    if not length.isdigit() or len(length) > _MAX_DIGITS:
        raise TransportError("the response has no length")
    size = int(length)
    while len(body) < size <= _MAX_BODY:
        body += _receive(sock, deadline)
    if len(body) != size:
        raise TransportError("the response is too long")
    # An error may come without it; a success without it is not DynamoDB's.
    crc32 = _field(head, b"\r\nx-amz-crc32:")
    if (crc32 or status == b"200") and crc32 != b"%d" % zlib.crc32(body):
        raise TransportError("the response does not match its x-amz-crc32")
    connection = _field(head, b"\r\nconnection:")
    keep = connection != b"close" if version == _VERSIONS[0] else connection == b"keep-alive"
    return int(status), body, keep


def _field(head: bytes, mark: bytes) -> bytes:
    """The value of the header whose line begins with `mark`, empty where there is none."""
    start = head.find(mark)
    if start < 0:
        return b""
    start += len(mark)
    if head.find(mark, start) >= 0:
        raise TransportError("a header of the response is repeated")
    # The last line of a head has no line break at its end.
    end = head.find(b"\r\n", start)
    return head[start : end if end >= 0 else None].strip()


def _receive(sock: socket.socket, deadline: float) -> bytes:
    _in_time(deadline)
    data = sock.recv(_CHUNK)
    if not data:
        raise TransportError("the connection was closed before the response was whole")
    return data


def _in_time(deadline: float) -> None:
    if monotonic() >= deadline:
        raise TimeoutError
