"""What docs/runtime.md shows to copy is at least well-formed."""

import json
import re
import tomllib
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[3] / "docs/runtime.md").read_text()
SNIPPETS = re.findall(r"^```(json|toml|python)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("language", "snippet"), SNIPPETS)
def test_a_snippet_is_well_formed(language: str, snippet: str) -> None:
    match language:
        case "json":
            json.loads(snippet)
        case "toml":
            tomllib.loads(snippet)
        case _:
            compile(snippet, "docs/runtime.md", "exec")
