import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_has_a_target(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]*)[^)]*\)", page.read_text()):
        assert (page.parent / target).exists(), target


def test_the_parameters_that_the_pages_name_are_the_templates() -> None:
    text = "".join(page.read_text() for page in PAGES) + (ROOT / "samconfig.toml.example").read_text()
    rows = re.findall(
        r"^\| (`[A-Z]\w+`(?:, `[A-Z]\w+`)*) \| `?(?:none|empty|[\w.]+)`? \|", text, re.MULTILINE
    )
    commands = re.findall(r"parameter(?:-overrides|_overrides =) (.*)", text)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    given = {name for command in commands for name in re.findall(r"\b([A-Z]\w+)=", command)}
    assert named
    assert given
    files = (ROOT / "template.yaml", ROOT / "examples" / "existing-api" / "template.yaml")
    template = "".join(file.read_text() for file in files)
    assert {name for name in named | given if f"\n  {name}:\n    Type:" not in template} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_run_as_they_are_written(page: Path) -> None:
    options = (ROOT / "local" / "__main__.py").read_text()
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    text = page.read_text()
    for python, arguments in re.findall(r"(\S*python\d?) -m local\b(?!\.)([^`\n]*)", text):
        assert python.lstrip("`") == ".venv/bin/python"
        for option in re.findall(r"--\w+", arguments):
            assert f'"{option}"' in options
    for target in re.findall(r"(?:^\$|`)(?: *\w+=\S+)* ?make ([a-z-]+)", text, re.MULTILINE):
        assert target in targets
    for event in re.findall(r"(?:@|file://|fileb://)(events/\S+)", text):
        assert (ROOT / event.rstrip("`")).exists(), event
