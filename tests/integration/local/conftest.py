"""The sample template on its own gateway, as a user starts it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config

ROOT = Path(__file__).parents[3]
SAMPLE = Path(__file__).parent / "sample"

# As long as a machine with other work may take for anything.
PATIENCE_S = 120


class Gateway:
    """A gateway in a process, its output, an HTTP client and a Lambda client for it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[str] = []
        assert process.stdout
        for line in process.stdout:
            self.lines.append(line)
            if line.startswith("Serving "):
                break
        else:
            raise AssertionError("".join(self.lines))
        self._reader = threading.Thread(target=lambda: self.lines.extend(process.stdout or ()))
        self._reader.start()
        self.url = self.lines[-1].split()[-1]
        self.http = httpx.Client(base_url=self.url, timeout=PATIENCE_S)
        self.functions = boto3.client(
            "lambda",
            region_name="eu-central-1",
            endpoint_url=self.url,
            aws_access_key_id="any",
            aws_secret_access_key="any",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def invoke(self, name: str, event: object) -> tuple[Any, str | None]:
        answer = self.functions.invoke(FunctionName=name, Payload=json.dumps(event).encode())
        return json.load(answer["Payload"]), answer.get("FunctionError")

    def printed(self, pattern: str) -> bool:
        """Whether a line that begins with the pattern is printed, sooner or later."""
        until = time.monotonic() + PATIENCE_S
        while not any(re.match(pattern, line) for line in self.lines):
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the gateway and return its exit status; `lines` is complete then."""
        self.http.close()
        self.functions.close()
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return status


@contextmanager
def serve(template: Path, *arguments: str, **environment: str) -> Iterator[Gateway]:
    command = [sys.executable, "-m", "local", "--template", str(template), "--port", "0", *arguments]
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            gateway = Gateway(process)
            yield gateway
            if process.poll() is None:
                assert gateway.stop() == 0
        finally:
            process.kill()


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample, which a test may edit."""
    return shutil.copytree(SAMPLE, tmp_path_factory.mktemp("sample") / "sample")


@pytest.fixture(scope="session")
def gateway(sample: Path) -> Iterator[Gateway]:
    with serve(sample / "template.yaml", "--parameter", "Greeting=hi", GATEWAYS_OWN="secret") as running:
        yield running


@pytest.fixture
def event(gateway: Gateway) -> Callable[..., Any]:
    """The event that the sample's echo function gets for a request."""

    def send(method: str, path: str, **request: Any) -> Any:
        answer = gateway.http.request(method, path, **request)
        assert answer.status_code == 200, answer.text
        return answer.json()["event"]

    return send
