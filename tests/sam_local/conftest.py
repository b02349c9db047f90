"""What ships, as Lambda runs it: built by SAM CLI, in Lambda's container, on AWS's own DynamoDB engine."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from local.services.dynamodb.tables import client, create_tables
from local.template.template import Template
from tests.dynamodb_local import dynamodb_local
from tests.events import ROOT
from tools import sam_local

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ENVIRONMENT = os.environ | sam_local.ENVIRONMENT


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that `sam build` has filled: a folder for each function, and the template."""
    directory = tmp_path_factory.mktemp("build")
    built = subprocess.run(
        ["sam", "build", "--build-dir", directory],
        cwd=ROOT,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return directory


@pytest.fixture(scope="session")
def dynamodb_endpoint() -> Iterator[str]:
    with dynamodb_local(for_containers=True) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def dynamodb(template: Template, dynamodb_endpoint: str) -> Iterator["DynamoDBClient"]:
    dynamodb = client(dynamodb_endpoint, sam_local.REGION)
    create_tables(dynamodb, template)
    yield dynamodb
    dynamodb.close()


@pytest.fixture(scope="session")
def built_template(build: Path, dynamodb_endpoint: str) -> Path:
    """The built template, and in it the way from the functions' containers to the store on this machine."""
    return sam_local.reaching(build / "template.yaml", dynamodb_endpoint)


@pytest.fixture(scope="session")
def invoke(built_template: Path) -> Iterator[Callable[[str, Any], Any]]:
    """Invoke a function with an event; its answer. Each function's container is kept for its next call."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = sam_local.command(
        "start-lambda", built_template, "--port", str(port), "--warm-containers", "LAZY"
    )
    log = built_template.with_suffix(".log")
    with (
        log.open("w") as output,
        subprocess.Popen(
            # A shell's background job ignores SIGINT, and hands that on to all that it starts.
            command,
            env=ENVIRONMENT,
            stdout=output,
            stderr=output,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - before any thread
        ) as sam,
    ):
        try:
            wait_until_it_listens(sam, port)
            functions = boto3.client(
                "lambda",
                endpoint_url=f"http://127.0.0.1:{port}",
                region_name=sam_local.REGION,
                aws_access_key_id="local",
                aws_secret_access_key="local",
                config=Config(read_timeout=120, retries={"total_max_attempts": 1}),
            )

            def call(function: str, event: Any) -> Any:
                answer = functions.invoke(FunctionName=function, Payload=json.dumps(event).encode())
                return json.load(answer["Payload"])

            yield call
            functions.close()
        finally:
            # As Ctrl-C does: it then removes its containers.
            sam.send_signal(signal.SIGINT)
            try:
                sam.wait(60)
            except subprocess.TimeoutExpired:
                sam.kill()
                raise


def wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.1)
    pytest.fail("sam local start-lambda did not start")
