"""`make run`, as a newcomer meets it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.integration.local.conftest import ROOT


@contextmanager
def quickstart(endpoint: str) -> Iterator[str]:
    """All that it prints before the first request."""
    with subprocess.Popen(
        [sys.executable, "-m", "local.quickstart", "--port", "0"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "DYNAMODB_ENDPOINT": endpoint},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        printed = ""
        for line in process.stdout:
            printed += line
            if "/api/runtime/capabilities" in line or "/dev/stdout" in line:
                break
        try:
            yield printed
        finally:
            process.terminate()
            process.stdout.read()
    assert process.returncode == 0


def test_a_first_start_mints_a_key_that_works_and_the_next_one_keeps_it(dynamodb_endpoint: str) -> None:
    with quickstart(dynamodb_endpoint) as printed:
        assert printed.startswith("Starting ...\n")
        [url] = re.findall(r"^Serving template.yaml on (http://127.0.0.1:\d+)$", printed, re.MULTILINE)
        [secret] = re.findall(r"^  (sk_live_\w+)$", printed, re.MULTILINE)
        [name] = re.findall(r"-d '(.*)'$", printed, re.MULTILINE)
        created = httpx.post(f"{url}/api/keys", headers={"x-api-key": secret}, content=name, timeout=60)
        assert created.status_code == 201
        assert created.json()["scopes"] == ["runtime"]

    with quickstart(dynamodb_endpoint) as printed:
        assert "org_local has keys already" in printed
        assert "--function-name CreateKeyFunction" in printed
        assert "sk_live_" not in printed
        [url] = re.findall(r"--endpoint-url (http://127.0.0.1:\d+) ", printed)
        assert httpx.get(f"{url}/api/keys", headers={"x-api-key": secret}, timeout=60).status_code == 200
