"""What ships, as `sam build` makes it: it contains what its function needs and nothing else, and on Lambda's
runtime every event in events/ does what its name says.

One module, so that one worker builds once.
"""

import hashlib
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from local.services.dynamodb.tables import client
from tests.dynamodb_local import dynamodb_local
from tests.events import EVENTS, EXPECTED, NEEDS_API_GATEWAY, ROOT, function_of, put_example
from tests.packages import FUNCTIONS, parts
from tests.sam_local.conftest import ENVIRONMENT
from tools.sam_local import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The first test waits for `sam build`, and it for a package registry.
pytestmark = pytest.mark.timeout(600)

#: What RuntimeFunction's run.sh starts. It is not invoked here: the layer that runs it, AWS Lambda Web
#: Adapter, comes only from AWS. Its own tests call it as that layer does (tests/integration/runtime).
BACKEND = "backend.__main__.main"

#: The machine that an extension module is for, in the 19th byte of an ELF file.
#: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
MACHINES = {"x86_64": 62, "aarch64": 183}


def functions(build: Path) -> dict[str, Any]:
    resources = yaml.safe_load((build / "template.yaml").read_text())["Resources"]
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def contents(directory: Path) -> dict[str, str]:
    return {file: hashlib.sha256((directory / file).read_bytes()).hexdigest() for file in files(directory)}


def size(directory: Path) -> int:
    return sum((directory / file).stat().st_size for file in files(directory))


def test_the_authorizer_ships_only_its_own_modules(build: Path) -> None:
    modules = {path for folder in ("apikeys", "authorizer") for path in (FUNCTIONS / folder).rglob("*.py")}
    source = {str(path.relative_to(FUNCTIONS)) for path in modules}
    bytecode = {
        str(path.relative_to(FUNCTIONS).parent / "__pycache__" / f"{path.stem}.cpython-313.pyc")
        for path in modules
    }
    assert files(build / "AuthorizerFunction") == source | bytecode | {"authorizer/amazon_roots.pem"}


def test_a_package_contains_the_pinned_libraries_and_no_others(build: Path) -> None:
    for name in functions(build):
        pins = {
            pin
            for part in parts(name)
            if part.name == "requirements.txt"
            for pin in re.findall(r"^([a-z0-9-]+)==([^ ;\n]+)", part.read_text(), re.MULTILINE)
        }
        shipped = {
            tuple(path.name.removesuffix(".dist-info").lower().replace("_", "-").rsplit("-", 1))
            for path in (build / name).glob("*.dist-info")
        }
        assert shipped == pins, name


def test_apart_from_libraries_a_package_contains_only_its_own_code(build: Path) -> None:
    for name in functions(build):
        package = build / name
        installed = {
            line.partition(",")[0].partition(".abi3.so")[0]
            for record in package.glob("*.dist-info/RECORD")
            for line in record.read_text().splitlines()
        }
        expected = {
            str(place / file.relative_to(part))
            for part, place in parts(name).items()
            if part.name != "requirements.txt"
            for file in (part.rglob("*") if part.is_dir() else [part])
            if file.is_file() and "__pycache__" not in file.parts
        }
        own = {
            file
            for file in files(package)
            if "__pycache__" not in file
            and file not in installed
            and not re.fullmatch(r"(.+)\.cpython-313-(x86_64|aarch64)-linux-gnu\.so", file)
        }
        assert own == expected, name


def test_every_module_has_bytecode_that_python_accepts_with_any_file_times(build: Path) -> None:
    for name in functions(build):
        for module in (build / name).rglob("*.py"):
            bytecode = module.parent / "__pycache__" / f"{module.stem}.cpython-313.pyc"
            # The flags after the magic number: 1 is "by hash, and unchecked". https://peps.python.org/pep-0552/
            assert bytecode.read_bytes()[4:8] == b"\1\0\0\0", bytecode


def test_every_extension_module_is_there_for_both_architectures(build: Path) -> None:
    for name in functions(build):
        of: dict[str, set[str]] = {machine: set() for machine in MACHINES}
        for module in (build / name).rglob("*.so"):
            stem, _, machine = module.name.removesuffix("-linux-gnu.so").partition(".cpython-313-")
            assert module.read_bytes()[18] == MACHINES[machine], module
            of[machine].add(str(module.with_name(stem)))
        assert of["x86_64"] == of["aarch64"], name


def test_what_is_built_for_either_architecture_is_the_same(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FUNCTIONS)
    for name in ("AuthorizerFunction", "CreateKeyFunction"):
        subprocess.run(
            ["make", "--silent", f"build-{name}"],
            env=ENVIRONMENT | {"ARTIFACTS_DIR": str(tmp_path / name)},
            check=True,
        )
        assert contents(tmp_path / name) == contents(build / name)


def test_no_package_is_larger_than_it_has_to_be(
    build: Path, record_property: Callable[[str, object], None]
) -> None:
    # Our own code takes 0.5 MB at most, botocore 25. cryptography and pydantic bring machine code for
    # both architectures.
    largest = {
        "AuthorizerFunction": 600_000,
        "SettingsPageFunction": 600_000,
        "SignInFunction": 64_000_000,
        "OfferedDoorsFunction": 64_000_000,
        "GithubLeakFunction": 64_000_000,
        "RuntimeFunction": 80_000_000,
    }
    sizes = {name: size(build / name) for name in functions(build)}
    for name, bytes_ in sizes.items():
        record_property(name, bytes_)
    assert {name for name in sizes if sizes[name] >= largest.get(name, 32_000_000)} == set()


def test_every_handler_is_there_for_the_python_that_it_runs_on(build: Path) -> None:
    for name, properties in functions(build).items():
        handler = BACKEND if properties["Handler"] == "run.sh" else properties["Handler"]
        module, _, attribute = handler.rpartition(".")
        done = subprocess.run(
            # Without site-packages: the package alone, and nothing that Lambda's runtime would bring.
            ["python3.13", "-S", "-B", "-c", f"import {module}; {module}.{attribute}"],
            cwd=build / properties["CodeUri"],
            env={"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{name}: {done.stderr}"


@pytest.mark.parametrize("name", sorted(EXPECTED.keys() - NEEDS_API_GATEWAY))
def test_an_event_does_what_its_name_says(
    invoke: Callable[[str, Any], Any], dynamodb: "DynamoDBClient", name: str
) -> None:
    put_example(dynamodb)
    answer = invoke(function_of(name), EVENTS[name])
    assert EXPECTED[name](answer), answer


def invoked(endpoint: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What `make invoke` does, on a machine that has set it up."""
    settings = [f"{name}={value}" for name, value in {"DYNAMODB_ENDPOINT": endpoint, **variables}.items()]
    return subprocess.run(
        ["make", "--silent", "invoke", *settings], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_make_invoke_mints_an_admin_key_on_a_dynamodb_without_tables() -> None:
    with dynamodb_local(for_containers=True) as endpoint:
        event = "events/create_key_admin_direct.json"
        done = invoked(endpoint, FUNCTION="CreateKeyFunction", EVENT=event)
        assert done.returncode == 0, done.stderr
        key = json.loads(done.stdout)
        assert key["scopes"] == ["*"]
        dynamodb = client(endpoint, REGION)
        assert "Item" in dynamodb.get_item(TableName="KeyTable", Key={"id": {"S": key["id"]}})
        dynamodb.close()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"EVENT": "events/create_key_admin_direct.json"}, "FUNCTION is one of AuthorizerFunction, "),
        ({"FUNCTION": "CreateKeyFunction", "EVENT": "absent.json"}, "EVENT is not a file: absent.json"),
        (
            {"FUNCTION": "CreateKeyFunction", "EVENT": "events/create_key_admin_direct.json"},
            "No DynamoDB listens on http://127.0.0.1:9. Start one beside this: make dynamodb-local",
        ),
    ],
    ids=["no function", "no event", "no store"],
)
def test_make_invoke_says_what_is_missing(variables: dict[str, str], said: str) -> None:
    done = invoked("http://127.0.0.1:9", **variables)
    assert done.returncode != 0
    assert said in done.stderr
