import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from authorizer.credentials import CredentialProvider, Credentials, CredentialsError

NOW = 1_700_000_000.0


class ContainerEndpoint:
    """A container credentials endpoint on this machine, which answers what a test puts in `answer`."""

    def __init__(self) -> None:
        self.status = 200
        self.answer: object = {}
        self.asked: list[tuple[str, str | None]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, self.headers["Authorization"]))
                body = outer.answer if isinstance(outer.answer, bytes) else json.dumps(outer.answer).encode()
                self.send_response(outer.status)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/credentials?v=2"

    def good_until(self, end: float, access_key_id: str = "AKIAONE") -> None:
        moment = datetime.fromtimestamp(end, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.status = 200
        self.answer = {
            "AccessKeyId": access_key_id,
            "SecretAccessKey": "the secret",
            "Token": "the token",
            "Expiration": moment,
        }

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def container() -> Iterator[ContainerEndpoint]:
    endpoint = ContainerEndpoint()
    yield endpoint
    endpoint.stop()


def test_the_environments_credentials_are_used() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
    credentials = CredentialProvider(environ).current(NOW)
    assert (credentials.access_key_id, credentials.secret_access_key) == ("AKIA", "secret")
    assert (credentials.session_token, credentials.expires_at) == ("token", None)


def test_credentials_without_a_session_token_have_none() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "secret"}
    assert CredentialProvider(environ).current(NOW).session_token is None


def test_the_environment_is_read_again_only_after_the_credentials_were_refused() -> None:
    environ = {"AWS_ACCESS_KEY_ID": "OLD", "AWS_SECRET_ACCESS_KEY": "secret"}
    provider = CredentialProvider(environ)
    provider.current(NOW)
    environ["AWS_ACCESS_KEY_ID"] = "NEW"
    assert provider.current(NOW).access_key_id == "OLD"
    provider.forget()
    assert provider.current(NOW).access_key_id == "NEW"


def test_the_environment_wins_over_the_container_endpoint(container: ContainerEndpoint) -> None:
    environ = {
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url,
    }
    CredentialProvider(environ).current(NOW)
    assert container.asked == []


def test_the_container_endpoint_is_asked_with_its_token(container: ContainerEndpoint) -> None:
    container.good_until(NOW + 3600)
    environ = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in",
    }
    credentials = CredentialProvider(environ).current(NOW)
    assert credentials.access_key_id == "AKIAONE"
    assert credentials.secret_access_key == "the secret"
    assert credentials.session_token == "the token"
    assert credentials.expires_at == NOW + 3600
    assert container.asked == [("/credentials?v=2", "let me in")]


def test_a_token_file_is_read_for_each_request(container: ContainerEndpoint, tmp_path: Path) -> None:
    container.good_until(NOW + 3600)
    token = tmp_path / "token"
    token.write_text("first\n")
    provider = CredentialProvider(
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "not this one",
        }
    )
    provider.current(NOW)
    token.write_text("second")
    provider.forget()
    provider.current(NOW)
    assert [authorization for _, authorization in container.asked] == ["first", "second"]


def test_credentials_are_renewed_before_they_expire(container: ContainerEndpoint) -> None:
    provider = CredentialProvider({"AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url})
    container.good_until(NOW + 3600)
    provider.current(NOW)
    container.good_until(NOW + 7200, "AKIATWO")
    assert provider.current(NOW + 3200).access_key_id == "AKIAONE"
    assert provider.current(NOW + 3400).access_key_id == "AKIATWO"
    assert len(container.asked) == 2


def test_a_failed_renewal_does_no_harm_before_the_credentials_expire(container: ContainerEndpoint) -> None:
    provider = CredentialProvider({"AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url})
    container.good_until(NOW + 3600)
    provider.current(NOW)
    container.status = 500
    assert provider.current(NOW + 3400).access_key_id == "AKIAONE"
    with pytest.raises(CredentialsError, match="answered 500"):
        provider.current(NOW + 3600)


@pytest.mark.parametrize(
    "answer",
    [b"", b"<html>", b"[]", b"null", {}, {"AccessKeyId": "a"}, b"{" * 100_000],
    ids=["empty", "html", "list", "null", "nothing", "part", "huge"],
)
def test_a_malformed_answer_gives_no_credentials(container: ContainerEndpoint, answer: object) -> None:
    container.answer = answer
    with pytest.raises(CredentialsError, match="endpoint"):
        CredentialProvider({"AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url}).current(NOW)


def test_an_unreachable_endpoint_gives_no_credentials() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environ = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{port}/"}
    with pytest.raises(CredentialsError, match="ConnectionRefusedError"):
        CredentialProvider(environ).current(NOW)


def test_a_silent_endpoint_gives_no_credentials() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{silent.getsockname()[1]}/"}
        with pytest.raises(CredentialsError, match="Timeout"):
            CredentialProvider(environ).current(NOW)


@pytest.mark.parametrize(
    "url", ["http://example.com/", "ftp://127.0.0.1/", "//127.0.0.1/", "127.0.0.1", "http://"]
)
def test_the_token_is_sent_to_no_other_host(url: str) -> None:
    environ = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": url, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in"}
    with pytest.raises(CredentialsError, match="not one that a token may be sent to"):
        CredentialProvider(environ).current(NOW)


def test_a_token_that_would_be_two_header_lines_is_not_sent(container: ContainerEndpoint) -> None:
    environ = {
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": container.url,
        "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in\r\nX-Other: header",
    }
    with pytest.raises(CredentialsError) as raised:
        CredentialProvider(environ).current(NOW)
    assert container.asked == []
    assert "let me in" not in str(raised.value)


def test_an_environment_without_credentials_gives_none() -> None:
    with pytest.raises(CredentialsError, match="no credentials in the environment"):
        CredentialProvider({}).current(NOW)


def test_credentials_do_not_show_themselves() -> None:
    shown = repr(Credentials("AKIA", "the secret", "the token", NOW))
    assert "secret" not in shown
    assert "token" not in shown
