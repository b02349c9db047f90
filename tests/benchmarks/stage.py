"""What both benchmarks set up: keys, events, the stub of the store and the environment of a function."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from apikeys.secret import ENTROPY_BYTES, Secret, SecretFormat
from tests.certificate import self_signed

ROOT = Path(__file__).parents[2]
PREFIX = "sk_live_copia_"
SECRETS = SecretFormat(PREFIX)
#: As many networks as a key may have; the caller of `event` is in the last one.
ADDRESSES = " ".join([*(f"2001:db8:{n}::/48" for n in range(19)), "203.0.113.0/24"])
_EVENT = (ROOT / "events" / "authorizer_x_api_key.json").read_text()


def new_secret() -> Secret:
    """A secret as `create_key` makes it."""
    return SECRETS.new(os.urandom(ENTROPY_BYTES))


def event(presented: str) -> str:
    """The JSON of an authorizer event for `GET /api/runtime/capabilities` that presents `presented`."""
    return _EVENT.replace(json.loads(_EVENT)["headers"]["x-api-key"], presented)


def item(secret: Secret, scopes: str) -> dict[str, str]:
    """What a read of the key finds."""
    return {
        "id": secret.id,
        "digest": secret.digest,
        "organization_id": "org_4f1c9d2e8b7a",
        "scopes": scopes,
    }


def environ(endpoint: str, table: str = "api-keys-KeyTable-1AQ2W3E4R5T6Y") -> dict[str, str]:
    """The environment of a function on Lambda, with credentials as long as the real ones."""
    return {
        "KEY_PREFIX": PREFIX,
        "KEY_TABLE": table,
        "SCOPES": "",
        "STACK": "local",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2Vj" * 64,
    }


@contextlib.contextmanager
def stub_store(
    items: dict[str, dict[str, str]], host: str = "127.0.0.1", certificate: tuple[Path, Path] | None = None
) -> Iterator[str]:
    """A stub of DynamoDB that holds `items`, in a separate process; its URL.

    It speaks TLS if it has a `certificate`, which is two files, the second with the private key.
    """
    command = [sys.executable, "-m", "tests.benchmarks.stub_store", host, *(certificate or ())]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(items) + "\n")
        process.stdin.flush()
        yield f"{'https' if certificate else 'http'}://{host}:{int(process.stdout.readline())}"
        process.stdin.close()


def new_certificate(directory: Path, host: str = "127.0.0.1") -> tuple[Path, Path]:
    """A certificate for `host` that vouches for itself, and its private key, as files in `directory`."""
    files = directory / "certificate.pem", directory / "private.pem"
    for file, content in zip(files, self_signed(host), strict=True):
        file.write_bytes(content)
    return files


def machine() -> dict[str, str | int | None]:
    """What the figures were measured on."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return {"cpu": line.partition(":")[2].strip(), "cores": os.cpu_count()}
    return {"cpu": "unknown", "cores": os.cpu_count()}
