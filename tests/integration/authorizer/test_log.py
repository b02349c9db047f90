import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apikeys.secret import ENTROPY_BYTES, SecretFormat
from tests.integration.authorizer.scripted_store import ScriptedStore, response, send

ROOT = Path(__file__).parents[3]
CALL = "import json, sys; from authorizer.app import handler; handler(json.load(sys.stdin), None)"
SECRET = SecretFormat("sk_test_").new(os.urandom(ENTROPY_BYTES))


def _logged(store: ScriptedStore, text: str, **ids: str) -> str:
    """What the authorizer writes, in a separate process, for a call that presents `text`."""
    event = {
        "requestContext": {"requestId": 'a "quoted" id\n'} | ids,
        "multiValueHeaders": {"x-api-key": [text]},
        "stageVariables": {"stack": "local"},
        "path": "/api/runtime/capabilities",
        "methodArn": "arn:aws:execute-api:eu-central-1:123456789012:api/live/GET/api/runtime/capabilities",
    }
    environ = store.environ(
        KEY_PREFIX="sk_test_", KEY_TABLE="Keys", SCOPES="", STACK="local", PYTHONPATH=str(ROOT / "functions")
    )
    command = [sys.executable, "-c", CALL]
    run = subprocess.run(  # noqa: S603 - this Python, on the line above
        command, env=environ, input=json.dumps(event), capture_output=True, text=True, check=False
    )
    return run.stdout


def _logged_for(organization_id: str, scopes: str) -> dict[str, Any]:
    """The same, for a good key whose item holds this."""
    item = {
        "id": SECRET.id,
        "digest": SECRET.digest,
        "organization_id": organization_id,
        "scopes": scopes,
    }
    body = json.dumps({"Item": {name: {"S": text} for name, text in item.items()}}).encode()
    store = ScriptedStore()
    store.script = [send(response(body))]
    logged = _logged(store, SECRET.reveal())
    store.stop()
    assert logged.count("\n") == 1
    assert SECRET.reveal() not in logged
    line: dict[str, Any] = json.loads(logged)
    return line


def test_the_log_is_one_line_of_json_for_any_item_in_the_store() -> None:
    odd = 'runtime "é"\n{}\\'
    assert _logged_for("org_example", odd) == {
        "verdict": "allowed",
        "request_id": 'a "quoted" id\n',
        "key_id": SECRET.id,
        "organization_id": "org_example",
        "scopes": odd,
    }


@pytest.mark.parametrize("odd", ['org "x"', "org\nx", "", "x" * 65, "é", "-x"])
def test_a_malformed_organization_id_means_a_broken_item(odd: str) -> None:
    line = _logged_for(odd, "runtime")
    assert (line["verdict"], line["reason"]) == ("unavailable", "the key's item is broken")


def test_a_refusal_without_a_key_id_is_logged_with_null() -> None:
    store = ScriptedStore()
    logged = _logged(store, "no-key-of-ours")
    store.stop()
    assert json.loads(logged) == {
        "verdict": "refused",
        "request_id": 'a "quoted" id\n',
        "key_id": None,
        "reason": "malformed",
    }
    assert "no-key-of-ours" not in logged


def test_the_id_is_the_one_that_a_client_cannot_choose() -> None:
    store = ScriptedStore()
    logged = _logged(store, "no-key-of-ours", extendedRequestId="Tn1jXGnxvHcFgQA=")
    store.stop()
    assert json.loads(logged)["request_id"] == "Tn1jXGnxvHcFgQA="
