"""The emulator's own process: LocalStack without a container, on the packages of .emulator.

Owns what it would take from elsewhere: it listens only on loopback, its DynamoDB is the engine at
DYNAMODB_LOCAL_PORT, and a function runs as one does in the local gateway. Also mends one thing that
CloudFormation takes and the emulator does not. All else is the emulator's. Must never touch an AWS account.
"""

import dataclasses
import json
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

from localstack.runtime import main
from localstack.services.cloudformation.engine.v2 import change_set_model_preproc as preproc
from localstack.services.dynamodb.server import DynamodbServer
from localstack.services.lambda_.invocation import execution_environment, version_manager
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from twisted.internet import endpoints

WORKER = Path(__file__).parents[2] / "local" / "functions" / "worker.py"


class WorkerExecutor(RuntimeExecutor):  # type: ignore[misc] # the package is not in .venv
    """A function's process: its deployed code, on the libraries of FUNCTIONS_PYTHON."""

    def start(self, env_vars: dict[str, str]) -> None:
        ours, theirs = socket.socketpair()
        self._channel = ours.makefile("rwb")
        with ours, theirs:
            self._process = subprocess.Popen(
                [os.environ["FUNCTIONS_PYTHON"], str(WORKER), str(theirs.fileno())],
                cwd=self.function_version.config.code.get_unzipped_code_location(),
                env={"PATH": os.environ["PATH"]} | {name: str(value) for name, value in env_vars.items()},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        kind, answer = self._receive()
        if kind != b"!":
            raise RuntimeError(answer.decode())

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        known = {
            "request_id": payload["invoke-id"],
            "arn": payload["invoked-function-arn"],
            "deadline": time.time() + self.function_version.config.timeout,
            "trace_id": payload["trace-id"],
        }
        for message in (json.dumps(known).encode(), payload["payload"].encode()):
            self._channel.write(len(message).to_bytes(4, "big") + message)
        self._channel.flush()
        kind, answer = self._receive()
        return InvocationResult(payload["invoke-id"], answer, is_error=kind != b"+", logs="")

    def _receive(self) -> tuple[bytes, bytes]:
        message = self._channel.read(int.from_bytes(self._channel.read(4), "big"))
        return message[:1], message[1:]

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def get_address(self) -> str:
        return "127.0.0.1"

    def get_endpoint_from_executor(self) -> str:
        return "127.0.0.1"

    def get_runtime_endpoint(self) -> str:
        return ""

    def get_logs(self) -> str:
        return ""

    @classmethod
    def prepare_version(cls, function_version: Any) -> None:
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: Any) -> None:
        """There is nothing to clean up: the emulator removes the code."""


_everywhere = endpoints.TCP4ServerEndpoint
_looked_up = preproc.perform_dynamic_reference_lookup


def _on_loopback(reactor: Any, port: int) -> Any:
    return _everywhere(reactor, port, interface="127.0.0.1")


def _whole_secret(reference: Any, **where: str) -> Any:
    """Of {{resolve:secretsmanager:ID:SecretString}} the emulator expects one colon more.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
    """
    if reference.reference_key.endswith(":SecretString"):
        reference = dataclasses.replace(reference, reference_key=reference.reference_key + ":")
    return _looked_up(reference=reference, **where)


def _serve() -> None:
    endpoints.TCP4ServerEndpoint = _on_loopback
    preproc.perform_dynamic_reference_lookup = _whole_secret
    for module in (execution_environment, version_manager):
        module.get_runtime_executor = lambda: WorkerExecutor
    DynamodbServer.start_dynamodb = lambda _: True
    DynamodbServer.stop_dynamodb = lambda _: None
    main.main()


if __name__ == "__main__":
    _serve()
