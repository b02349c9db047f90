"""What functions/Makefile puts into a function's package, as make itself reads it."""

import shlex
import subprocess
from functools import cache
from pathlib import Path

from package import place

FUNCTIONS = Path(__file__).parents[1] / "functions"


@cache
def parts(function: str) -> dict[Path, Path]:
    """The folders and files of the package, each with its place there.

    Raises CalledProcessError for a function without a line.
    """
    command = ["make", "--dry-run", "--silent", f"build-{function}", "ARTIFACTS_DIR=target"]
    said = subprocess.run(command, cwd=FUNCTIONS, check=True, capture_output=True, text=True).stdout  # noqa: S603
    return {FUNCTIONS / part: place(part) for part in shlex.split(said)[3:]}
