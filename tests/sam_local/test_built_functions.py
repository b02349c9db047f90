"""What ships, as `sam build` makes it: it holds what its function needs and nothing else, and on Lambda's
runtime every event in events/ does what its name says.

One module, so that one worker builds once.
"""

import json
import os
import re
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from local.template.template import Template
from tests.events import EVENTS, EXPECTED, ROOT, function_of, put_example
from tests.sam_local.conftest import ENVIRONMENT, sam_local

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The first test waits for `sam build`, and it for a package registry.
pytestmark = pytest.mark.timeout(600)

FUNCTIONS = ROOT / "functions"

#: What RuntimeFunction's run.sh starts. It is not invoked here: the layer that runs it, AWS Lambda Web
#: Adapter, comes from AWS alone. Its own tests call it as that layer does (tests/integration/runtime).
BACKEND = "backend.__main__.main"

#: What Lambda's Python runtime brings, so that a package need not: boto3 and what it is made of.
#: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included
BROUGHT = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")


def functions(build: Path) -> dict[str, Any]:
    resources = yaml.safe_load((build / "template.yaml").read_text())["Resources"]
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def size(directory: Path) -> int:
    return sum((directory / file).stat().st_size for file in files(directory))


def test_the_authorizer_ships_its_own_modules_alone(build: Path) -> None:
    modules = {path for folder in ("apikeys", "authorizer") for path in (FUNCTIONS / folder).glob("*.py")}
    source = {str(path.relative_to(FUNCTIONS)) for path in modules}
    bytecode = {
        str(path.relative_to(FUNCTIONS).parent / "__pycache__" / f"{path.stem}.cpython-313.pyc")
        for path in modules
    }
    assert files(build / "AuthorizerFunction") == source | bytecode | {"authorizer/amazon_roots.pem"}


def test_a_package_holds_the_pinned_dependencies_and_no_others(build: Path) -> None:
    for name, properties in functions(build).items():
        package = build / properties["CodeUri"]
        requirements = package / "requirements.txt"
        pins = (
            re.findall(r"^([a-z0-9-]+)==([^ ;\n]+)", requirements.read_text(), re.MULTILINE)
            if requirements.exists()
            else []
        )
        shipped = {
            tuple(path.name.removesuffix(".dist-info").lower().replace("_", "-").rsplit("-", 1))
            for path in package.glob("*.dist-info")
        }
        assert shipped == set(pins), name


def test_a_package_holds_its_own_code_beside_them_and_nothing_else(build: Path, template: Template) -> None:
    for name, properties in functions(build).items():
        package = build / properties["CodeUri"]
        installed = {
            line.partition(",")[0]
            for record in package.glob("*.dist-info/RECORD")
            for line in record.read_text().splitlines()
        }
        own = {file for file in files(package) - installed if "__pycache__" not in file}
        assert own <= files(template.functions[name].code), name


def test_no_package_is_larger_than_it_has_to_be(
    build: Path, record_property: Callable[[str, object], None]
) -> None:
    largest = {"AuthorizerFunction": 200_000, "RuntimeFunction": 64_000_000}
    for name in functions(build):
        record_property(name, size(build / name))
        assert size(build / name) < largest.get(name, 16_000_000), name


@pytest.fixture(scope="module")
def brought(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("brought")
    for name in BROUGHT:
        (directory / name).symlink_to(Path(sysconfig.get_path("purelib"), name))
    return directory


def test_every_handler_is_there_for_the_python_that_it_runs_on(build: Path, brought: Path) -> None:
    for name, properties in functions(build).items():
        handler = BACKEND if properties["Handler"] == "run.sh" else properties["Handler"]
        module, _, attribute = handler.rpartition(".")
        done = subprocess.run(
            ["python3.13", "-c", f"import {module}; {module}.{attribute}"],
            cwd=build / properties["CodeUri"],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(brought), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"


@pytest.mark.parametrize("name", EXPECTED)
def test_an_event_does_what_its_name_says(
    invoke: Callable[[str, Any], Any], dynamodb: "DynamoDBClient", name: str
) -> None:
    put_example(dynamodb)
    answer = invoke(function_of(name), EVENTS[name])
    assert EXPECTED[name](answer), answer


def test_sam_local_invoke_mints_an_admin_key(built_template: Path, dynamodb: "DynamoDBClient") -> None:
    event = str(ROOT / "events" / "create_key_admin_direct.json")
    command = sam_local("invoke", built_template, "CreateKeyFunction", "--event", event)
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    key = json.loads(done.stdout)
    assert key["scopes"] == ["*"]
    assert "Item" in dynamodb.get_item(TableName="KeyTable", Key={"id": {"S": key["id"]}})
