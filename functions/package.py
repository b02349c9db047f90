"""Make one function's package: `python3.13 package.py TARGET PART...`, which `sam build` runs by way of make.

Owns what ships. A PART is one of our own folders or files, which keeps its path or, as with rsync --relative,
what follows `/./` in it; or a requirements.txt, whose libraries go into the package: for both of Lambda's
architectures side by side, so that it runs on either, and without files that no function reads. Each module
has its bytecode next to it, because Lambda cannot keep what it compiles and would compile at every cold
start. Must never decide what a function imports: functions/Makefile does that. Must never ship a table of
scopes that is not valid: once it is live, every call gets a 503.
"""

import compileall
import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from apikeys import scope_parameter
from apikeys.errors import ConfigurationError

#: The services that functions call. botocore ships models of some 400.
SERVICES = {"apigateway", "dynamodb", "events", "lambda", "secretsmanager"}

#: A machine's name in wheels, and in Python's extension modules. Lambda's Python 3.13 has glibc 2.34.
#: https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html
ARCHITECTURES = ("x86_64", "aarch64")
GLIBC = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")

VERSION = (3, 13)
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "api-gateway-keys"


def main(target: Path, parts: list[str]) -> None:
    """Put `parts` and their bytecode into `target`."""
    if sys.version_info[:2] != VERSION:
        sys.exit("Lambda runs Python 3.13, and reads no other version's bytecode: build with python3.13.")
    check_scopes()
    for part in parts:
        source, shipped = Path(part), target / place(part)
        if source.name == "requirements.txt":
            shutil.copytree(libraries(source), target, dirs_exist_ok=True)
        elif source.is_dir():
            shutil.copytree(source, shipped, ignore=shutil.ignore_patterns("__pycache__"))
            compile_all(shipped, target)
        else:
            shutil.copy(source, shipped)


def check_scopes() -> None:
    """Stop the build if the file of scopes is there and is not valid, with the text that names the entry."""
    if Path(scope_parameter.__file__).with_name(scope_parameter.FILE).exists():
        try:
            scope_parameter.scope_table(scope_parameter.FILE)
        except ConfigurationError as error:
            sys.exit(f"functions/apikeys/{scope_parameter.FILE}: {error}")


def place(part: str) -> Path:
    """Where one of our own folders or files is in the package."""
    return Path(part.rpartition("/./")[2])


def libraries(requirements: Path) -> Path:
    """A folder with the libraries that `requirements` pins. Made once, then kept: functions share them."""
    source = requirements.read_bytes() + Path(__file__).read_bytes()
    folder = CACHE / hashlib.sha256(source).hexdigest()
    if not folder.is_dir():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            made = Path(scratch, "libraries")
            for architecture in ARCHITECTURES:
                for wheel in download(requirements, architecture, Path(scratch, architecture)):
                    unpack(wheel, architecture, made)
            prune(made)
            compile_all(made, made)
            if not folder.is_dir():  # another build, at the same time, may have been first
                made.rename(folder)
    return folder


def download(requirements: Path, architecture: str, folder: Path) -> list[Path]:
    """The wheels of the pinned libraries. Fails if a library has none: a package must work on both."""
    platforms = [f"--platform={glibc}_{architecture}" for glibc in GLIBC]
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    selection = ["--no-deps", "--only-binary=:all:", "--implementation=cp", "--python-version=3.13"]
    where = [f"--dest={folder}", f"--requirement={requirements}"]
    subprocess.run([*pip, *selection, *platforms, *where], check=True)  # noqa: S603 - this Python's pip
    return sorted(folder.glob("*.whl"))


def unpack(wheel: Path, architecture: str, folder: Path) -> None:
    """Add a wheel's files to `folder`. Raises ValueError when another architecture has another file there."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith("/") or ".data/scripts/" in name:
                continue
            file = folder / extension(name, architecture)
            content = archive.read(name)
            if ".dist-info/" in name and file.exists():
                continue  # it names the architecture, and nothing reads it
            if file.exists() and file.read_bytes() != content:
                raise ValueError(f"{name} of {wheel.name} is not the same for each architecture")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def extension(name: str, architecture: str) -> str:
    """The file's name. An extension module gets the name that Python looks for only on this architecture.

    Python prefers `.cpython-313-MACHINE-linux-gnu.so` to `.abi3.so`, and never loads another machine's.
    https://docs.python.org/3/library/importlib.html#importlib.machinery.EXTENSION_SUFFIXES
    """
    if name.endswith(".abi3.so"):
        return f"{name.removesuffix('.abi3.so')}.cpython-313-{architecture}-linux-gnu.so"
    return name


def prune(folder: Path) -> None:
    """Take away what no function reads: tests, stubs, and botocore's data about other services."""
    for tests in [path for path in folder.rglob("tests") if path.is_dir()]:
        shutil.rmtree(tests)
    for stub in folder.rglob("*.pyi"):
        stub.unlink()
    data = folder / "botocore" / "data"
    for service in [path for path in data.glob("*") if path.is_dir() and path.name not in SERVICES]:
        shutil.rmtree(service)
    for example in data.rglob("examples-1.json*"):
        example.unlink()
    for model in data.rglob("service-2.json.gz"):
        # Read whole by every client too, and four fifths of it are its documentation.
        described = json.loads(gzip.decompress(model.read_bytes()), object_pairs_hook=undocumented)
        model.write_bytes(gzip.compress(json.dumps(described).encode(), mtime=0))
    if (endpoints := data / "endpoints.json").exists():
        # Read whole by every client, of whatever service: 1.2 MB, of which one service needs 2 %.
        described = json.loads(endpoints.read_text())
        for partition in described["partitions"]:
            services = partition["services"].items()
            partition["services"] = {name: value for name, value in services if name in SERVICES}
        endpoints.write_text(json.dumps(described))


def undocumented(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of a service's model without its documentation. A member with this name stays."""
    return {name: value for name, value in members if name != "documentation" or not isinstance(value, str)}


def compile_all(folder: Path, root: Path) -> None:
    """Write the bytecode of `folder`. Its files' times are not looked at, because packing changes them."""
    compiled = compileall.compile_dir(
        folder,
        quiet=1,
        stripdir=root,
        prependdir="/var/task",  # so that it is the same wherever it was built
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        sys.exit(f"{folder} does not compile.")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
