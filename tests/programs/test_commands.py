"""The README's calls, run as they are printed, get the answers that are printed below them."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.conftest import ROOT
from tests.e2e.api import PATIENCE_S, Api
from tests.e2e.conftest import local_gateway

BLOCKS = re.findall(r"^```console\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
CALLS = [call for block in BLOCKS for call in re.findall(r"^\$ (curl [^\n]*)\n([^\n]*)", block, re.MULTILINE)]


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with local_gateway() as gateway, closing(gateway.api("org_local")) as api:
        yield api


@pytest.fixture(scope="module")
def values(api: Api) -> dict[str, str]:
    """What the README prints, and its value here. The first call adds the secret that it makes."""
    [url] = set(re.findall(r"http://127\.0\.0\.1:\d+", "".join(call for call, _ in CALLS)))
    [admin_key] = re.findall(r"sk_live_\w+", CALLS[0][0])
    return {url: api.url, admin_key: api.admin_key}


def curl(command: str, values: dict[str, str]) -> tuple[int, str]:
    """Status and body. What cuts the answer for the page is left out."""
    for printed, here in values.items():
        command = command.replace(printed, here)
    command = command.partition(" | ")[0].replace("curl ", "curl -sS -w '%{stderr}%{http_code}' ", 1)
    done = subprocess.run(  # noqa: S602 - the README's own command
        command, shell=True, capture_output=True, check=True, text=True, timeout=PATIENCE_S
    )
    return int(done.stderr), done.stdout


def names(text: str) -> list[str]:
    return re.findall(r'"(\w+)": ?', text)


def test_the_calls_of_the_first_page(api: Api, values: dict[str, str]) -> None:
    statuses = []
    for command, printed in CALLS:
        status, body = curl(command, values)
        statuses.append(status)
        if status == 201:
            made = json.loads(body)
            api.secrets.append(made["secret"])
            api.made.append(made["id"])
            values[json.loads(printed)["secret"]] = made["secret"]
        if status < 400:
            # In this order; a page may end its answer early.
            assert names(body)[: len(names(printed))] == names(printed)
            assert printed.endswith(",") or names(body) == names(printed)
        else:
            assert json.loads(body) == json.loads(printed)
    assert statuses == [201, 200, 403, 401]
