"""Exports of other systems' keys, as their documentation has them, and the converters of docs/import.md."""

import base64
import hashlib
import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

from tests.printed import code, page, section


def converter(heading: str) -> str:
    [program] = code(section(page("import.md"), heading), "python")
    return program


def batches(heading: str, export: Any, folder: Path) -> list[dict[str, Any]]:
    """What the converter under the heading makes of an export."""
    (folder / "export.json").write_text(json.dumps(export))
    command = [sys.executable, "-W", "ignore::ResourceWarning", "-c", converter(heading)]
    subprocess.run(command, cwd=folder, check=True, stderr=subprocess.PIPE, text=True)  # noqa: S603 - the page's own code
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
    """As Unkey lists them: some recoverable, of all others the hash from its database."""
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
