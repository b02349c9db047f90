"""Which lines of functions a new user sees."""

import subprocess
import sys

import pytest

PROGRAM = """
import subprocess, sys
from local.server.output import warnings_only

with warnings_only():
    print("GET / 200 - 1 ms")
    subprocess.run([sys.executable, "-c", "import sys; print(sys.argv[1])", sys.argv[1]])
print("end")
"""


def shown(line: str) -> bool:
    """Whether a line that a function prints is in the output, with the gateway's own."""
    output = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, line], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert (output[0], output[-1]) == ("GET / 200 - 1 ms", "end")
    return output[1:-1] == [line]


@pytest.mark.parametrize(
    "line",
    [
        '{"level": "WARNING", "message": "x"}',
        '{"level": "ERROR"}',
        "plain text",
        "[1]",
        '{"broken": ',
        '{"level": []}',
        "[" * 5000,
    ],
)
def test_a_warning_an_error_and_plain_text_are_shown(line: str) -> None:
    assert shown(line)


@pytest.mark.parametrize("line", ['{"level": "INFO", "message": "x"}', '{"verdict": "allowed"}'])
def test_lines_about_normal_work_are_not_shown(line: str) -> None:
    assert not shown(line)
