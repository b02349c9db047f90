"""What a package contains, and when there is none."""

import gzip
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from package import extension, prune, unpack

FUNCTIONS = Path(__file__).parents[2] / "functions"


def wheel(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "/"), content)
    return path


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("name", "architecture", "shipped"),
    [
        ("a/rust.abi3.so", "aarch64", "a/rust.cpython-313-aarch64-linux-gnu.so"),
        ("a/rust.abi3.so", "x86_64", "a/rust.cpython-313-x86_64-linux-gnu.so"),
        ("a/c.cpython-313-aarch64-linux-gnu.so", "aarch64", "a/c.cpython-313-aarch64-linux-gnu.so"),
        ("a/module.py", "aarch64", "a/module.py"),
    ],
)
def test_an_extension_module_is_named_for_its_architecture(
    name: str, architecture: str, shipped: str
) -> None:
    assert extension(name, architecture) == shipped


def test_both_architectures_are_side_by_side(tmp_path: Path) -> None:
    for machine in ("x86_64", "aarch64"):
        files = {"a__c.abi3.so": machine, "a__same.py": "1", "a-1.dist-info__WHEEL": machine}
        unpack(wheel(tmp_path / f"{machine}.whl", **files), machine, tmp_path / "made")
    assert tree(tmp_path / "made") == {
        "a/c.cpython-313-x86_64-linux-gnu.so": "x86_64",
        "a/c.cpython-313-aarch64-linux-gnu.so": "aarch64",
        "a/same.py": "1",
        "a-1.dist-info/WHEEL": "x86_64",
    }


def test_a_file_that_differs_between_architectures_stops_the_build(tmp_path: Path) -> None:
    unpack(wheel(tmp_path / "one.whl", a__built="for x86_64"), "x86_64", tmp_path / "made")
    other = wheel(tmp_path / "other.whl", a__built="for aarch64")
    with pytest.raises(ValueError, match=r"a/built of other\.whl is not the same"):
        unpack(other, "aarch64", tmp_path / "made")


def test_tests_stubs_and_other_services_are_left_out(tmp_path: Path) -> None:
    endpoints = {"partitions": [{"partition": "aws", "services": {"dynamodb": {"a": 1}, "ec2": {}}}]}
    for name, content in {
        "a/code.py": "",
        "a/code.pyi": "",
        "a/tests/test_code.py": "",
        "botocore/data/dynamodb/2012-08-10/examples-1.json": "",
        "botocore/data/ec2/2016-11-15/service-2.json.gz": "",
        "botocore/data/endpoints.json": json.dumps(endpoints),
        "botocore/data/partitions.json": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    prune(tmp_path)
    left = tree(tmp_path)
    assert json.loads(left.pop("botocore/data/endpoints.json")) == {
        "partitions": [{"partition": "aws", "services": {"dynamodb": {"a": 1}}}]
    }
    assert set(left) == {
        "a/code.py",
        "botocore/data/partitions.json",
    }


def test_the_model_of_a_service_is_shipped_without_its_documentation(tmp_path: Path) -> None:
    shapes = {"Note": {"type": "structure", "members": {"documentation": {"shape": "Text"}}}}
    file = tmp_path / "botocore/data/dynamodb/2012-08-10/service-2.json.gz"
    file.parent.mkdir(parents=True)
    file.write_bytes(gzip.compress(json.dumps({"documentation": "<p>", "shapes": shapes}).encode()))
    prune(tmp_path)
    assert json.loads(gzip.decompress(file.read_bytes())) == {"shapes": shapes}


def build(scopes: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A build of the authorizer with a file of scopes, by this Python in the place of Lambda's."""
    functions = folder / "functions"
    for part in ("apikeys", "authorizer"):
        shutil.copytree(FUNCTIONS / part, functions / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(FUNCTIONS / "package.py", functions)
    (functions / "apikeys" / "scopes.json").write_text(scopes)
    program = "import package, pathlib, sys; package.VERSION = sys.version_info[:2]; "
    program += "package.main(pathlib.Path(sys.argv[1]), sys.argv[2:])"
    command = [sys.executable, "-c", program, str(folder / "built"), "authorizer", "apikeys"]
    return subprocess.run(  # noqa: S603 - the project's own program
        command, cwd=functions, capture_output=True, text=True, check=False
    )


def test_a_file_of_scopes_is_shipped_with_the_parser(tmp_path: Path) -> None:
    scopes = json.dumps({"invoices:read": ["GET /invoices"]})
    assert build(scopes, tmp_path).returncode == 0
    assert (tmp_path / "built" / "apikeys" / "scopes.json").read_text() == scopes


@pytest.mark.parametrize(
    ("scopes", "text"),
    [
        ('{"invoices:read": ["FETCH /invoices"]}', '"invoices:read": "FETCH /invoices": the verb must be'),
        ('{"invoices:read": ["GET /invoices"],}', "not valid JSON"),
    ],
    ids=["verb", "comma"],
)
def test_a_file_of_scopes_that_no_function_could_read_stops_the_build(
    scopes: str, text: str, tmp_path: Path
) -> None:
    built = build(scopes, tmp_path)
    assert built.returncode == 1
    assert built.stderr.startswith("functions/apikeys/scopes.json: Scopes: ")
    assert text in built.stderr
    assert not (tmp_path / "built").exists()
