import re
import shlex
from pathlib import Path

import pytest

from apikeys.scope import OWN_API, ROUTES
from apikeys.scope_parameter import scope_table

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


def scopes_in_commands(page: Path) -> list[str]:
    """The value that each command of a page gives the parameter Scopes, as the program reads it."""
    words = re.findall(r"""'Scopes=[^']*'|"Scopes=(?:\\.|[^"\\])*"|SCOPES='[^']*'""", page.read_text())
    values = [shlex.split(word)[0].partition("=")[2].replace("$API_ID", "a1b2c3d4e5") for word in words]
    # The SAM CLI takes quotes around a value away, and backslashes inside it.
    # https://github.com/aws/aws-sam-cli/blob/develop/samcli/cli/types.py
    return [one[1:-1].replace('\\"', '"') if one.startswith('"') else one for one in values]


@pytest.mark.parametrize(
    ("page", "commands"), [("README.md", 2), ("docs/your-api.md", 5)], ids=["README", "your API"]
)
def test_the_scopes_in_the_commands_of_a_page_are_valid(page: str, commands: int) -> None:
    values = scopes_in_commands(ROOT / page)
    assert len(values) == commands
    for value in values:
        assert scope_table(value).routes.keys() - ROUTES.keys() == {"invoices:read"}


def test_a_route_with_a_made_up_id_of_an_api_opens_nothing_on_this_stacks_own() -> None:
    values = scopes_in_commands(ROOT / "docs" / "your-api.md")
    [made_up] = [value for value in values if "container:" in value]
    opened = scope_table(made_up).on(OWN_API).opened(["invoices:read"])
    assert (opened.calls, opened.prefixes) == ({}, ())
