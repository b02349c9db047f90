"""The server of the embedded DynamoDB, which answers one request at a time.

Owns this rule: moto itself is not atomic with several threads, and conditional writes and transactions must
be. Listens only on loopback, and refuses calls from web pages.
"""

import threading
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from werkzeug.test import Client

if TYPE_CHECKING:
    from email.message import Message

    from _typeshed.wsgi import WSGIApplication
    from werkzeug.test import TestResponse

_TOKEN = b'"ClientRequestToken"'
_TRANSACTIONS_KEPT = 100
_STREAMS = "DynamoDBStreams_"


def _nothing() -> None:
    """There is nothing to do."""


class SerialServer(ThreadingHTTPServer):
    """A WSGI application on a free port of loopback, with one request at a time.

    `streams` is the application for DynamoDB Streams; `before_streams` is called before each request to it.
    """

    daemon_threads = True

    def __init__(
        self,
        application: "WSGIApplication",
        streams: "WSGIApplication | None" = None,
        before_streams: Callable[[], None] = _nothing,
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._application = Client(application)
        self._streams = Client(streams or application)
        self._before_streams = before_streams
        self._lock = threading.Lock()
        self._transactions: dict[bytes, TestResponse] = {}

    def answer(self, path: str, headers: "Message", body: bytes) -> "TestResponse":
        """The application's answer. A transaction that is sent again with its token is not run again.

        moto does not know that token, with which a client whose answer was late may ask once more.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
        """
        target = headers.get("X-Amz-Target", "")
        is_named = target.endswith(".TransactWriteItems") and _TOKEN in body
        with self._lock:
            if target.startswith(_STREAMS):
                self._before_streams()
                return self._streams.post(path, headers=headers.items(), data=body)
            if is_named and body in self._transactions:
                return self._transactions[body]
            answer = self._application.post(path, headers=headers.items(), data=body)
            if is_named and answer.status_code == HTTPStatus.OK:
                self._transactions[body] = answer
                if len(self._transactions) > _TRANSACTIONS_KEPT:
                    del self._transactions[next(iter(self._transactions))]
        return answer


class _Handler(BaseHTTPRequestHandler):
    """One connection, which is kept open: moto's own server closes it after each request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: SerialServer

    def do_POST(self) -> None:
        # Read before the lock is taken, so that a slow client holds up nobody else.
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "Origin" in self.headers:
            self.send_error(403, "Closed to web pages")
            return
        answer = self.server.answer(self.path, self.headers, body)
        # The client of a kept connection finds the end of the answer by it.
        answer.headers["Content-Length"] = str(len(answer.data))
        self.send_response(answer.status_code)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.data)

    def log_message(self, *_: object) -> None:
        """Log nothing."""
