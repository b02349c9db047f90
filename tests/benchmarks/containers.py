"""Fresh containers of the Lambda image, and their first answer.

Owns Docker. The container is up when the clock starts, the runtime is not: AWS's runtime interface emulator
starts it for the first call. The runtime's libraries are next to the task, compiled.
"""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

IMAGE = "public.ecr.aws/lambda/python:3.13-rapid-x86_64"
PORT = 8080
TASK_ROOT = "/var/task"
#: The folder of what is compiled where the runtime is.
COMPILED = "compiled"
#: Share of a CPU → the memory that buys it: 1,769 MB are one vCPU.
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
SHARES = {"1": 1769, "0.58": 1024, "0.29": 512}
EMULATOR = ("/var/rapid/aws-lambda-rie", "--log-level", "error", "/var/runtime/bootstrap")

#: Subject and share → milliseconds.
Starts = dict[tuple[str, str], list[float]]


def docker(*arguments: str | Path) -> str:
    """What a docker command prints."""
    command = ["docker", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def gateway() -> str:
    """The address at which containers find this machine."""
    probe = docker("run", "--detach", "--entrypoint", "sleep", IMAGE, "60")
    address = docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}", probe)
    docker("rm", "--force", probe)
    return address


def prepared(directory: Path) -> None:
    """Put the runtime's libraries next to the tasks, and compile them and the one task that has bytecode."""
    container = docker("create", IMAGE, "true")
    docker("cp", f"{container}:/var/runtime", directory / "runtime")
    docker("rm", container)
    docker(
        *("run", "--rm", "--volume", f"{directory}:/work", "--entrypoint", "/var/lang/bin/python3.13", IMAGE),
        *(
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "unchecked-hash",
            "/work/runtime",
            f"/work/{COMPILED}",
        ),
    )


@contextlib.contextmanager
def container(directory: Path, share: str, environ: dict[str, str], *command: str) -> Iterator[str]:
    """A fresh container that runs `command`; its id."""
    settings = [f"--env={name}={value}" for name, value in environ.items()]
    identity = docker(
        *("run", "--detach", "--cpus", share, *settings),
        *("--volume", f"{directory}:{TASK_ROOT}:ro"),
        *("--volume", f"{directory.with_name('runtime')}:/opt/python:ro", IMAGE, *command),
    )
    try:
        yield identity
    finally:
        docker("rm", "--force", identity)


def first_answer(
    directory: Path, share: str, environ: dict[str, str], command: Sequence[str], event: str
) -> tuple[float, Any]:
    """Milliseconds from the first call of a fresh container to its answer, and that answer."""
    with container(directory, share, environ, *command) as identity:
        host = docker(
            "inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", identity
        )
        _wait_for(host)
        connection = HTTPConnection(host, PORT, timeout=60)
        start = time.perf_counter()
        connection.request("POST", "/2015-03-31/functions/function/invocations", event)
        answer = json.loads(connection.getresponse().read())
        took = (time.perf_counter() - start) * 1000
        connection.close()
    return took, answer


def _wait_for(host: str) -> None:
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection((host, PORT), timeout=1):
            return
        time.sleep(0.02)
    sys.exit("The runtime interface emulator does not start.")


def has_image() -> bool:
    """Whether Docker runs here and has the image."""
    try:
        docker("image", "inspect", IMAGE)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
