"""What is deployed is what is tested."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def pins(path: str) -> set[str]:
    lines = (ROOT / path).read_text().splitlines()
    return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}


@pytest.mark.parametrize(
    "package", ["functions", "functions/leaks/report_leak", "functions/runtime", "functions/people/sign_in"]
)
def test_what_a_package_ships_is_pinned_as_in_the_lock(package: str) -> None:
    shipped = pins(f"{package}/requirements.txt")
    assert shipped
    assert shipped <= pins("requirements.lock")
