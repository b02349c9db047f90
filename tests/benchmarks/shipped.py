"""Each function as it ships: the package that `sam build` makes, on AWS's own DynamoDB engine.

Owns which event a function is measured with, and the judgement of its answer. Every function of template.yaml
that has an event in events/ is measured, so a new one gets its own row.
"""

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from local.services.dynamodb.tables import client, create_tables
from local.template.template import Template
from tests.benchmarks import stage
from tests.benchmarks.containers import (
    COMPILED,
    EMULATOR,
    PORT,
    SHARES,
    TASK_ROOT,
    Starts,
    first_answer,
    gateway,
    prepared,
)
from tests.dynamodb_local import dynamodb_local
from tests.events import EVENTS, EXPECTED, function_of, put_example

EMPTY = "tests.benchmarks.empty.handler"
#: In place of AWS's own web adapter, for a function whose handler is a command.
ADAPTER = ("/var/lang/bin/python3.13", "/opt/python/adapter.py")

_RUNTIME = json.loads((stage.ROOT / "events" / "runtime_capabilities.json").read_text())


class Function(NamedTuple):
    """A function, and how it is measured. `adapted` is whether the web adapter's stand-in runs it."""

    name: str
    handler: str
    event: str
    is_right: Callable[[Any], Any]
    environ: dict[str, str]
    adapted: bool


def functions(template: Template, endpoint: str) -> Iterator[Function]:
    """The functions, each with its first event of those that come through API Gateway."""
    events: dict[str, str] = {}
    for event in sorted(EXPECTED, key=lambda name: "direct" in name):
        events.setdefault(function_of(event), event)
    for name, function in template.functions.items():
        environ = stage.environ(endpoint) | dict(function.environment)
        if function.is_web_app:
            yield Function(name, "run.sh", json.dumps(_RUNTIME), _succeeded, environ, adapted=True)
        elif name in events:
            event = events[name]
            yield Function(
                name, function.handler, json.dumps(EVENTS[event]), EXPECTED[event], environ, adapted=False
            )


def _succeeded(answer: Any) -> bool:
    return bool(answer["statusCode"] == 200)


def build(function: str, directory: Path) -> Path:
    """The function's package, in `directory`."""
    target = directory / function
    target.mkdir()
    subprocess.run(
        ["make", "--silent", f"build-{function}"],
        cwd=stage.ROOT / "functions",
        env=os.environ | {"ARTIFACTS_DIR": str(target)},
        check=True,
    )
    return target


class Shipped(NamedTuple):
    """What is measured. `reset` makes the store as the events expect it."""

    functions: list[Function]
    packages: dict[str, Path]
    reset: Callable[[], None]


@contextlib.contextmanager
def shipped(directory: Path, host: str) -> Iterator[Shipped]:
    """Every function's package in `directory`, and a DynamoDB that containers find at `host`."""
    template = Template.load(stage.ROOT / "template.yaml", {})
    with dynamodb_local(for_containers=True) as endpoint:
        dynamodb = client(endpoint, template.region)
        create_tables(dynamodb, template)
        found = list(functions(template, endpoint.replace("127.0.0.1", host)))
        packages = {one.name: build(one.name, directory) for one in found}
        yield Shipped(found, packages, lambda: put_example(dynamodb))
        dynamodb.close()


def answers(starts: int) -> Starts:
    """Milliseconds to the first answer of each function as it ships, at each share of a CPU."""
    taken: Starts = {}
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        shutil.copytree(stage.ROOT / "tests" / "benchmarks", root / COMPILED / "tests" / "benchmarks")
        prepared(root)
        shutil.copy(stage.ROOT / "tests" / "benchmarks" / "adapter.py", root / "runtime")
        with shipped(root, gateway()) as deployed:
            for _ in range(starts):
                for share in SHARES:
                    took, _answer = first_answer(root / COMPILED, share, {}, (*EMULATOR, EMPTY), "{}")
                    taken.setdefault(("empty", share), []).append(took)
                    for one in deployed.functions:
                        deployed.reset()
                        start = (*ADAPTER, f"{TASK_ROOT}/{one.handler}", str(PORT))
                        command = start if one.adapted else (*EMULATOR, one.handler)
                        took, answer = first_answer(
                            deployed.packages[one.name], share, one.environ, command, one.event
                        )
                        if not one.is_right(answer):
                            sys.exit(f"{one.name}: {answer}")
                        taken.setdefault((one.name, share), []).append(took)
    return taken


def table(answers: Starts) -> dict[str, dict[str, float]]:
    """Print the table of the functions as they ship; its medians in ms."""
    rows = {
        name: {share: statistics.median(answers[name, share]) for share in SHARES}
        for name, _ in dict.fromkeys(answers)
    }
    print(
        f"{'as shipped, to the first answer, in ms (÷ empty)':44}"
        + "".join(f"{f'{s} vCPU':>16}" for s in SHARES)
    )
    for name, row in rows.items():
        cells = [f"{row[share]:,.0f} ({row[share] / rows['empty'][share]:.1f})" for share in SHARES]
        print(f"{name:44}" + "".join(f"{cell:>16}" for cell in cells))
    return rows
