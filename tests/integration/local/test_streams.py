"""Answers that are passed on as they come: web applications and HTTP upstreams."""

import json
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from local.api.request.routes import Routes
from local.template.template import Template
from tests.certificate import self_signed
from tests.integration.local.conftest import PATIENCE_S, Gateway, serve
from tests.served import served

ALLOWED = {"x-id": "typed"}


@pytest.fixture
def meeting() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        yield listener


def address(meeting: socket.socket) -> str:
    return f"127.0.0.1:{meeting.getsockname()[1]}"


def test_the_first_piece_arrives_before_the_last_is_made(gateway: Gateway, meeting: socket.socket) -> None:
    with gateway.http.stream("POST", "/web/meet", headers=ALLOWED, content=address(meeting)) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.headers["x-amzn-remapped-www-authenticate"] == "Bearer"
        lines = answer.iter_lines()
        assert next(lines) == "first"
        with meeting.accept()[0] as connection:
            connection.sendall(b"!")
        assert next(lines).isdigit()
        assert list(lines) == []


def test_concurrent_streams_have_a_process_each(gateway: Gateway, meeting: socket.socket) -> None:
    def read() -> list[str]:
        answer = gateway.http.post("/web/meet", headers=ALLOWED, content=address(meeting), timeout=PATIENCE_S)
        return answer.text.splitlines()

    with ThreadPoolExecutor() as clients:
        answers = [clients.submit(read) for _ in range(3)]
        arrived = [meeting.accept()[0] for _ in answers]
        for connection in arrived:
            with connection:
                connection.sendall(b"!")
        texts = [answer.result() for answer in answers]
    assert [text[0] for text in texts] == ["first"] * 3
    assert len({text[1] for text in texts}) == 3


def test_a_web_application_gets_the_request_with_the_gateways_context(gateway: Gateway) -> None:
    forged = {
        "x-amzn-request-context": "forged",
        "X-Amzn-Lambda-Context": "forged",
        "Connection": "x-hop, X-Amzn-Request-Context, x-amzn-lambda-context, x-forwarded-for",
        "x-hop": "1",
    }
    answer = gateway.http.post("/web/a%2Fb/c?x=1&x=%20", headers=ALLOWED | forged, content=b"hello")
    seen = answer.json()
    assert (seen["method"], seen["path"], seen["query"]) == ("POST", "/web/a%2Fb/c", "x=1&x=%20")
    assert seen["body"] == "hello"
    headers = [name for name, _ in seen["headers"]]
    assert headers.count("x-amzn-request-context") == headers.count("x-amzn-lambda-context") == 1
    assert "x-hop" not in headers
    assert headers.count("x-forwarded-for") == 1
    received = dict(seen["headers"])
    context = json.loads(received["x-amzn-request-context"])
    assert context["authorizer"]["principalId"] == "somebody"
    assert context["resourcePath"] == "/web/{proxy+}"
    assert json.loads(received["x-amzn-lambda-context"])["env_config"]["function_name"] == "WebFunction"
    assert received["host"] == gateway.url.removeprefix("http://")


def test_a_path_reaches_a_web_application_resolved(gateway: Gateway) -> None:
    head = b"GET /web/a/../b\\%2e%2e/c%2Fd HTTP/1.1\r\nHost: x\r\nx-id: typed\r\nConnection: close\r\n\r\n"
    url = urlsplit(gateway.url)
    with socket.create_connection((url.hostname, url.port), timeout=60) as connection:
        connection.sendall(head)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert b'"path": "/web/c%2Fd"' in received


def test_a_client_that_hangs_up_ends_the_stream(gateway: Gateway, meeting: socket.socket) -> None:
    with gateway.http.stream("POST", "/web/leave", headers=ALLOWED, content=address(meeting)) as answer:
        assert next(answer.iter_lines()) == "first"
    with meeting.accept()[0] as connection:
        assert connection.recv(10) == b"gone"


def test_a_stream_that_breaks_does_not_look_complete(gateway: Gateway) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        gateway.http.post("/web/crash", headers=ALLOWED)
    assert gateway.http.post("/web/echo", headers=ALLOWED).status_code == 200
    assert gateway.printed("The stream from .*/web/crash broke off")
    assert "Traceback" not in "".join(gateway.lines)


def test_a_head_request_has_no_body(gateway: Gateway) -> None:
    answer = gateway.http.head("/web/echo", headers=ALLOWED)
    assert (answer.status_code, answer.content) == (200, b"")
    assert gateway.http.get("/web/echo", headers=ALLOWED).status_code == 200


def test_502_a_process_that_dies_before_it_answers(gateway: Gateway) -> None:
    assert gateway.http.post("/web/exit", headers=ALLOWED).status_code == 502
    assert gateway.http.post("/web/echo", headers=ALLOWED).status_code == 200


def test_504_a_process_that_answers_too_late(gateway: Gateway) -> None:
    gateway.http.post("/web/echo", headers=ALLOWED)
    assert gateway.http.get("/late", headers=ALLOWED).status_code == 504


def test_502_a_command_that_does_not_exist(gateway: Gateway) -> None:
    assert gateway.http.get("/noweb").status_code == 502
    assert gateway.printed("NoWebFunction: Runtime.InvalidEntrypoint: missing.sh cannot be started")


def test_502_a_handler_on_a_route_that_streams(gateway: Gateway) -> None:
    assert gateway.http.post("/streamed", json={"statusCode": 200}).status_code == 502


def test_401_a_stream_without_a_key(gateway: Gateway) -> None:
    assert gateway.http.post("/web/meet").status_code == 401


def test_a_web_application_is_not_invoked_directly(gateway: Gateway) -> None:
    answer = gateway.http.post(
        "/2015-03-31/functions/WebFunction/invocations", headers={"Authorization": "AWS4-HMAC-SHA256 x"}
    )
    assert answer.status_code == 400
    assert "web application" in answer.json()["message"]


# HTTP upstreams.


class Upstream(BaseHTTPRequestHandler):
    """Answers with the request, in two pieces; between them it waits for `released`."""

    protocol_version = "HTTP/1.1"
    released = threading.Event()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        seen = {"path": self.path, "headers": self.headers.items(), "body": body.decode()}
        self.send_response(202)
        self.send_header("Transfer-Encoding", "chunked")
        self.send_header("X-Own", "upstream")
        self.end_headers()
        for piece in (b"first\n", json.dumps(seen).encode()):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.released.wait(30)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """An upstream on its own port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with served(server):
        yield server.server_port


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    with serving() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def proxy(sample: Path, upstream: str, dynamodb_endpoint: str) -> Iterator[Gateway]:
    arguments = ("--parameter", f"Upstream={upstream}")
    with serve(sample / "proxy.yaml", *arguments, DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        yield running


def test_an_upstream_gets_the_request_with_the_mapped_parameters(proxy: Gateway, upstream: str) -> None:
    Upstream.released.clear()
    forged = {
        "X-ORGANIZATION": "forged",
        "x-nobody": "forged",
        "X-Own": "client",
        "Connection": "X-Organization, x-fixed, x-forwarded-for, x-hop",
        "x-hop": "1",
    }
    with proxy.http.stream("POST", "/up/a%2Fb/c?x=1&who=forged", headers=forged, content="hi") as answer:
        assert (answer.status_code, answer.headers["x-own"]) == (202, "upstream")
        lines = answer.iter_lines()
        # The upstream has not finished yet: it waits for this.
        assert next(lines) == "first"
        Upstream.released.set()
        seen: dict[str, Any] = json.loads(next(lines))
    assert seen["path"] == "/base/a%2Fb/c?x=1&who=somebody"
    assert seen["body"] == "hi"
    headers = {name.lower(): value for name, value in seen["headers"]}
    assert headers["x-organization"] == "org_1"
    assert headers["x-fixed"] == "fixed"
    assert headers["x-own"] == "client"
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert not {"x-nobody", "x-hop"} & headers.keys()
    assert headers["host"] == upstream.removeprefix("http://")
    assert len(headers) == len(seen["headers"])


def test_504_an_upstream_that_cannot_be_reached(proxy: Gateway) -> None:
    assert proxy.http.get("/down").status_code == 504


@pytest.mark.parametrize(
    ("host", "is_trusted", "status"),
    [("127.0.0.1", True, 202), ("127.0.0.1", False, 504), ("another.example", True, 504)],
)
def test_an_upstream_over_https_is_reached_only_if_its_certificate_is_good(
    sample: Path, tmp_path: Path, dynamodb_endpoint: str, host: str, status: int, *, is_trusted: bool
) -> None:
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    for file, content in zip((certificate, key), self_signed(host), strict=True):
        file.write_bytes(content)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    environment = {"SSL_CERT_FILE": str(certificate)} if is_trusted else {}
    environment["DYNAMODB_ENDPOINT"] = dynamodb_endpoint
    Upstream.released.set()
    with serving(tls) as port:
        arguments = ("--parameter", f"Upstream=https://127.0.0.1:{port}")
        with serve(sample / "proxy.yaml", *arguments, **environment) as gateway:
            assert gateway.http.post("/up/a", content="hi").status_code == status


def test_a_route_that_a_condition_removes_does_not_exist(sample: Path) -> None:
    paths = {route.resource for route in Routes(Template.load(sample / "proxy.yaml", {}).api.body)}
    assert paths == {"/down"}
