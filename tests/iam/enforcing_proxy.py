"""A proxy in front of DynamoDB that lets each function do what its own role allows, and nothing else.

Owns the enforcement. A function is known by its session token, as on Lambda, where it holds the credentials
of its own role; the token of a local function is its name. Requests without a token are the operator's, who
makes the tables. Signatures are not verified.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.iam.policies import Permission, Statement, needed

_HOP = {"connection", "date", "server", "transfer-encoding"}


class EnforcingProxy:
    """Serves on a free port of this machine until `close`. `denied` lists the requests that were refused."""

    def __init__(self, upstream: str, policies: Mapping[str, tuple[Statement, ...]]) -> None:
        self.policies: dict[str, tuple[Statement, ...]] = dict(policies)
        self.denied: list[tuple[str, Permission]] = []
        self._upstream = urlsplit(upstream).netloc
        handler = type("_", (_Handler,), {"proxy": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def under(self, function: str, *statements: Statement) -> Iterator[None]:
        """Give a function's role these statements instead of its own until the end of the block."""
        own = self.policies[function]
        self.policies[function] = statements
        try:
            yield
        finally:
            self.policies[function] = own

    def denies(self, function: str, operation: str, body: bytes) -> bool:
        missing = [
            permission
            for permission in needed(operation, json.loads(body))
            if not any(statement.allows(permission) for statement in self.policies.get(function, ()))
        ]
        self.denied += [(function, permission) for permission in missing]
        return bool(missing)

    def connect(self) -> HTTPConnection:
        return HTTPConnection(self._upstream, timeout=120)


class _Handler(BaseHTTPRequestHandler):
    """One connection, and one of its own to the upstream."""

    proxy: EnforcingProxy
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self._upstream = self.proxy.connect()

    def finish(self) -> None:
        self._upstream.close()
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        function = self.headers["X-Amz-Security-Token"]
        if function and self.proxy.denies(function, operation, body):
            error = {"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "not authorized"}
            self._answer(400, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(error).encode())
            return
        try:
            self._upstream.request("POST", "/", body, dict(self.headers))
            response = self._upstream.getresponse()
        except (RemoteDisconnected, ConnectionResetError):
            # What the store does to its client, it does to ours.
            self.close_connection = True
            return
        kept = {name: value for name, value in response.getheaders() if name.lower() not in _HOP}
        self._answer(response.status, kept, response.read())

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        # A client that no longer waits is gone.
        with suppress(BrokenPipeError, ConnectionResetError):
            self.end_headers()
            self.wfile.write(body)
