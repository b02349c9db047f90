"""The backend as Lambda runs it: its own process, started by run.sh with the template's environment."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from local.template.template import Template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# As long as a machine with other work may take for anything.
PATIENCE_S = 120


class Backend:
    """A running backend, and all that it has printed."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.url = url
        self._lines: list[str] = []
        self._printed = threading.Condition()
        self._process = process
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._printed:
                self._lines.append(line)
                self._printed.notify_all()

    @property
    def output(self) -> str:
        return "".join(self._lines)

    def wait_for(self, *texts: str) -> str:
        """The first line with all the texts, which may not be printed yet."""

        def find() -> str | None:
            return next((line for line in self._lines if all(text in line for text in texts)), None)

        with self._printed:
            line = self._printed.wait_for(find, PATIENCE_S)
        assert line, f"never printed: {texts}"
        return line

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)


@contextmanager
def running(template: Template, endpoint: str, **environment: str) -> Iterator[Backend]:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
    function = template.functions["RuntimeFunction"]
    process = subprocess.Popen(  # noqa: S603 - the project's own script
        [function.code / function.handler],
        env={
            **function.environment,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PORT": str(port),
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        backend = Backend(process, f"http://127.0.0.1:{port}")
        try:
            # As the adapter does: it is ready when it answers anything below 500.
            # https://aws.github.io/aws-lambda-web-adapter/configuration/readiness-check.html
            while not _ready(backend.url):
                assert process.poll() is None, backend.output
                time.sleep(0.05)
            yield backend
        finally:
            backend.stop()


def _ready(url: str) -> bool:
    try:
        return httpx.get(url).status_code < 500
    except httpx.TransportError:
        return False


def identity(
    organization_id: str, key_id: str = "key_AAAAAAAAAAAA", scopes: str = "runtime"
) -> dict[str, str]:
    """The header in which the adapter hands over what the authorizer found."""
    authorizer = {"organization_id": organization_id, "key_id": key_id, "scopes": scopes}
    return {"x-amzn-request-context": json.dumps({"authorizer": authorizer})}


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def backend(template: Template, dynamodb: "DynamoDBClient") -> Iterator[Backend]:
    with running(template, dynamodb.meta.endpoint_url) as backend:
        yield backend


@pytest.fixture(scope="session")
def one(backend: Backend) -> Iterator[httpx.Client]:
    """A client of the first organization."""
    with httpx.Client(base_url=backend.url, headers=identity("org_one"), timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture(scope="session")
def other(backend: Backend) -> Iterator[httpx.Client]:
    """A client of another organization."""
    with httpx.Client(base_url=backend.url, headers=identity("org_other"), timeout=PATIENCE_S) as client:
        yield client
