"""An API of another stack behind the keys of this one: examples/existing-api, as it is.

`invoices:read` opens routes of that API. `own:invoices` names the same paths on the API of the keys, and
`own:runtime` a route that is there.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.e2e.api import PATIENCE_S, Api, error, eventually
from tests.e2e.conftest import leaked
from tests.e2e.fault_proxy import FAULTS, FaultProxy
from tests.e2e.people import Browser

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "existing-api" / "template.yaml"

SCOPES = {
    "invoices:read": ["local:GET /invoices", "local:GET /invoices/*"],
    "own:invoices": ["ANY /invoices", "ANY /invoices/*"],
    "own:runtime": ["GET /api/runtime/capabilities"],
}


@contextmanager
def both(
    scopes: object, endpoint: str, output: list[str], example: Path = EXAMPLE
) -> Iterator[tuple[str, str]]:
    """Both stacks on one machine: the URLs of the example's API and of the API of the keys."""
    command = [sys.executable, "-m", "local", "--port", "0", "--template", str(example)]
    command += ["--parameter", "KeysStack=keys", "--with", "keys=template.yaml"]
    command += ["--with-parameter", f"Scopes={json.dumps(scopes)}"]
    with subprocess.Popen(  # noqa: S603 - the project's own program
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "DYNAMODB_ENDPOINT": endpoint},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        urls = []
        for line in process.stdout:
            output.append(line)
            urls += re.findall(r"^Serving \S+ on (\S+)$", line)
            if len(urls) == 2:
                break
        assert len(urls) == 2, "".join(output)
        try:
            yield urls[0], urls[1]
        finally:
            process.send_signal(signal.SIGTERM)
            output += process.communicate(timeout=PATIENCE_S)[0].splitlines(keepends=True)


@pytest.fixture(scope="module")
def store(dynamodb_endpoint: str) -> Iterator[FaultProxy]:
    with closing(FaultProxy(dynamodb_endpoint)) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def apis(store: FaultProxy) -> Iterator[tuple[Api, Api]]:
    """The example's API and that of the keys, each for an admin of one organization."""
    output: list[str] = []
    with both(SCOPES, store.endpoint, output) as (example, keys):
        admin = minted(keys, "org_invoices")
        with closing(Api(keys, admin)) as own, closing(Api(example, admin)) as invoices:
            yield invoices, own
    assert not leaked("".join(output), own.secrets)


def minted(url: str, organization_id: str) -> str:
    """An admin key, made by a direct invocation."""
    wanted = {"organization_id": organization_id, "name": "Admin", "scopes": ["*"]}
    answer = httpx.post(
        f"{url}/2015-03-31/functions/CreateKeyFunction/invocations",
        headers={"Authorization": "AWS4-HMAC-SHA256 any"},
        content=json.dumps(wanted),
        timeout=PATIENCE_S,
    )
    made: dict[str, str] = json.loads(answer.text)
    return made["secret"]


@pytest.fixture(scope="module")
def invoices(apis: tuple[Api, Api]) -> Api:
    return apis[0]


@pytest.fixture(scope="module")
def keys(apis: tuple[Api, Api]) -> Api:
    return apis[1]


def test_a_key_with_the_scope_gets_through_and_the_route_knows_whose_it_is(invoices: Api, keys: Api) -> None:
    secret = keys.create("invoices:read")["secret"]
    listed = invoices.call("GET", "/invoices", secret)
    assert listed.status_code == 200
    assert {one["organization_id"] for one in listed.json()["invoices"]} == {"org_invoices"}
    one = invoices.call("GET", "/invoices/inv_1", headers=[("x-api-key", secret)])
    assert (one.status_code, one.json()["id"]) == (200, "inv_1")


@pytest.mark.parametrize("key", [None, "nonsense", "sk_live_copia_nonsense"])
def test_401_without_a_good_key(invoices: Api, key: str | None) -> None:
    refused = invoices.call("GET", "/invoices", key)
    assert (refused.status_code, error(refused)) == (401, "Invalid API key")
    assert refused.headers["www-authenticate"] == "Bearer"


def test_401_once_the_key_is_revoked(invoices: Api, keys: Api) -> None:
    key = keys.create("invoices:read")
    keys.revoke(key["id"])
    assert invoices.call("GET", "/invoices", key["secret"]).status_code == 401


def test_403_names_the_scope_that_the_call_needs(invoices: Api, keys: Api) -> None:
    refused = invoices.call("GET", "/invoices/inv_1", keys.create("runtime")["secret"])
    assert refused.status_code == 403
    assert '"invoices:read"' in error(refused)
    assert refused.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


def test_a_route_that_no_scope_names_is_open_only_to_star(invoices: Api, keys: Api) -> None:
    refused = invoices.call("POST", "/invoices", keys.create("invoices:read")["secret"])
    assert refused.status_code == 403
    assert '"*"' in error(refused)
    assert invoices.admin("POST", "/invoices").status_code == 201


def test_a_key_for_invoices_of_one_api_opens_nothing_of_the_others(invoices: Api, keys: Api) -> None:
    own = keys.create("own:invoices", "own:runtime", "keys")["secret"]
    theirs = keys.create("invoices:read")["secret"]
    assert keys.status(own) == 200
    assert invoices.call("GET", "/invoices", own).status_code == 403
    assert invoices.call("GET", "/invoices", theirs).status_code == 200
    assert keys.status(theirs) == 403
    assert keys.call("GET", "/api/keys", theirs).status_code == 403


def test_errors_of_the_gateway_and_of_the_route_have_the_same_form(invoices: Api) -> None:
    unknown = invoices.admin("GET", "/nowhere")
    assert (unknown.status_code, error(unknown)) == (404, "Not found")
    missing = invoices.admin("GET", "/invoices/inv_9")
    assert (missing.status_code, error(missing)) == (404, "There is no such invoice.")


def test_a_call_is_a_use_of_its_key_and_counted_once(invoices: Api, keys: Api) -> None:
    key = keys.create("invoices:read")
    for path in ("/invoices", "/invoices/inv_1", "/invoices/inv_9"):
        invoices.call("GET", path, key["secret"])
    invoices.call("POST", "/invoices", key["secret"])

    def today() -> dict[str, int]:
        days = keys.admin("GET", f"/api/keys/{key['id']}/usage").json()["days"]
        found: dict[str, int] = max(days, key=lambda day: day["date"])
        return found

    counts = {"succeeded": 2, "refused": 1, "client_errors": 1, "server_errors": 0}
    assert eventually(lambda: counts.items() <= today().items())
    used = keys.admin("GET", f"/api/keys/{key['id']}").json()["last_used_at"]
    assert used.startswith(f"{datetime.now(UTC):%Y-%m-}")


def test_503_while_the_store_is_silent(invoices: Api, keys: Api, store: FaultProxy) -> None:
    good = keys.create("invoices:read")["secret"]
    with store.broken(FAULTS["silence"]):
        refused = invoices.call("GET", "/invoices", good)
        assert invoices.call("GET", "/invoices", "nonsense").status_code == 401
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    assert "cannot be checked" in error(refused)
    assert invoices.call("GET", "/invoices", good).status_code == 200


def test_a_session_of_the_settings_page_opens_nothing_on_an_api_that_has_the_same_paths(
    dynamodb_endpoint: str, tmp_path: Path
) -> None:
    example = tmp_path / "examples" / "existing-api"
    shutil.copytree(EXAMPLE.parent, example)
    shutil.copy(ROOT / "gateway-responses.yaml", tmp_path)
    template = (example / "template.yaml").read_text()
    (example / "template.yaml").write_text(template.replace("Path: /invoices}", "Path: /api/keys}"))
    same = {"invoices:read": ["local:ANY /api/keys", "local:ANY /api/keys/*"]}
    with both(same, dynamodb_endpoint, [], example / "template.yaml") as (theirs, own):
        admin = minted(own, "org_session")
        with Browser(own) as here, Browser(theirs) as there, closing(Api(theirs, admin)) as key:
            assert here.sign_in(key=admin).status_code == 201
            there.secret, there.session = here.secret, here.session
            for method, body in (("GET", None), ("POST", {"name": "Mine"})):
                refused = there.call(method, "/api/keys", json=body)
                assert (refused.status_code, error(refused)) == (401, "Invalid API key")
            assert here.call("GET", "/api/keys").status_code == 200
            assert key.admin("POST", "/api/keys").json()["id"] == "inv_1"


def test_503_for_an_api_that_the_table_does_not_name(dynamodb_endpoint: str, keys: Api) -> None:
    output: list[str] = []
    elsewhere = {"invoices:read": ["another:GET /invoices"]}
    good = keys.create("runtime")["secret"]
    with both(elsewhere, dynamodb_endpoint, output) as (example, own):
        for secret in (good, None):
            with closing(Api(example, secret or "")) as unnamed:
                refused = unnamed.call("GET", "/invoices", secret)
            assert refused.status_code == 503
            assert refused.headers["retry-after"] == "1"
            assert "cannot be checked" in error(refused)
        with closing(Api(own, good)) as api:
            assert api.status(good) == 200
    [first, *_] = [line for line in output if '"verdict": "unavailable"' in line]
    assert "no route names the API local" in first
