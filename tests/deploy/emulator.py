"""The emulator of AWS on this machine, for as long as a block runs.

Owns its process and its end, and what a machine lacks for it. Its packages are in .emulator and not in
.venv: they need Python 3.13, and other versions of what the tests use.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.dynamodb_local import dynamodb_local
from tests.dynamodb_local import missing as missing_for_dynamodb_local

_PACKAGES = Path(__file__).parents[2] / ".emulator"
_PYTHON = os.environ.get("EMULATOR_PYTHON", "python3.13")
_START_S = 120


def missing() -> str | None:
    """What this machine lacks to deploy on the emulator; None when it lacks nothing."""
    if not shutil.which(_PYTHON):
        return "deploying on an emulator needs Python 3.13: install it, or set EMULATOR_PYTHON to where it is"
    if not (_PACKAGES / "installed").is_file():
        return "deploying on an emulator needs its packages: make test-deploy installs them"
    return missing_for_dynamodb_local()


@contextmanager
def emulator(directory: Path) -> Iterator[str]:
    """Serve an empty account until the end of the block; its URL. `directory` has its files and its log."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = directory / "emulator.log"
    with dynamodb_local() as dynamodb, log.open("w") as output:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "PYTHONPATH": str(_PACKAGES),
            "PYTHONPYCACHEPREFIX": str(_PACKAGES / "__pycache__"),
            "FILESYSTEM_ROOT": str(directory),
            "FUNCTIONS_PYTHON": sys.executable,
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            # DynamoDB's streams as the engine has them.
            "PROVIDER_OVERRIDE_DYNAMODB": "v2",
            "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "v2",
            "DYNAMODB_LOCAL_PORT": dynamodb.rpartition(":")[2],
            # What its CloudFormation does not know passes, and the test names each kind.
            "CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES": "1",
            # It calls no other host: no statistics, no certificate, no name server.
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "DNS_ADDRESS": "0",
        }
        command = [_PYTHON, str(Path(__file__).with_name("emulator_process.py"))]
        with subprocess.Popen(
            command, env=environment, stdout=output, stderr=output, cwd=directory
        ) as process:
            try:
                _wait_until_ready(process, port, log)
                yield f"http://127.0.0.1:{port}"
            finally:
                # Nothing is to be kept. A function ends when its socket does.
                process.kill()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.2)
    raise RuntimeError(f"the emulator did not start:\n{log.read_text()[-2000:]}")
