"""`make bench-cold`: from the first call to its answer, in AWS's Lambda runtime for Python.

Every start is a fresh container of the Lambda image under AWS's runtime interface emulator, with the share of
a CPU that a memory size buys. The container is up, the runtime is not: the emulator starts it for the first
call. Without Docker, every start is a fresh process of AWS's runtime client, `python -m awslambdaric`.
All subjects find their libraries compiled, as AWS ships its own. Prints a table, and the same as JSON on the
last line and in .bench/cold.json.
"""

import argparse
import contextlib
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

from tests.benchmarks import runtime_api, stage

OUTPUT = stage.ROOT / ".bench" / "cold.json"
IMAGE = "public.ecr.aws/lambda/python:3.13-rapid-x86_64"
PORT = 8080

#: Name → title, handler, and whether what is deployed holds bytecode.
SUBJECTS = {
    "empty": ("a handler that does nothing", "tests.benchmarks.empty.handler", True),
    "authorizer": ("authorizer", "authorizer.app.handler", True),
    "authorizer_source": ("authorizer, deployed without bytecode", "authorizer.app.handler", False),
    "boto3_client": ("the same with boto3's client", "tests.benchmarks.usual_client.handler", True),
    "boto3_resource": ("the same with boto3's Table", "tests.benchmarks.usual_resource.handler", True),
}
#: Share of a CPU → the memory that buys it: 1,769 MB are one vCPU.
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
SHARES = {"1": 1769, "0.58": 1024, "0.29": 512}
#: What the one column is called without Docker.
PROCESS = "process"
IMPORT = (
    "import awslambdaric.bootstrap, importlib, sys, time; start = time.perf_counter(); "
    "importlib.import_module(sys.argv[1].rpartition('.')[0]); print((time.perf_counter() - start) * 1000)"
)


def docker(*arguments: str | Path) -> str:
    """What a docker command prints."""
    command = ["docker", *map(str, arguments)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def copy_tasks(directory: Path) -> None:
    """Lay out what is deployed, twice: `source`, and `bytecode`, which is still to be compiled."""
    for package in ("functions/apikeys", "functions/authorizer", "tests/benchmarks"):
        for task in ("source", "bytecode"):
            target = directory / task / package.removeprefix("functions/")
            shutil.copytree(stage.ROOT / package, target, ignore=shutil.ignore_patterns("__pycache__"))


def prepared(directory: Path) -> None:
    """Lay out what containers mount: the runtime's libraries, and the task with and without bytecode."""
    container = docker("create", IMAGE, "true")
    docker("cp", f"{container}:/var/runtime", directory / "runtime")
    docker("rm", container)
    copy_tasks(directory)
    docker(
        *("run", "--rm", "--volume", f"{directory}:/work", "--entrypoint", "/var/lang/bin/python3.13", IMAGE),
        *(
            "-m",
            "compileall",
            "-q",
            "--invalidation-mode",
            "unchecked-hash",
            "/work/runtime",
            "/work/bytecode",
        ),
    )


@contextlib.contextmanager
def container(directory: Path, share: str, environ: dict[str, str], *command: str) -> Iterator[str]:
    """A fresh container that runs `command`; its id."""
    settings = [f"--env={name}={value}" for name, value in environ.items()]
    identity = docker(
        *("run", "--detach", "--cpus", share, *settings),
        *("--volume", f"{directory}:/var/task:ro"),
        *("--volume", f"{directory.with_name('runtime')}:/opt/python:ro", IMAGE, *command),
    )
    try:
        yield identity
    finally:
        docker("rm", "--force", identity)


def first_answer_ms(directory: Path, share: str, environ: dict[str, str], handler: str, event: str) -> float:
    """Milliseconds from the first call of a fresh container to its answer."""
    emulator = ["/var/rapid/aws-lambda-rie", "--log-level", "error", "/var/runtime/bootstrap", handler]
    with container(directory, share, environ, *emulator) as identity:
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
    if "errorMessage" in answer:
        sys.exit(f"{handler}: {answer}")
    return took


def import_ms(directory: Path, share: str, environ: dict[str, str], handler: str) -> float:
    """Milliseconds of importing a handler's module, once the runtime's own modules are there."""
    python = ["/usr/bin/env", "PYTHONPATH=/var/task:/opt/python", "python3.13", "-c", IMPORT, handler]
    with container(directory, share, environ, *python) as identity:
        docker("wait", identity)
        return float(docker("logs", identity))


def _wait_for(host: str) -> None:
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection((host, PORT), timeout=1):
            return
        time.sleep(0.02)
    sys.exit("The runtime interface emulator does not start.")


Starts = dict[tuple[str, str], list[float]]


def in_containers(starts: int) -> tuple[Starts, Starts]:
    """Milliseconds to the first answer, and of importing, of each subject at each share of a CPU."""
    probe = docker("run", "--detach", "--entrypoint", "sleep", IMAGE, "60")
    gateway = docker("inspect", "--format", "{{.NetworkSettings.Gateway}}", probe)
    docker("rm", "--force", probe)
    answers: Starts = {}
    imports: Starts = {}
    with deployed(gateway) as (directory, environ, event):
        prepared(directory)
        for _ in range(starts):
            for share in SHARES:
                for name, (_, handler, bytecode) in SUBJECTS.items():
                    task = directory / ("bytecode" if bytecode else "source")
                    answers.setdefault((name, share), []).append(
                        first_answer_ms(task, share, environ, handler, event)
                    )
                    imports.setdefault((name, share), []).append(import_ms(task, share, environ, handler))
    return answers, imports


def in_processes(starts: int, python: str) -> tuple[Starts, Starts]:
    """The same for fresh processes of `python`, which has the whole machine."""
    answers: Starts = {}
    imports: Starts = {}
    with deployed("127.0.0.1") as (directory, environ, event):
        copy_tasks(directory)
        compiling = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
        subprocess.run([*compiling, directory / "bytecode"], check=True)
        for _ in range(starts):
            for name, (_, handler, bytecode) in SUBJECTS.items():
                task = directory / ("bytecode" if bytecode else "source")
                answers.setdefault((name, PROCESS), []).append(
                    runtime_api.first_answer_ms(python, task, environ, handler, event)
                )
                imported = subprocess.run(
                    [python, "-c", IMPORT, handler],
                    env=environ | {"PYTHONPATH": str(task), "PYTHONDONTWRITEBYTECODE": "1"},
                    check=True,
                    capture_output=True,
                )
                imports.setdefault((name, PROCESS), []).append(float(imported.stdout))
    return answers, imports


@contextlib.contextmanager
def deployed(host: str) -> Iterator[tuple[Path, dict[str, str], str]]:
    """An empty directory, the environment of a function whose store listens on `host`, and a good call."""
    secret = stage.new_secret()
    items = {secret.key_id: stage.item(secret, "runtime")}
    with stage.stub_store(items, host) as port, tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary), stage.environ(f"http://{host}:{port}"), stage.event(secret.reveal())


def has_image() -> bool:
    """Whether Docker runs here and has the image."""
    try:
        docker("image", "inspect", IMAGE)
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description="What a cold start costs.")
    parser.add_argument("--starts", type=int, default=7, help="fresh containers or processes of each kind")
    parser.add_argument("--python", required=True, help="an interpreter with the `bench` group")
    parser.add_argument("--no-docker", action="store_true", help="measure processes although there is Docker")
    options = parser.parse_args()
    if not options.no_docker and has_image():
        where, columns = IMAGE, list(SHARES)
        answers, imports = in_containers(options.starts)
    else:
        where, columns = "python -m awslambdaric, with a stand-in for the Runtime API", [PROCESS]
        print(f"Without Docker and the image {IMAGE}, which `sam local invoke` fetches,")
        print(f"this measures fresh processes of {where}.")
        answers, imports = in_processes(options.starts, options.python)
    figures: dict[str, object] = {
        column: {
            name: {
                "first_answer_ms": round(statistics.median(answers[name, column])),
                "import_ms": round(statistics.median(imports[name, column])),
            }
            for name in SUBJECTS
        }
        for column in columns
    }
    figures |= {"runtime": where, "machine": stage.machine(), "date": datetime.now(UTC).date().isoformat()}
    heads = [f"{column} vCPU" if column in SHARES else column for column in columns]
    print(f"{'to the first answer, in ms (medians)':44}" + "".join(f"{head:>16}" for head in heads))
    for name, (title, _, _) in SUBJECTS.items():
        cells = [
            f"{statistics.median(answers[name, c]):,.0f} ({statistics.median(imports[name, c]):,.0f})"
            for c in columns
        ]
        print(f"{title:44}" + "".join(f"{cell:>16}" for cell in cells))
    print("In brackets: importing the handler's module.")
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
