"""The suite as pytest sees it: the same tests in every process, by names that a person can type.

pytest-xdist's workers each collect the tests, and none runs when two of them see different ones.
"""

import os
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

SEEDS = ("1", "2")


def collected(seed: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=ROOT,
        env=os.environ | {"PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if "::" in line]


@pytest.fixture(scope="module")
def collections() -> list[list[str]]:
    """What two processes collect that share neither the order of a set nor the second."""
    one = collected(SEEDS[0])
    second = time.time() // 1
    while time.time() // 1 == second:
        time.sleep(0.01)
    return [one, collected(SEEDS[1])]


def test_two_processes_collect_the_same_tests(collections: list[list[str]]) -> None:
    one, other = collections
    assert len(one) > 1000
    assert one == other


def test_an_id_is_of_characters_that_can_be_typed(collections: list[list[str]]) -> None:
    ids, _ = collections
    assert [one for one in ids if not (one.isascii() and one.isprintable()) or "\\" in one] == []
