"""What docs/runtime.md and the README show to copy is at least well-formed."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = "\n".join((ROOT / page).read_text() for page in ("docs/runtime.md", "README.md"))
SNIPPETS = re.findall(r"^```(json|toml|python)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("language", "snippet"), SNIPPETS)
def test_a_snippet_is_well_formed(language: str, snippet: str) -> None:
    match language:
        case "json":
            json.loads(snippet)
        case "toml":
            tomllib.loads(snippet)
        case _:
            compile(snippet, "a page", "exec")


def test_the_page_has_what_an_mcp_client_needs() -> None:
    servers = [
        server
        for _, snippet in SNIPPETS
        if '"mcpServers"' in snippet
        for server in json.loads(snippet)["mcpServers"].values()
    ]
    assert {"type": "http", "headers": {"Authorization": "Bearer ${RUNTIME_KEY}"}} in [
        {name: server.get(name) for name in ("type", "headers")} for server in servers
    ]
