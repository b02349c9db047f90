"""The suite as pytest sees it: the same tests in every process, by names that a person can type.

pytest-xdist's workers each collect the tests, and none runs when two of them see different ones.
"""

import os
import subprocess
import sys

import pytest


def test_a_process_of_another_hash_seed_and_another_second_collects_the_same(
    request: pytest.FixtureRequest,
) -> None:
    # This process has collected seconds ago, and its own seed is drawn at random.
    done = subprocess.run(  # noqa: S603 - our own command
        [
            sys.executable,
            "-m",
            "pytest",
            "--collect-only",
            "-q",
            "-p",
            "no:cacheprovider",
            *request.config.args,
        ],
        cwd=request.config.invocation_params.dir,
        env=os.environ | {"PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    here = [item.nodeid for item in request.session.items]
    assert [line for line in done.stdout.splitlines() if line in set(here)] == here


def test_an_id_is_of_characters_that_can_be_typed(request: pytest.FixtureRequest) -> None:
    ids = [item.nodeid for item in request.session.items]
    assert [one for one in ids if not (one.isascii() and one.isprintable()) or "\\" in one] == []
