"""`make run`, as a new user sees it."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from apikeys.keys.store import KeyStore
from tests.e2e.api import PATIENCE_S
from tests.integration.local.conftest import ROOT


class Printed(str):
    """`after` is what came after it."""

    __slots__ = ("after",)
    after: list[str]


@contextmanager
def quickstart(endpoint: str, *more: str) -> Iterator["Printed"]:
    """All that it prints before the first request; at the end of the block, the lines after it too."""
    with subprocess.Popen(  # noqa: S603 - the project's own program
        [sys.executable, "-m", "local.quickstart", "--port", "0", *more],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DYNAMODB_ENDPOINT": endpoint},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        printed = ""
        for line in process.stdout:
            printed += line
            if "#ticket=" in line:
                break
        text = Printed(printed)
        try:
            yield text
        finally:
            process.terminate()
            text.after = [line for line in process.stdout.read().splitlines() if line]
    assert process.returncode == 0


def pattern(printed: str) -> str:
    """Without what differs in every run: the port, secrets and ids."""
    return re.sub(r"(127\.0\.0\.1:|sk_live_|ticket_)\w+", r"\1...", printed)


def test_a_first_start_mints_a_key_that_works_and_the_next_one_keeps_it(dynamodb_endpoint: str) -> None:
    page = (ROOT / "README.md").read_text()
    shown = page.partition("```console\n$ make run\n")[2].partition("\n\nPOST ")[0] + "\n"
    with quickstart(dynamodb_endpoint) as printed:
        assert pattern(printed) == pattern(shown)
        [url] = re.findall(r"^Serving template.yaml on (http://127.0.0.1:\d+)$", printed, re.MULTILINE)
        [secret] = re.findall(r"^  (sk_live_\w+)$", printed, re.MULTILINE)
        [name] = re.findall(r"-d '(.*)'$", printed, re.MULTILINE)
        created = httpx.post(f"{url}/api/keys", headers={"x-api-key": secret}, content=name, timeout=60)
        assert created.status_code == 201
        assert created.json()["scopes"] == ["runtime"]

    with quickstart(dynamodb_endpoint) as printed:
        assert "org_local has keys already" in printed
        assert "sk_live_" not in printed
        # As it is printed, for a shell.
        [command] = re.findall(r"^  (curl (?:.*\\\n)+.*)$", printed, re.MULTILINE)
        minted = json.loads(
            subprocess.run(  # noqa: S602 - the command that it prints
                command, shell=True, cwd=ROOT, capture_output=True, check=True, timeout=60
            ).stdout
        )
        [url] = re.findall(r"(http://127.0.0.1:\d+)/2015", printed)
        for key in (secret, minted["secret"]):
            assert httpx.get(f"{url}/api/keys", headers={"x-api-key": key}, timeout=60).status_code == 200


def test_a_request_is_one_line_and_nothing_else(dynamodb_endpoint: str, store: KeyStore) -> None:
    with quickstart(dynamodb_endpoint) as printed:
        url = re.findall(r"http://127.0.0.1:\d+", printed)[0]
        key = {"organization_id": "org_lines", "name": "Lines", "scopes": ["*"]}
        used, used_last = (
            httpx.post(
                f"{url}/2015-03-31/functions/CreateKeyFunction/invocations",
                headers={"Authorization": "AWS4-HMAC-SHA256 any"},
                json=key,
                timeout=60,
            ).json()
            for _ in range(2)
        )
        headers = {"x-api-key": used["secret"]}
        calls = ["/api/keys", "/api/runtime/capabilities", "/api/keys/key_none", "/settings/api", "/nope"]
        for path in calls:
            httpx.get(f"{url}{path}", headers=headers, timeout=60)
        httpx.get(f"{url}/api/keys", timeout=60)
        httpx.get(f"{url}/api/keys/key_none", headers={"x-api-key": used_last["secret"]}, timeout=60)
        # The call is recorded in the background: what the function prints, it has printed by then.
        while store.get("org_lines", used_last["id"]).last_used_at is None:
            time.sleep(0.02)
    lines = printed.after
    assert [line.split()[1] for line in lines][2:] == [*calls, "/api/keys", "/api/keys/key_none"], lines
    assert not any(one["secret"] in "".join(lines) for one in (used, used_last))


def test_your_own_scopes_can_be_given(dynamodb_endpoint: str) -> None:
    with quickstart(dynamodb_endpoint, "--scopes", '{"invoices:read": ["GET /invoices"]}') as printed:
        [url] = re.findall(r"^Serving template.yaml on (http://127.0.0.1:\d+)$", printed, re.MULTILINE)
        event = {"organization_id": "org_local", "name": "Reader", "scopes": ["invoices:read"]}
        made = httpx.post(
            f"{url}/2015-03-31/functions/CreateKeyFunction/invocations",
            headers={"Authorization": "AWS4-HMAC-SHA256 any"},
            json=event,
            timeout=60,
        )
        assert made.json()["scopes"] == ["invoices:read"]


def test_scopes_that_are_not_valid_end_it_with_the_text_that_names_the_entry() -> None:
    refused = subprocess.run(  # noqa: S602 - as a person types it
        """make --silent run PORT=0 SCOPES='{"invoices": ["GET /x/../y"]}'""",  # noqa: S607
        shell=True,
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_S,
    )
    assert refused.returncode != 0
    assert refused.stdout == ""
    named = 'Scopes: "invoices": "GET /x/../y": no part of a path is empty'
    assert refused.stderr.startswith(named)
