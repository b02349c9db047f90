"""What is deployed is what is tested."""

from pathlib import Path

ROOT = Path(__file__).parents[3]


def pins(path: str) -> set[str]:
    lines = (ROOT / path).read_text().splitlines()
    return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}


def test_the_backends_requirements_are_pinned_as_in_the_lock() -> None:
    assert pins("functions/runtime/requirements.txt") <= pins("requirements.lock")
