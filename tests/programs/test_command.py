"""The command line: starting, the log, stopping."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.local.conftest import PATIENCE_S, ROOT, Gateway, serve


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_ctrl_c_ends_the_gateway_and_the_functions_that_run(sample: Path, dynamodb_endpoint: str) -> None:
    with (
        serve(sample / "template.yaml", DYNAMODB_ENDPOINT=dynamodb_endpoint) as gateway,
        socket.create_server(("127.0.0.1", 0)) as meeting,
    ):
        event = json.dumps({"body": f"127.0.0.1:{meeting.getsockname()[1]}"}).encode()
        gateway.functions.invoke(FunctionName="SlowFunction", InvocationType="Event", Payload=event)
        with meeting.accept()[0] as connection:
            assert gateway.stop(signal.SIGINT) == 0
            # The function's end of the connection is gone with its process.
            assert connection.recv(1) == b""
    assert "Traceback" not in "".join(gateway.lines)


def test_each_request_and_each_malformed_one_is_one_line_without_header_and_query(
    sample: Path, dynamodb_endpoint: str
) -> None:
    with serve(sample / "template.yaml", DYNAMODB_ENDPOINT=dynamodb_endpoint) as gateway:
        port = int(gateway.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as connection:
            connection.sendall(b"s3cr3t\r\n\r\n")
            assert b" 400 " in connection.recv(100)
        assert gateway.printed(r"- - 400 - 0 ms$")
        gateway.http.get("/guarded?secret=s3cr3t", headers={"x-id": "Allow", "x-other": "s3cr3t"})
        gateway.http.get("/nope")
        assert gateway.stop(signal.SIGTERM) == 0
    output = "".join(gateway.lines)
    assert re.search(r"^GET /guarded 200 somebody \d+ ms$", output, re.MULTILINE)
    assert re.search(r"^GET /nope 404 - \d+ ms$", output, re.MULTILINE)
    assert "s3cr3t" not in output


def test_the_serving_line_is_printed_once(gateway: Gateway, sample: Path) -> None:
    served = [line for line in gateway.lines if line.startswith("Serving")]
    assert served == [f"Serving {sample / 'template.yaml'} on {gateway.url}\n"]


# At any moment of the start: these meet different ones on every machine.
@pytest.mark.parametrize("seconds", [0, 0.5])
@pytest.mark.parametrize("module", ["local", "local.quickstart"])
def test_ctrl_c_before_the_gateway_serves_ends_it_without_output(module: str, seconds: float) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", module, "--port", str(port)],
        cwd=ROOT,
        # With its own store: it must not change what others do in theirs.
        env={name: value for name, value in os.environ.items() if name != "DYNAMODB_ENDPOINT"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        # Its first action. Before that, Ctrl-C ends Python itself.
        while not listens(port):
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate()
    assert process.returncode in (0, -signal.SIGINT)
    assert "Traceback" not in output


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_store_that_is_not_a_url_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAMODB_ENDPOINT", "127.0.0.1:8000")
    ended = run("local", "--port", "0")
    assert (ended.returncode, ended.stderr[:32]) == (1, "DYNAMODB_ENDPOINT is not a URL. ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("module", ["local", "local.quickstart"])
def test_a_port_in_use_is_one_clear_line(module: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run(module, "--port", str(port))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert re.fullmatch(rf"Port {port} is taken\. Choose another: .*N\n", ended.stderr)


def test_a_template_that_cannot_be_served_is_one_clear_line() -> None:
    ended = run("local", "--template", "nowhere.yaml", "--port", "0")
    assert ended.returncode == 1
    assert re.fullmatch("nowhere.yaml cannot be read: .*\n", ended.stderr)


def test_a_store_that_cannot_be_reached_is_one_clear_line(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("DYNAMODB_ENDPOINT", f"http://127.0.0.1:{port}")
    ended = run("local", "--template", str(sample / "template.yaml"), "--port", "0")
    assert ended.returncode == 1
    assert re.fullmatch("DynamoDB: .*\n", ended.stderr)


def test_two_stacks_that_share_names_are_one_clear_line(sample: Path) -> None:
    template = str(sample / "template.yaml")
    ended = run("local", "--template", template, "--with", f"other={template}", "--port", "0")
    assert ended.returncode == 1
    assert re.fullmatch("Two of the templates have .*\\. Here, no two may have one name\\.\n", ended.stderr)


@pytest.mark.parametrize(
    "option", ["--with=template.yaml", "--with=My Stack=template.yaml", "--with-parameter=A=B"]
)
def test_a_second_template_that_is_not_named_is_refused(option: str) -> None:
    ended = run("local", "--port", "0", option)
    assert ended.returncode == 2
    assert "--with" in ended.stderr
