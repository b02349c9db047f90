"""What a call with a new key shows about it."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_server

import pytest
import urllib3

from apikeys.errors import ApiKeyError, ConflictError, UnavailableError
from apikeys.secret import SecretFormat
from keys.rotate_secret.trial import check_works
from tests.served import served

SECRET = SecretFormat("sk_live_copia_").new(bytes(41))
BRIEF = urllib3.Timeout(connect=0.2, read=0.2)


class Server:
    """Answers as the test says, and keeps what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.status, self.headers = 200, dict[str, str]()
        self.asked: list[tuple[str, str]] = []


@pytest.fixture
def server() -> Iterator[Server]:
    told = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append((self.path, self.headers["x-api-key"]))
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{listening.server_port}/api/keys?limit=1"
    with served(listening):
        yield told


@pytest.mark.parametrize(
    ("status", "headers"),
    [(200, {}), (204, {}), (403, {"WWW-Authenticate": 'Bearer error="insufficient_scope"'})],
    ids=["answered", "answered with nothing", "lacks the scope"],
)
def test_a_key_that_the_api_knows_works(server: Server, status: int, headers: dict[str, str]) -> None:
    server.status, server.headers = status, headers
    check_works(server.url, SECRET)
    assert server.asked == [("/api/keys?limit=1", SECRET.reveal())]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, ConflictError),
        (403, UnavailableError),
        (302, UnavailableError),
        (404, UnavailableError),
        (429, UnavailableError),
        (503, UnavailableError),
    ],
)
def test_any_other_answer_proves_nothing(server: Server, status: int, error: type[ApiKeyError]) -> None:
    server.status, server.headers = status, {"Location": server.url.replace("/api", "/elsewhere")}
    with pytest.raises(error) as raised:
        check_works(server.url, SECRET)
    assert SECRET.reveal() not in str(raised.value)
    assert len(server.asked) == 1


def test_a_call_to_a_silent_api_times_out() -> None:
    with create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(UnavailableError, match="cannot be reached") as raised:
            check_works(url, SECRET, BRIEF)
    assert SECRET.reveal() not in repr(raised.value)
    assert raised.value.__cause__ is None


def test_an_unreachable_api_is_an_error() -> None:
    with pytest.raises(UnavailableError, match="cannot be reached"):
        check_works("http://127.0.0.1:1/", SECRET, BRIEF)
