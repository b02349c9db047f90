"""The DynamoDB that local functions use: moto's, embedded in this process, or any other by its endpoint.

Owns the embedded server and the creation of the template's tables. The embedded one keeps its items in
memory and answers one request at a time: moto itself is not atomic under threads, and conditional writes
and transactions must be.
"""

import io
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from werkzeug.serving import WSGIRequestHandler, make_server

from local.template import Template

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from mypy_boto3_dynamodb import DynamoDBClient

#: What local code signs with. DynamoDB Local keeps one database for each access key.
ACCESS_KEY_ID, SECRET_ACCESS_KEY = "local", "local"


class _Handler(WSGIRequestHandler):
    """Keeps connections open, sends at once, logs nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def send_header(self, keyword: str, value: str) -> None:
        # Werkzeug closes every connection, lest a body be left in it; `_Serial` leaves none.
        if keyword != "Connection":
            super().send_header(keyword, value)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


class _Serial:
    """A WSGI application, one request at a time. It is closed to web pages, which send an Origin."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        # Read before the lock is taken, so that a slow client holds up nobody else.
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        if "HTTP_ORIGIN" in environ:
            start_response("403 Forbidden", [("Content-Length", "0")])
            return ()
        with self._lock:
            return self._application(environ, start_response)


@contextmanager
def embedded_dynamodb() -> Iterator[str]:
    """Serve an empty DynamoDB on loopback until the end of the block. Yields its endpoint URL."""
    # moto takes seconds to import, and nothing but this server needs it.
    from moto.dynamodb.models import dynamodb_backends  # noqa: PLC0415
    from moto.moto_server.werkzeug_app import create_backend_app  # noqa: PLC0415

    dynamodb_backends.reset()
    server = make_server(
        "127.0.0.1", 0, _Serial(create_backend_app("dynamodb")), threaded=True, request_handler=_Handler
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(endpoint: str, region: str) -> "DynamoDBClient":
    """A client of the DynamoDB at `endpoint`, with the credentials that local functions have."""
    return boto3.client(
        "dynamodb",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )


def create_tables(dynamodb: "DynamoDBClient", template: Template) -> None:
    """Create those tables of the template that are missing. Raises BotoCoreError or ClientError."""
    existing: set[str] = set()
    for page in dynamodb.get_paginator("list_tables").paginate():
        existing.update(page["TableNames"])
    for table in template.tables:
        if table["TableName"] not in existing:
            arguments: dict[str, Any] = table
            dynamodb.create_table(**arguments)
