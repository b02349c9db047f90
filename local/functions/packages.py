"""Which installed packages a function can import: its own requirements, and those of Lambda's Python runtime.

The gateway and the functions share one environment, but on AWS a function has none of the gateway's packages.
Owns the list of packages that a function's requirements.txt leads to, dependencies included, and which of
them are missing. Installs nothing. `python_startup` hides all other packages.
"""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from local.template.function import Function

# https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
_RUNTIME = ("boto3",)
_FILE = "requirements.txt"
_FILES_WITHIN_FILES = 8
_PARTS = re.compile("[./]")
_NAME = re.compile(r"\w+")


@dataclass(frozen=True)
class Packages:
    """`distributions` and the top-level `modules` that they bring; `missing` is asked for and absent."""

    distributions: frozenset[str]
    modules: frozenset[str]
    missing: tuple[str, ...]

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables that say so to a process."""
        return {
            "LOCAL_DISTRIBUTIONS": " ".join(sorted(self.distributions)),
            "LOCAL_MODULES": " ".join(sorted(self.modules)),
        }


def packages_of(function: Function) -> Packages:
    """The packages of a function as its requirements.txt is now."""
    # Where functions share their code, one may have more requirements beside its handler.
    beside = function.code.joinpath(*_PARTS.split(function.handler)[:-2])
    folders = dict.fromkeys((*function.directories, beside))
    own = [line for folder in folders for line in _lines(folder / _FILE, 0)]
    return _packages((*function.packages, *own), tuple(map(str, function.directories)))


@cache
def _packages(requirements: tuple[str, ...], directories: tuple[str, ...]) -> Packages:
    found: set[tuple[str, str]] = set()
    missing = [
        requirement.name
        for requirement in filter(None, map(_parsed, requirements))
        if not _add(requirement, found) and not _is_bundled(requirement.name, directories)
    ]
    for name in _RUNTIME:
        _add(Requirement(name), found)
    names = frozenset(name for name, _ in found)
    return Packages(names, frozenset(module for name in names for module in _modules(name)), tuple(missing))


def _lines(file: Path, depth: int) -> Iterator[str]:
    """The requirements in a file and in those that it includes."""
    try:
        text = file.read_text()
    except (OSError, ValueError):
        return
    for line in text.replace("\\\n", " ").splitlines():
        line = line.partition(" #")[0].strip()  # noqa: PLW2901
        option, _, name = line.partition(" ")
        if option in ("-r", "--requirement") and depth < _FILES_WITHIN_FILES:
            yield from _lines(file.parent / name.strip(), depth + 1)
        elif line and line[0] not in "#-":
            yield line.partition(" --")[0]


def _parsed(line: str) -> Requirement | None:
    """A requirement that is meant for this Python; None for any other line."""
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return None
    return requirement if requirement.marker is None or requirement.marker.evaluate({"extra": ""}) else None


def _add(requirement: Requirement, found: set[tuple[str, str]]) -> bool:
    """Add a distribution, by name and extra, with what it depends on. False when it is not installed."""
    name = canonicalize_name(requirement.name)
    installed = _installed(name)
    if installed is None:
        return False
    for extra in ("", *requirement.extras):
        if (name, extra) not in found:
            found.add((name, extra))
            for line in installed.requires or ():
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    _add(needed, found)
    return True


@cache
def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


@cache
def _modules(name: str) -> frozenset[str]:
    """The top-level modules of an installed distribution, by the record of its files."""
    installed = _installed(name)
    record = installed.read_text("RECORD") if installed else None
    first = {line.partition(",")[0].partition("/")[0] for line in (record or "").splitlines()}
    names = {one.partition(".")[0] for one in first if not one.endswith((".dist-info", ".data", ".pth"))}
    return frozenset(one for one in names if _NAME.fullmatch(one) and one != "__pycache__")


def _is_bundled(name: str, directories: Iterable[str]) -> bool:
    """Whether a distribution is in the function's own directory, as after a build, or in a layer."""
    path = [os.path.join(folder, *below) for folder in directories for below in ((), ("python",))]  # noqa: PTH118
    return any(True for _ in distributions(name=name, path=path))


def warning(function: Function) -> str | None:
    """A line about requirements that are not installed; None when all are there."""
    missing = packages_of(function).missing
    if not missing:
        return None
    names = ", ".join(missing)
    return (
        f"{function.name} is not built: {names} of its {_FILE} cannot be imported. Serve what `sam build` "
        f"makes, or install it beside the code: pip install -r {function.code / _FILE} -t {function.code}"
    )
