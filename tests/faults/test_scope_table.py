"""A deployment whose own scopes are invalid."""

import os
from contextlib import closing
from dataclasses import replace

from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES, SecretFormat
from tests.e2e.api import Api
from tests.e2e.conftest import local_gateway
from tests.keys import made_up


def test_503_while_the_table_is_invalid_and_one_log_line_names_the_entry(
    dynamodb_endpoint: str, store: KeyStore
) -> None:
    key = SecretFormat("sk_live_copia_").new(os.urandom(ENTROPY_BYTES))
    store.add(replace(made_up(key.id, "org_scopes"), hint=key.hint), key.digest)
    secret = key.reveal()
    broken = '{"invoices": ["FETCH /invoices"]}'
    with local_gateway([f"Scopes={broken}"], DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        with closing(Api(running.url, secret, [])) as there:
            answers = [there.call("GET", "/api/runtime/capabilities", key) for key in (secret, None)]
        for answer in answers:
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            assert "FETCH" not in answer.text
        made, failed = running.invoke(
            "CreateKeyFunction", {"organization_id": "org_x", "name": "X", "scopes": ["runtime"]}
        )
        assert failed
        assert "FETCH /invoices" in made["errorMessage"]
        lines = [line for line in running.output.splitlines() if '"verdict": "unavailable"' in line]
        assert len(lines) == 2
        assert all("invoices" in line and "FETCH /invoices" in line for line in lines)
