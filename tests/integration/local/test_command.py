"""The command line: starting, the log, stopping."""

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.local.conftest import ROOT, Gateway, serve


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "local", *arguments]
    return subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_gateway_and_its_workers(sample: Path, number: int) -> None:
    with serve(sample / "template.yaml") as gateway:
        assert gateway.http.post("/fail", content="pid").status_code == 200
        assert gateway.stop(number) == 0
    assert "Traceback" not in "".join(gateway.lines)


def test_it_stops_while_a_function_runs(sample: Path) -> None:
    with serve(sample / "template.yaml") as gateway, socket.create_server(("127.0.0.1", 0)) as meeting:
        event = f'{{"body": "127.0.0.1:{meeting.getsockname()[1]}"}}'.encode()
        gateway.functions.invoke(FunctionName="SlowFunction", InvocationType="Event", Payload=event)
        with meeting.accept()[0] as connection:
            assert gateway.stop() == 0
            # The function's end of the connection is gone with its process.
            assert connection.recv(1) == b""


def test_one_line_for_each_request_without_header_and_query(sample: Path) -> None:
    with serve(sample / "template.yaml") as gateway:
        gateway.http.get("/guarded?secret=s3cr3t", headers={"x-id": "Allow", "x-other": "s3cr3t"})
        gateway.http.get("/nope")
        gateway.stop()
    output = "".join(gateway.lines)
    assert re.search(r"^GET /guarded 200 somebody \d+ ms$", output, re.MULTILINE)
    assert re.search(r"^GET /nope 404 - \d+ ms$", output, re.MULTILINE)
    assert "s3cr3t" not in output


def test_the_serving_line_is_printed_once(gateway: Gateway, sample: Path) -> None:
    served = [line for line in gateway.lines if line.startswith("Serving")]
    assert served == [f"Serving {sample / 'template.yaml'} on {gateway.url}\n"]


def test_a_taken_port_is_one_clear_line(sample: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = run("--template", str(sample / "template.yaml"), "--port", str(port))
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == f"Port {port} cannot be used: Address already in use. Choose another one.\n"


def test_a_template_that_cannot_be_served_is_one_clear_line() -> None:
    ended = run("--template", "nowhere.yaml", "--port", "0")
    assert ended.returncode == 1
    assert re.fullmatch("nowhere.yaml cannot be read: .*\n", ended.stderr)


def test_a_store_that_cannot_be_reached_is_one_clear_line(
    sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    monkeypatch.setenv("DYNAMODB_ENDPOINT", f"http://127.0.0.1:{port}")
    ended = run("--template", str(sample / "template.yaml"), "--port", "0")
    assert ended.returncode == 1
    assert re.fullmatch("DynamoDB: .*\n", ended.stderr)
