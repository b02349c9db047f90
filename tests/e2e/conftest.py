"""The suite runs against the local gateway, which it starts, or against the stack at API_URL.

A deployed stack needs API_URL (stage included) and ADMIN_KEY, a key with the scope `*`; what concerns two
organizations needs OTHER_ADMIN_KEY too, one of another organization.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.e2e.api import PATIENCE_S, Api
from tests.iam.enforcing_proxy import EnforcingProxy
from tests.iam.policies import read_policies

ROOT = Path(__file__).parents[2]

#: The scopes of `scoped_gateway`.
SCOPES = {
    "invoices:read": ["GET /invoices"],
    # As if /api/runtime/capabilities were a route of the user's.
    "capabilities": ["GET /api/runtime/capabilities"],
    "helpdesk": ["POST /api/keys"],
    "root": ["ANY /*"],
}


#: The parameter Plans, where a gateway has any: no test comes near these limits.
PLANS = "free:10000:10000:1000000:DAY,pro:20000:20000"


class Gateway:
    """A running local gateway, and all that it and its functions have printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lines: list[str] = []
        self.secrets: list[str] = []
        self.url = ""
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.append(line)
            if line.startswith("Serving "):
                self.url = line.split()[-1]
                break
        assert self.url, f"the gateway did not start:\n{self.output}"
        self._reader = threading.Thread(target=lambda: self._lines.extend(process.stdout or ()))
        self._reader.start()
        self._lambda = boto3.client(
            "lambda",
            region_name="eu-central-1",
            endpoint_url=self.url,
            aws_access_key_id="local",
            aws_secret_access_key="local",
            config=Config(retries={"total_max_attempts": 1}),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> str:
        return "".join(self._lines)

    def invoke(self, function: str, event: object) -> tuple[Any, str | None]:
        """What the function answered, and the kind of its error, if it failed."""
        answer = self._lambda.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        result = json.load(answer["Payload"])
        if isinstance(result, dict) and "secret" in result:
            self.secrets.append(result["secret"])
        return result, answer.get("FunctionError")

    def api(self, organization_id: str) -> Api:
        """The API for an admin of the organization. What it is shown is looked for in the output."""
        return Api(self.url, self.admin_key(organization_id), self.secrets)

    def admin_key(self, organization_id: str) -> str:
        key, failed = self.invoke(
            "CreateKeyFunction", {"organization_id": organization_id, "name": "Admin", "scopes": ["*"]}
        )
        assert not failed, key
        secret: str = key["secret"]
        return secret

    def imported_key(self, organization_id: str) -> dict[str, str]:
        """The id and the secret of a key that was made elsewhere, on a gateway that takes them."""
        secret = f"legacy-{uuid.uuid4().hex}"
        self.secrets.append(secret)
        key = {"organization_id": organization_id, "name": "Legacy", "secret": secret}
        answer, failed = self.invoke("ImportKeysFunction", {"keys": [key]})
        assert not failed, answer
        return {"id": answer["keys"][0]["key_id"], "secret": secret}

    def stop(self) -> int:
        self._process.terminate()
        status = self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        self._lambda.close()
        return status


@contextmanager
def local_gateway(parameters: Iterable[str] = (), **environment: str) -> Iterator[Gateway]:
    """A separate gateway. `parameters` are the template's, each `NAME=VALUE`.

    Its functions wait longer for their store than on Lambda: this machine may have other work. A test of a
    store in trouble gives them PATIENCE="1".

    At the end, no secret that it made may be in anything that it or its functions printed.
    """
    process = subprocess.Popen(  # noqa: S603 - the project's own program
        [sys.executable, "-m", "local", "--port", "0", *(f"--parameter={p}" for p in parameters)],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "PATIENCE": "4"} | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            gateway = Gateway(process)
            yield gateway
        finally:
            process.terminate()
        gateway.stop()
    assert not leaked(gateway.output, gateway.secrets)


def leaked(output: str, secrets: list[str]) -> list[str]:
    """Which of the secrets, or of their digests, are in the output, and what else may be one.

    Nothing that is printed contains a word as long as the random part of a secret; a digest is longer.
    """
    found = [
        f"{what} of {secret[:20]}…"
        for secret in secrets
        for what, text in (
            ("secret", secret),
            ("secret part", secret[-49:-6]),
            ("digest", hashlib.sha256(secret.encode()).hexdigest()),
        )
        if text in output
    ]
    words = re.findall(r"[0-9A-Za-z]{43,}", output)
    return found + [f"{word[:8]}…, a word of {len(word)} characters" for word in words]


@contextmanager
def within_roles(dynamodb_endpoint: str, **parameters: str) -> Iterator[str]:
    """The store, in which every function can do what its role allows, and nothing else.

    The roles are those of a stack with usage plans, which allow a little more than others: exactly how much,
    tests/iam shows. At the end, no function may have tried anything else.
    """
    policies = read_policies(ROOT / "template.yaml", {"Plans": PLANS, **parameters})
    with closing(EnforcingProxy(dynamodb_endpoint, policies)) as proxy:
        yield proxy.endpoint
    assert not proxy.denied


@pytest.fixture(scope="session")
def dynamodb_endpoint(dynamodb_endpoint: str) -> Iterator[str]:
    with within_roles(dynamodb_endpoint) as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway | None]:
    if "API_URL" in os.environ:
        yield None
        return
    with local_gateway(DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def local(gateway: Gateway | None) -> Gateway:
    """The gateway, for what only a local one can show."""
    if gateway is None:
        pytest.skip("needs the local gateway, and API_URL names a deployed stack")
    return gateway


@pytest.fixture(scope="module")
def api(gateway: Gateway | None, request: pytest.FixtureRequest) -> Iterator[Api]:
    """The module's own organization: a list holds only what its tests have made."""
    if gateway is None:
        with closing(Api(os.environ["API_URL"], os.environ["ADMIN_KEY"], tidy=True)) as deployed:
            yield deployed
        return
    with closing(gateway.api("org_" + request.module.__name__.rpartition("_")[2])) as api:
        yield api
    assert gateway.output.count("\n") > len(api.secrets), "the output was not captured"


@pytest.fixture(scope="session")
def scoped_gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    """A gateway whose deployment adds scopes, and imports keys."""
    with local_gateway(
        [f"Scopes={json.dumps(SCOPES)}", "ImportedKeys=true"], DYNAMODB_ENDPOINT=dynamodb_endpoint
    ) as running:
        yield running


@pytest.fixture(scope="module")
def scoped(scoped_gateway: Gateway, request: pytest.FixtureRequest) -> Iterator[Api]:
    """The module's own organization on that gateway."""
    with closing(scoped_gateway.api("org_" + request.module.__name__.rpartition("_")[2])) as api:
        yield api


@pytest.fixture(scope="module")
def other(gateway: Gateway | None) -> Iterator[Api]:
    """Another organization on the same stack."""
    if gateway is None and "OTHER_ADMIN_KEY" not in os.environ:
        pytest.skip("needs OTHER_ADMIN_KEY: an admin key of another organization")
    with closing(
        gateway.api("org_other")
        if gateway
        else Api(os.environ["API_URL"], os.environ["OTHER_ADMIN_KEY"], tidy=True)
    ) as other:
        yield other
