"""Each function as it ships: the package that `sam build` makes, on AWS's own DynamoDB engine.

Owns which event a function is measured with, and the judgement of its answer. Every function of template.yaml
that has an event in events/ is measured, so a new one has a row of its own.
"""

import contextlib
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from local.services.dynamodb import client, create_tables
from local.template.template import Template
from tests.benchmarks import stage
from tests.dynamodb_local import dynamodb_local
from tests.events import EVENTS, EXPECTED, function_of, put_example

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
    with dynamodb_local() as endpoint:
        dynamodb = client(endpoint, template.region)
        create_tables(dynamodb, template)
        found = list(functions(template, endpoint.replace("127.0.0.1", host)))
        packages = {one.name: build(one.name, directory) for one in found}
        yield Shipped(found, packages, lambda: put_example(dynamodb))
        dynamodb.close()
