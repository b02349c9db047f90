"""GitHub reports secrets to a separate gateway, whose deployment has the parameter for it."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import Gateway, local_gateway, within_roles
from tests.leak_reports import GitHub, github, report

PATH = "/leaks/github"


@pytest.fixture(scope="module")
def hub() -> Iterator[GitHub]:
    with github() as fake:
        yield fake


@pytest.fixture(scope="module")
def gateway(dynamodb_endpoint: str, hub: GitHub) -> Iterator[Gateway]:
    parameters = [f"GithubKeysUrl={hub.url}", "OnLeak=revoke"]
    with (
        within_roles(dynamodb_endpoint, OnLeak="revoke") as endpoint,
        local_gateway(parameters, DYNAMODB_ENDPOINT=endpoint) as one,
    ):
        yield one


@pytest.fixture(scope="module")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_github")) as api:
        yield api


def post(gateway: Gateway, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    return GitHub.post(gateway.url + PATH, body, headers)


def test_a_report_that_github_signed_ends_the_key(gateway: Gateway, api: Api, hub: GitHub) -> None:
    key = api.create()
    body = report(key["secret"])
    status, told = post(gateway, body, hub.headers(body) | {"Content-Type": "application/json"})
    assert (status, '"true_positive"' in told) == (200, True)
    assert api.status(key["secret"]) == 401
    assert api.admin("GET", f"/api/keys/{key['id']}").json()["revoked_by"] == "github"
    events = api.admin("GET", f"/api/keys/{key['id']}/history").json()["events"]
    assert "leaked" in {event["type"] for event in events}


def test_nothing_else_ends_it(gateway: Gateway, api: Api, hub: GitHub) -> None:
    key = api.create()
    body = report(key["secret"])
    assert post(gateway, body, {})[0] == 401
    assert post(gateway, body, hub.headers(body + b" "))[0] == 401
    assert post(gateway, body, hub.headers(body) | {"Authorization": f"Bearer {api.admin_key}"})[0] == 200
    key = api.create()
    large = report(key["secret"]) + b" " * 300_000
    assert post(gateway, large, hub.headers(large))[0] == 413
    larger = report(key["secret"]) + b" " * 10 * 1024 * 1024
    assert post(gateway, larger, hub.headers(larger))[0] == 413
    assert api.status(key["secret"]) == 200


def test_a_sender_who_stops_half_way_ends_nothing(gateway: Gateway, api: Api, hub: GitHub) -> None:
    key = api.create()
    body = report(key["secret"])
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=30)
    with closing(connection):
        connection.putrequest("POST", PATH)
        for name, value in (hub.headers(body) | {"Content-Length": str(len(body))}).items():
            connection.putheader(name, value)
        connection.endheaders(body[:-1])
    assert api.status(key["secret"]) == 200


def test_a_slow_sender_holds_up_nobody_and_a_forged_report_ends_nothing(
    gateway: Gateway, api: Api, hub: GitHub
) -> None:
    """Its bytes come one after another, each after a whole call by somebody else."""
    key = api.create()
    body = report(key["secret"])
    connection = http.client.HTTPConnection(urlsplit(gateway.url).netloc, timeout=120)
    with closing(connection):
        connection.putrequest("POST", PATH)
        for name, value in (hub.headers(body + b" ") | {"Content-Length": str(len(body))}).items():
            connection.putheader(name, value)
        connection.endheaders(body[:-20])
        for byte in body[-20:]:
            assert api.status(key["secret"]) == 200
            connection.send(bytes([byte]))
        answer = connection.getresponse()
        assert (answer.status, set(json.loads(answer.read()))) == (401, {"error"})
    assert api.status(key["secret"]) == 200


def test_503_when_the_keys_of_github_cannot_be_fetched(dynamodb_endpoint: str, hub: GitHub) -> None:
    nowhere = ["GithubKeysUrl=http://127.0.0.1:9/keys"]
    with (
        local_gateway(nowhere, DYNAMODB_ENDPOINT=dynamodb_endpoint) as gateway,
        closing(gateway.api("org_github")) as api,
    ):
        key = api.create()
        body = report(key["secret"])
        assert post(gateway, body, hub.headers(body))[0] == 503
        assert api.status(key["secret"]) == 200
