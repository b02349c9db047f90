"""RuntimeUrl: the same routes lead to your own service, here the reference backend as a plain server."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest

from local.template.template import Template
from tests.e2e.api import Api, error
from tests.e2e.conftest import Gateway, local_gateway
from tests.e2e.runtime import counted, open_session, streamed
from tests.e2e.test_runtime_organizations import FORGED
from tests.integration.runtime.conftest import Backend, running

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SECRET = "an-upstream-secret-of-32-letters"
ORIGIN = "https://app.example.com"
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gateway-A1b2C3"


@pytest.fixture(scope="module")
def service(template: Template, dynamodb: "DynamoDBClient") -> Iterator[Backend]:
    environment = {"GATEWAY_SECRET": SECRET, "ALLOWED_ORIGINS": ORIGIN}
    with running(template, dynamodb.meta.endpoint_url, **environment) as service:
        yield service


@pytest.fixture(scope="module")
def gateway(service: Backend, dynamodb: "DynamoDBClient") -> Iterator[Gateway]:
    parameters = [
        f"RuntimeUrl={service.url}",
        f"RuntimeUrlSecretArn={SECRET_ARN}",
        f"AllowedOrigins={ORIGIN}",
    ]
    environment = {
        "DYNAMODB_ENDPOINT": dynamodb.meta.endpoint_url,
        "SECRETS": json.dumps({SECRET_ARN: SECRET}),
    }
    with local_gateway(parameters, **environment) as running:
        yield running
        assert SECRET not in running.output


@pytest.fixture(scope="module")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_upstream")) as api:
        yield api


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    secret: str = api.create("runtime")["secret"]
    return secret


def test_the_service_learns_who_calls(api: Api, key: str) -> None:
    told = api.call("GET", "/api/runtime/capabilities", key).json()
    assert (told["organization_id"], told["scopes"]) == ("org_upstream", ["runtime"])


@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_a_forged_header_changes_nothing(api: Api, key: str, spell: type[str]) -> None:
    forged = [(spell(name), value) for name, value in FORGED.items()]
    honest = api.call("GET", "/api/runtime/capabilities", key).json()
    assert api.call("GET", "/api/runtime/capabilities", key, headers=forged).json() == honest


@pytest.mark.parametrize("path", ["/api/runtime/sessions", "/api/mcp"])
def test_a_page_of_an_allowed_origin_sends_a_preflight_without_a_key_and_calls_with_one(
    api: Api, key: str, path: str
) -> None:
    asked = [("Origin", ORIGIN), ("Access-Control-Request-Method", "POST")]
    preflight = api.call("OPTIONS", path, headers=asked)
    assert (preflight.status_code, preflight.headers["access-control-allow-origin"]) == (200, ORIGIN)
    answer = api.call("GET", path, key, headers=[("Origin", ORIGIN)])
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (405, ORIGIN)
    assert api.call("GET", path, headers=[("Origin", ORIGIN)]).status_code == 401
    foreign = [("Origin", "https://evil.example"), *asked[1:]]
    assert api.call("OPTIONS", path, headers=foreign).status_code == 400
    assert api.call("OPTIONS", path).status_code == 404


def test_a_caller_that_bypasses_the_gateway_is_refused(service: Backend) -> None:
    response = httpx.get(f"{service.url}/api/runtime/capabilities", headers=FORGED)
    assert response.status_code == 500


def test_a_stream_passes_through_unbuffered(api: Api, key: str) -> None:
    session = open_session(api, key)
    with streamed(api.url, key, session, "count", to=6, interval_ms=60_000) as events:
        assert next(events).data == {"count": 1}
    with streamed(api.url, key, session, "count", to=5, interval_ms=10) as events:
        assert counted(events) == [1, 2, 3, 4, 5]


def test_a_client_that_hangs_up_stops_the_service_as_well(api: Api, service: Backend) -> None:
    key = api.create("runtime")
    session = open_session(api, key["secret"])
    with streamed(api.url, key["secret"], session, "count", to=6, interval_ms=60_000) as events:
        next(events)
    entry = json.loads(service.wait_for('"execution ', key["id"]))
    assert entry["message"] == "execution stopped"


@pytest.mark.parametrize(("scope", "status"), [(None, 401), ("keys", 403)])
def test_the_authorizer_protects_the_service(api: Api, scope: str | None, status: int) -> None:
    secret = api.create(scope)["secret"] if scope else "no-key"
    for method, path in (("GET", "/api/runtime/capabilities"), ("POST", "/api/mcp")):
        response = api.call(method, path, secret)
        assert response.status_code == status
        assert error(response)


def test_the_services_own_errors_reach_the_client(api: Api, key: str) -> None:
    response = api.call("GET", "/api/runtime/sessions/session_none", key)
    assert response.status_code == 404
    assert error(response).startswith("There is no such session.")
    assert api.call("GET", "/api/mcp", key).status_code == 405
