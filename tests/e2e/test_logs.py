"""What the logs say about a call: who called, under one id that the caller gets too, and nothing else."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import Api, eventually
from tests.e2e.conftest import Gateway, leaked, local_gateway
from tests.e2e.runtime import wait_for


@pytest.fixture(scope="module")
def access_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("logs") / "access.log"


@pytest.fixture(scope="module")
def gateway(dynamodb_endpoint: str, access_log: Path) -> Iterator[Gateway]:
    with local_gateway(ACCESS_LOG=str(access_log), DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_request_id")) as api:
        yield api


def about(request_id: str, log: str) -> list[dict[str, Any]]:
    """The lines of a log that are about one request."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("request_id") == request_id]


@pytest.mark.parametrize(("path", "status"), [("/api/keys", 200), ("/api/keys/key_000000000000", 404)])
def test_one_call_has_one_id_in_all_logs_and_in_its_answer(
    gateway: Gateway, api: Api, access_log: Path, path: str, status: int
) -> None:
    response = api.admin("GET", path)
    assert response.status_code == status
    request_id = response.headers["x-amz-apigw-id"]
    wait_for(gateway, request_id, '"verdict"')
    wait_for(gateway, request_id, '"operation"')
    authorizer, function = about(request_id, gateway.output)
    assert (authorizer["verdict"], function["operation"][-4:]) == (
        "allowed",
        "keys" if status == 200 else "_key",
    )
    [access] = about(request_id, access_log.read_text())
    assert access["status"] == str(status)


def test_a_refused_call_has_one_id_too(gateway: Gateway, api: Api, access_log: Path) -> None:
    response = api.call("GET", "/api/keys", "no-key")
    request_id = response.headers["x-amz-apigw-id"]
    wait_for(gateway, request_id, '"verdict"')
    assert [line["verdict"] for line in about(request_id, gateway.output)] == ["refused"]
    assert [line["status"] for line in about(request_id, access_log.read_text())] == ["401"]


def test_the_access_log_shows_who_called_and_nothing_that_a_client_wrote(
    gateway: Gateway, access_log: Path
) -> None:
    with closing(gateway.api("org_log")) as api:
        known = len(access_log.read_text().splitlines())
        key = api.create()
        api.status(key["secret"])
        api.status("sk_live_copia_nonsense")
        hostile = [("x-amzn-requestid", '","key_id":"x'), ("user-agent", "hostile-agent")]
        api.call("GET", "/hostile-path?hostile=query", key["secret"], headers=hostile)
    assert eventually(lambda: access_log.read_text().count("\n") == known + 4)
    lines = [json.loads(line) for line in access_log.read_text().splitlines()[known:]]
    assert [(line["route"], line["status"], line["key_id"]) for line in lines[1:]] == [
        ("/api/runtime/{proxy+}", "200", key["id"]),
        ("/api/runtime/{proxy+}", "401", "-"),
        ("-", "404", "-"),
    ]
    assert lines[2]["error_type"] == "UNAUTHORIZED"
    assert lines[1]["organization_id"] == "org_log"
    assert int(lines[0]["response_bytes"]) > 0
    assert "hostile" not in access_log.read_text()
    assert not leaked(access_log.read_text(), api.secrets)
