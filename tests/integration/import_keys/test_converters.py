"""The converters of docs/import.md, run as they are printed, and what they write, imported."""

import base64
import hashlib
import json
import re
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.integration.import_keys.conftest import Function

PAGE = (ROOT / "docs" / "import.md").read_text()


def converter(heading: str) -> str:
    section = PAGE.partition(f"### {heading}\n")[2].partition("\n### ")[0]
    [code] = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    return str(code)


def batches(heading: str, export: Any, folder: Path) -> list[dict[str, Any]]:
    """What the converter under the heading makes of an export."""
    (folder / "export.json").write_text(json.dumps(export))
    command = [sys.executable, "-W", "ignore::ResourceWarning", "-c", converter(heading)]
    subprocess.run(command, cwd=folder, check=True)  # noqa: S603 - the page's own code
    return [json.loads(file.read_text()) for file in sorted(folder.glob("batch-*.json"))]


def new(count: int) -> list[str]:
    return [f"{uuid.uuid4().hex}{uuid.uuid4().hex[:8]}" for _ in range(count)]


def usage_plans(secrets: list[str], organization: str) -> Any:
    """As `aws apigateway get-api-keys --include-values` prints it."""
    items = [
        {
            "id": f"id{number:08}",
            "value": secret,
            "name": "Partner",
            "customerId": organization,
            "enabled": True,
            "createdDate": "2024-03-01T09:30:00+00:00",
            "lastUpdatedDate": "2024-03-01T09:30:00+00:00",
            "stageKeys": [],
        }
        for number, secret in enumerate(secrets)
    ]
    del items[0]["name"]
    return {"items": items}


def unkey(secrets: list[str], organization: str) -> Any:
    """As Unkey lists them: some recoverable, of all others the hash that its database holds."""
    first, *others = secrets
    hashes = [base64.b64encode(hashlib.sha256(secret.encode()).digest()).decode() for secret in others]
    known: list[dict[str, Any]] = [{"plaintext": first, "hash": None}, *({"hash": one} for one in hashes)]
    return [
        {
            "keyId": f"key_{number:016}",
            "start": "sk_live_a_long_prefix_3Zx8",
            "enabled": True,
            "name": "Partner",
            "createdAt": 1709285400000,
            "identity": {"id": "id_1", "externalId": organization},
            **one,
        }
        for number, one in enumerate(known)
    ]


def kong(secrets: list[str], organization: str) -> Any:
    """As `deck gateway dump --format json` prints it."""
    half = len(secrets) // 2
    consumers = [
        {
            "custom_id": organization,
            "username": f"partner-{name}",
            "keyauth_credentials": [{"key": one} for one in own],
        }
        for name, own in (("a", secrets[:half]), ("b", secrets[half:]))
    ]
    return {"_format_version": "3.0", "consumers": [*consumers, {"username": "without-a-key"}]}


@pytest.mark.parametrize(
    ("heading", "export"),
    [("API Gateway usage plans", usage_plans), ("Unkey", unkey), ("Kong key-auth", kong)],
    ids=["usage plans", "unkey", "kong"],
)
def test_a_converters_batches_are_imported_and_every_key_works(
    function: Function, tmp_path: Path, heading: str, export: Any
) -> None:
    organization, secrets = f"org_{uuid.uuid4().hex[:12]}", new(103)
    made = batches(heading, export(secrets, organization), tmp_path)
    assert [len(batch["keys"]) for batch in made] == [100, 3]
    for batch in made:
        answer = function(*batch["keys"])
        assert answer["imported"] == len(batch["keys"]), answer
    assert {function.verdict(secret) for secret in (secrets[0], secrets[1], secrets[-1])} == {organization}


def test_a_key_that_was_disabled_stays_disabled(function: Function, tmp_path: Path) -> None:
    organization, [secret] = f"org_{uuid.uuid4().hex[:12]}", new(1)
    for heading, export in (
        ("API Gateway usage plans", usage_plans([secret], organization)),
        ("Unkey", unkey([secret[::-1]], organization)),
    ):
        [item] = export["items"] if isinstance(export, dict) else export
        item["enabled"] = False
        folder = tmp_path / heading.partition(" ")[0]
        folder.mkdir()
        [batch] = batches(heading, export, folder)
        function(*batch["keys"])
    assert function.verdict(secret) == function.verdict(secret[::-1]) == "disabled"


def test_a_converter_has_ten_lines() -> None:
    for heading in ("API Gateway usage plans", "Unkey", "Kong key-auth"):
        assert len([line for line in converter(heading).splitlines() if line.strip()]) <= 10, heading


def test_the_pages_batch_is_imported(function: Function) -> None:
    batch, answer = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    told = function(*({**key, "organization_id": "org_page"} for key in batch["keys"]))
    assert {one["result"] for one in told["keys"]} <= {"imported", "already_there"}
    assert answer.keys() == told.keys()
    refused = function({**batch["keys"][0], "secret": "short"})
    assert refused["keys"][0] == answer["keys"][1]
