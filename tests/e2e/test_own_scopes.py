"""A deployment's own scopes, by its parameter Scopes."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.api import Api, error
from tests.e2e.conftest import Gateway, local_gateway
from tests.e2e.people import Browser

SCOPES = {
    # As if /api/runtime/capabilities were a route of one's own.
    "capabilities": ["GET /api/runtime/capabilities"],
    "helpdesk": ["POST /api/keys"],
    "root": ["ANY /*"],
}


@pytest.fixture(scope="module")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    with local_gateway([f"Scopes={json.dumps(SCOPES)}"], DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_own_scopes")) as api:
        yield api


def test_a_scope_of_the_deployment_opens_its_route_and_no_other(api: Api) -> None:
    secret = api.create("capabilities")["secret"]
    assert api.status(secret) == 200
    refused = api.call("POST", "/api/mcp", secret, json={})
    assert refused.status_code == 403
    assert '"runtime"' in error(refused)


def test_a_scope_that_opens_the_making_of_keys_is_given_and_renewed_by_star_alone(api: Api) -> None:
    helpdesk = api.create("helpdesk")
    held = helpdesk["secret"]
    given = api.call("POST", "/api/keys", held, json={"name": "A friend", "scopes": ["capabilities"]})
    assert given.status_code == 201
    again = api.call("POST", "/api/keys", held, json={"name": "Myself", "scopes": ["helpdesk"]})
    assert again.status_code == 403
    assert error(again) == 'Only a key with the scope "*" can give the scope "helpdesk". Ask an operator.'
    renewed = api.call("POST", f"/api/keys/{helpdesk['id']}/rotate", api.create("keys")["secret"])
    assert renewed.status_code == 403


def test_a_scope_that_opens_a_part_of_the_management_of_keys_signs_nobody_in(api: Api) -> None:
    with Browser(api.url) as browser:
        refused = browser.sign_in(key=api.create("helpdesk")["secret"])
    assert refused.status_code == 403
    assert error(refused).startswith('This key lacks the scope "keys".')


def test_a_scope_that_opens_everything_cannot_be_given_over_http(api: Api) -> None:
    refused = api.admin("POST", "/api/keys", json={"name": "Root", "scopes": ["root"]})
    assert refused.status_code == 403
    assert error(refused).startswith('The scope "root" cannot be given over HTTP')


def test_an_unknown_scope_is_refused_with_those_that_there_are(api: Api) -> None:
    refused = api.admin("POST", "/api/keys", json={"name": "Typing error", "scopes": ["helpdesc"]})
    assert refused.status_code == 400
    assert '"helpdesk"' in error(refused)


def test_503_while_the_table_is_not_valid_and_one_line_of_the_log_names_the_entry(
    dynamodb_endpoint: str, api: Api
) -> None:
    secret = api.create()["secret"]
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
