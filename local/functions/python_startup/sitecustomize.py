"""What every Python of a function does first: keep the bytecode of the function's own code apart.

Python imports it at start, because PYTHONPATH names its directory. Owns where that bytecode is, and when it
counts as current: by nanoseconds, since Python's own by whole seconds would run a file as it was before an
edit of the same second and size (https://peps.python.org/pep-0552/). So nothing is left beside the code
either. Must never touch the bytecode of installed packages, whose start-up would take seconds without it, and
must import next to nothing, since every process of a function waits for it.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder
from importlib.machinery import SourceFileLoader as _Source

TYPE_CHECKING = False  # `typing` would be imported at each start
if TYPE_CHECKING:
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
