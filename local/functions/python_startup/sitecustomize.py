"""Runs first in every Python process of a function: hides the gateway's packages, and keeps bytecode apart.

Python imports it at start, because PYTHONPATH names its directory. Owns what a function can import: its own
code, its layers, the standard library, and the installed packages that LOCAL_MODULES names.
`importlib.metadata` shows only those in LOCAL_DISTRIBUTIONS. Also owns where the bytecode of the function's
own code is, and when it is up to date: it compares nanoseconds, because Python compares whole seconds and
would run an old version of a file after a quick edit of the same size (https://peps.python.org/pep-0552/). So
no bytecode is left next to the code either. Must never touch the bytecode of installed packages, whose start
would take seconds without it. Must import next to nothing, because every process of a function waits for it.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import (
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    PathFinder,
)
from importlib.machinery import SourceFileLoader as _Source

TYPE_CHECKING = False  # `typing` would be imported at each start
if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.machinery import ModuleSpec
    from importlib.metadata import Distribution
    from types import CodeType
    from typing import Any

_CODE = os.path.realpath(os.environ["LAMBDA_TASK_ROOT"])
_BYTECODE = os.environ["LOCAL_BYTECODE"]


class _OwnSource(_Source):
    """One module of the function's own."""

    def path_stats(self, path: str) -> dict[str, Any]:
        return {**super().path_stats(path), "mtime": os.stat(path).st_mtime_ns}  # noqa: PTH116

    def get_code(self, fullname: str) -> CodeType | None:
        sys.pycache_prefix, everybodys = _BYTECODE, sys.pycache_prefix
        try:
            return super().get_code(fullname)
        finally:
            sys.pycache_prefix = everybodys


_find = FileFinder.path_hook((ExtensionFileLoader, EXTENSION_SUFFIXES), (_OwnSource, SOURCE_SUFFIXES))


def _hook(path: str) -> Any:  # noqa: ANN401 - as `sys.path_hooks` has it
    real = os.path.realpath(path)
    is_below = real == _CODE or real.startswith(_CODE + os.sep)
    if not is_below or real.startswith(sys.prefix + os.sep):
        raise ImportError(path=path)
    return _find(path)


sys.path_hooks.insert(0, _hook)

_OWN = set(os.environ.get("PYTHONPATH", "").split(os.pathsep))
_STANDARD = os.path.dirname(os.__file__)  # noqa: PTH120 - pathlib would be imported at each start
_MODULES = set(os.environ.get("LOCAL_MODULES", "").split())
_DISTRIBUTIONS = set(os.environ.get("LOCAL_DISTRIBUTIONS", "").split())


def _is_installed(path: str) -> bool:
    """Whether a place on the path is neither the function's nor the standard library's."""
    below = path.removeprefix(_STANDARD)
    is_standard = path.endswith(".zip") or (below != path and "-packages" not in below)
    return path not in _OWN and not is_standard


_INSTALLED = [path for path in sys.path if _is_installed(path)]
sys.path[:] = [path for path in sys.path if not _is_installed(path)]


class _Installed:
    """Finds what the function may see of the installed packages, after everything else."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG004
        # What is within a package is found by the package.
        return PathFinder.find_spec(name, _INSTALLED) if path is None and name in _MODULES else None

    @staticmethod
    def find_distributions(context: Any = None) -> Iterator[Distribution]:  # noqa: ANN401
        from importlib.metadata import DistributionFinder, MetadataPathFinder  # noqa: PLC0415 - seldom asked

        asked = DistributionFinder.Context(name=context and context.name, path=_INSTALLED)
        for found in MetadataPathFinder.find_distributions(asked):
            if found.metadata["Name"].lower().replace("_", "-").replace(".", "-") in _DISTRIBUTIONS:
                yield found


sys.meta_path.append(_Installed)


def hint(error: BaseException | None) -> str | None:
    """A line about a module that is installed for the gateway, and hidden from the function."""
    name = (getattr(error, "name", None) or "").partition(".")[0]
    is_hidden = isinstance(error, ImportError) and name and name not in _MODULES
    if not is_hidden or PathFinder.find_spec(name, _INSTALLED) is None:
        return None
    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return f"{function}: {name} is not in its requirements.txt, and Lambda's runtime does not have it."


def _tell(kind: type[BaseException], error: BaseException, trace: Any) -> None:  # noqa: ANN401
    sys.__excepthook__(kind, error, trace)
    if line := hint(error):
        print(line, file=sys.stderr, flush=True)


sys.excepthook = _tell

if "LOCAL_PORT_SECRET" in os.environ:
    __import__("local_port")  # which guards the port of a web application
