"""`make bench-cold`: from the first call to its answer, in AWS's Lambda runtime for Python.

Every start is a fresh container of the Lambda image under AWS's runtime interface emulator, with the share of
a CPU that a memory size buys. The container is up, the runtime is not: the emulator starts it for the first
call. Without Docker, every start is a fresh process of AWS's runtime client, `python -m awslambdaric`.
The runtime's libraries, boto3 among them, are compiled, which favours boto3: whether AWS ships them so is
not known here. SAM's own builder leaves what it puts into a package as source, boto3 too. Prints a table,
with Docker another of each function as it ships (tests/benchmarks/shipped.py), and both as JSON on the last
line and in .bench/cold.json.
"""

import argparse
import contextlib
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import botocore

from tests.benchmarks import runtime_api, shipped, stage
from tests.benchmarks.containers import (
    COMPILED,
    EMULATOR,
    IMAGE,
    SHARES,
    TASK_ROOT,
    Starts,
    container,
    docker,
    first_answer,
    gateway,
    has_image,
    prepared,
)

OUTPUT = stage.ROOT / ".bench" / "cold.json"
CERTIFICATES = "certificates.pem"
#: The other forms of a deployment, without bytecode: as source, and as source with boto3.
SOURCE, BUNDLED = "source", "bundled"
LIBRARIES = Path(botocore.__file__).parents[1]
BOTO3 = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "urllib3")
WITHOUT_BYTECODE = shutil.ignore_patterns("__pycache__")


class Subject(NamedTuple):
    """Something to start. `task` is what is deployed; `tls` is whether the store speaks it."""

    title: str
    handler: str
    task: str = COMPILED
    tls: bool = False


SUBJECTS = {
    "empty": Subject("a handler that does nothing", "tests.benchmarks.empty.handler"),
    "authorizer": Subject("authorizer", "authorizer.app.handler"),
    "authorizer_source": Subject("authorizer, no bytecode", "authorizer.app.handler", task=SOURCE),
    "boto3_client": Subject("the same with boto3's client", "tests.benchmarks.usual_client.handler"),
    "boto3_resource": Subject("the same with boto3's Table", "tests.benchmarks.usual_resource.handler"),
    "boto3_resource_bundled": Subject(
        "boto3's Table, as SAM's own builder bundles it",
        "tests.benchmarks.usual_resource.handler",
        task=BUNDLED,
    ),
    "authorizer_tls": Subject("authorizer, over TLS", "authorizer.app.handler", tls=True),
    "boto3_client_tls": Subject(
        "boto3's client, over TLS", "tests.benchmarks.usual_client.handler", tls=True
    ),
    "boto3_resource_tls": Subject(
        "boto3's Table, over TLS", "tests.benchmarks.usual_resource.handler", tls=True
    ),
}
#: The name of the only column without Docker.
PROCESS = "process"
IMPORT = (
    "import awslambdaric.bootstrap, importlib, sys, time; start = time.perf_counter(); "
    "importlib.import_module(sys.argv[1].rpartition('.')[0]); print((time.perf_counter() - start) * 1000)"
)


class Deployed(NamedTuple):
    """What is measured: `root` holds the tasks. A good call has the body `event`.

    `stores` are the URLs of the store, without TLS and with it.
    """

    root: Path
    stores: tuple[str, str]
    event: str

    def task(self, subject: Subject) -> Path:
        """Where the code of `subject` is."""
        return self.root / subject.task

    def environ(self, subject: Subject, root: str | Path) -> dict[str, str]:
        """The environment of `subject`, which sees its code in `root`."""
        return stage.environ(self.stores[subject.tls]) | {"AWS_CA_BUNDLE": f"{root}/{CERTIFICATES}"}


@contextlib.contextmanager
def deployed(host: str) -> Iterator[Deployed]:
    """Stores that listen on `host`, and what is deployed in front of them, its bytecode still to be compiled.

    The store's certificate is added to those that a subject trusts on AWS: Amazon's roots for the authorizer,
    botocore's own 140 or so for boto3, whose `AWS_CA_BUNDLE` is a copy of them.
    """
    secret = stage.new_secret()
    items = {secret.id: stage.item(secret, "runtime")}
    with contextlib.ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificate = stage.new_certificate(root, host)
        stores = (
            stack.enter_context(stage.stub_store(items, host)),
            stack.enter_context(stage.stub_store(items, host, certificate)),
        )
        vouching = certificate[0].read_text()
        trusted = (LIBRARIES / "botocore" / "cacert.pem").read_text()
        for task in (COMPILED, SOURCE, BUNDLED):
            for package in ("functions/apikeys", "functions/authorizer", "tests/benchmarks"):
                target = root / task / package.removeprefix("functions/")
                shutil.copytree(stage.ROOT / package, target, ignore=WITHOUT_BYTECODE)
            with (root / task / "authorizer" / "amazon_roots.pem").open("a") as roots:
                roots.write(vouching)
            (root / task / CERTIFICATES).write_text(trusted + vouching)
        for package in BOTO3:
            shutil.copytree(LIBRARIES / package, root / BUNDLED / package, ignore=WITHOUT_BYTECODE)
        shutil.copy(LIBRARIES / "six.py", root / BUNDLED)
        yield Deployed(root, stores, stage.event(secret.reveal()))


def first_answer_ms(directory: Path, share: str, environ: dict[str, str], handler: str, event: str) -> float:
    """Milliseconds from the first call of a fresh container to its answer, which must be a good one."""
    took, answer = first_answer(directory, share, environ, (*EMULATOR, handler), event)
    if "errorMessage" in answer:
        sys.exit(f"{handler}: {answer}")
    return took


def import_ms(directory: Path, share: str, environ: dict[str, str], handler: str) -> float:
    """Milliseconds of importing a handler's module, once the runtime's own modules are there."""
    python = ["/usr/bin/env", f"PYTHONPATH={TASK_ROOT}:/opt/python", "python3.13", "-c", IMPORT, handler]
    with container(directory, share, environ, *python) as identity:
        docker("wait", identity)
        return float(docker("logs", identity))


def in_containers(starts: int) -> tuple[Starts, Starts]:
    """Milliseconds to the first answer, and of importing, of each subject at each share of a CPU."""
    answers: Starts = {}
    imports: Starts = {}
    with deployed(gateway()) as deployment:
        prepared(deployment.root)
        for _ in range(starts):
            for share in SHARES:
                for name, subject in SUBJECTS.items():
                    task, environ = deployment.task(subject), deployment.environ(subject, TASK_ROOT)
                    answers.setdefault((name, share), []).append(
                        first_answer_ms(task, share, environ, subject.handler, deployment.event)
                    )
                    imports.setdefault((name, share), []).append(
                        import_ms(task, share, environ, subject.handler)
                    )
    return answers, imports


def in_processes(starts: int, python: str) -> tuple[Starts, Starts]:
    """The same for fresh processes of `python`, which has the whole machine."""
    answers: Starts = {}
    imports: Starts = {}
    with deployed("127.0.0.1") as deployment:
        compiling = [python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
        subprocess.run([*compiling, deployment.root / COMPILED], check=True)
        for _ in range(starts):
            for name, subject in SUBJECTS.items():
                task = deployment.task(subject)
                environ = deployment.environ(subject, task)
                answers.setdefault((name, PROCESS), []).append(
                    runtime_api.first_answer_ms(python, task, environ, subject.handler, deployment.event)
                )
                imported = subprocess.run(
                    [python, "-c", IMPORT, subject.handler],
                    env=environ | {"PYTHONPATH": str(task), "PYTHONDONTWRITEBYTECODE": "1"},
                    check=True,
                    capture_output=True,
                )
                imports.setdefault((name, PROCESS), []).append(float(imported.stdout))
    return answers, imports


def main() -> None:
    """Measure, print, and write the figures down."""
    parser = argparse.ArgumentParser(description="What a cold start costs.")
    parser.add_argument("--starts", type=int, default=7, help="fresh containers or processes of each kind")
    parser.add_argument("--python", required=True, help="an interpreter with the `bench` group")
    parser.add_argument("--no-docker", action="store_true", help="measure processes although there is Docker")
    parser.add_argument("--shipped", action="store_true", help="only the functions as they ship")
    options = parser.parse_args()
    if options.shipped:
        shipped.table(shipped.answers(options.starts))
        return
    if not options.no_docker and has_image():
        where, columns = IMAGE, list(SHARES)
        answers, imports = in_containers(options.starts)
        functions = shipped.answers(options.starts)
    else:
        functions = {}
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
    for name, subject in SUBJECTS.items():
        cells = [
            f"{statistics.median(answers[name, c]):,.0f} ({statistics.median(imports[name, c]):,.0f})"
            for c in columns
        ]
        print(f"{subject.title:44}" + "".join(f"{cell:>16}" for cell in cells))
    print("In brackets: importing the handler's module.")
    if functions:
        figures["shipped"] = shipped.table(functions)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
