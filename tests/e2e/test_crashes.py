"""A function dies, or the store's answer is lost, at the worst moments: no change is ever made by half."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from threading import Event
from typing import Any

import pytest

from local.template import Template
from tests.e2e.api import Api, error
from tests.e2e.conftest import ROOT, Gateway, local_gateway
from tests.e2e.fault_proxy import FaultProxy, losing, recording, stopping_at
from tests.soak.history import half_rotations

ORGANIZATION = "org_crashes"


@pytest.fixture(scope="module")
def proxy(dynamodb_endpoint: str) -> Iterator[FaultProxy]:
    with closing(FaultProxy(dynamodb_endpoint)) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def gateway(proxy: FaultProxy) -> Iterator[Gateway]:
    with local_gateway(DYNAMODB_ENDPOINT=proxy.endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def admin(gateway: Gateway) -> Iterator[Api]:
    with closing(Api(gateway.url, gateway.admin_key(ORGANIZATION))) as api:
        yield api


@pytest.fixture
def api(admin: Api) -> Iterator[Api]:
    """The API, and the promise that the test leaves no half of a rotation behind."""
    yield admin
    assert half_rotations(records(admin)) == []


def records(api: Api) -> list[dict[str, Any]]:
    """All keys of the organization."""
    query = {"limit": "100", "include_revoked": "true"}
    page = api.admin("GET", "/api/keys", params=query).json()
    keys: list[dict[str, Any]] = page["keys"]
    assert page["next_cursor"] is None
    return keys


def record(api: Api, key_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = api.admin("GET", f"/api/keys/{key_id}").json()
    return answer


@pytest.fixture
def killed(template: Template, proxy: FaultProxy) -> Callable[..., None]:
    """Run a function, and kill it at one of its operations on the store."""

    def run(function: str, event: dict[str, Any], operation: str, *, done: bool) -> None:
        described = template.functions[function]
        environment = os.environ | described.environment
        environment |= {
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": described.region,
            "AWS_DEFAULT_REGION": described.region,
            "AWS_ENDPOINT_URL_DYNAMODB": proxy.endpoint,
            "EVENT": json.dumps({"organization_id": ORGANIZATION} | event),
            "HANDLER": described.handler,
            "PYTHONPATH": str(described.code),
        }
        reached = Event()
        with (
            proxy.broken(stopping_at(operation, reached, done=done)),
            subprocess.Popen(
                [sys.executable, "-m", "tests.e2e.one_call"],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.DEVNULL,
            ) as process,
        ):
            assert reached.wait(30)
            process.kill()

    return run


@pytest.mark.parametrize("done", [False, True])
def test_a_creation_that_dies_leaves_a_whole_key_or_none(
    api: Api, killed: Callable[..., None], *, done: bool
) -> None:
    name = f"Dies {'after' if done else 'before'} the write"
    killed("CreateKeyFunction", {"name": name}, "PutItem", done=done)
    left = [key for key in records(api) if key["name"] == name]
    assert len(left) == done
    for key in left:
        # Nobody knows its secret, so all that can be done with it is to revoke it.
        assert api.revoke(key["id"])["revoked_at"]


@pytest.mark.parametrize("done", [False, True])
def test_a_revocation_that_dies_is_made_or_not_and_can_be_repeated(
    api: Api, killed: Callable[..., None], *, done: bool
) -> None:
    key = api.create()
    killed("RevokeKeyFunction", {"key_id": key["id"]}, "UpdateItem", done=done)
    assert api.status(key["secret"]) == (401 if done else 200)
    assert api.revoke(key["id"])["revoked_at"]
    assert api.status(key["secret"]) == 401


def test_a_rotation_that_dies_before_its_write_changes_nothing(api: Api, killed: Callable[..., None]) -> None:
    old = api.create()
    killed("RotateKeyFunction", {"key_id": old["id"]}, "TransactWriteItems", done=False)
    assert record(api, old["id"])["replaced_by"] is None
    assert not [key for key in records(api) if key["replaces"] == old["id"]]
    assert api.rotate(old["id"])["replaces"] == old["id"]


def test_a_rotation_that_dies_after_its_write_is_whole_and_can_be_made_again(
    api: Api, killed: Callable[..., None]
) -> None:
    old = api.create()
    killed("RotateKeyFunction", {"key_id": old["id"]}, "TransactWriteItems", done=True)
    [lost] = [key["id"] for key in records(api) if key["replaces"] == old["id"]]
    assert record(api, old["id"])["replaced_by"] == lost
    assert api.status(old["secret"]) == 200
    # The answer says what to do when the replacement's secret was lost.
    response = api.admin("POST", f"/api/keys/{old['id']}/rotate")
    assert response.status_code == 409
    assert "revoke it and rotate again" in error(response)
    assert lost in error(response)
    api.revoke(lost)
    new = api.rotate(old["id"])
    assert record(api, old["id"])["replaced_by"] == new["id"]
    assert api.status(new["secret"]) == 200


@pytest.mark.parametrize(
    ("call", "body", "operations"),
    [
        ("POST /api/keys", {"name": "One write"}, ["putitem"]),
        ("DELETE /api/keys/{id}", None, ["updateitem"]),
        ("POST /api/keys/{id}/rotate", None, ["getitem", "transactwriteitems"]),
    ],
)
def test_no_operation_writes_twice_so_nothing_can_come_between(
    api: Api, proxy: FaultProxy, call: str, body: object, operations: list[str]
) -> None:
    method, path = call.format(id=api.create()["id"]).split()
    requests: list[str] = []
    with proxy.broken(recording(requests)):
        assert api.admin(method, path, json=body).status_code < 300
    # The first one is the authorizer's.
    assert requests == ["getitem", *operations]


def test_a_creation_whose_answer_is_lost_is_told_all_the_same(api: Api, proxy: FaultProxy) -> None:
    # The put is sent again, and meets the item that it wrote itself.
    with proxy.broken(losing(1, "PutItem")):
        key = api.create(name="Lost and found")
    assert [one["id"] for one in records(api) if one["name"] == "Lost and found"] == [key["id"]]
    assert api.status(key["secret"]) == 200


def test_a_revocation_whose_answer_is_lost_is_told_all_the_same(api: Api, proxy: FaultProxy) -> None:
    key = api.create()
    with proxy.broken(losing(1, "UpdateItem")):
        revoked = api.revoke(key["id"])
    assert record(api, key["id"])["revoked_at"] == revoked["revoked_at"]
    assert api.status(key["secret"]) == 401


def test_a_rotation_whose_answer_is_lost_is_whole(api: Api, proxy: FaultProxy) -> None:
    old = api.create()
    with proxy.broken(losing(1, "TransactWriteItems")):
        response = api.admin("POST", f"/api/keys/{old['id']}/rotate")
    # DynamoDB knows the transaction again by its token, and says that it is done. moto does not.
    assert response.status_code in {201, 409}
    [new] = [key["id"] for key in records(api) if key["replaces"] == old["id"]]
    assert record(api, old["id"])["replaced_by"] == new
    if response.status_code == 201:
        assert response.json()["id"] == new
        assert api.status(response.json()["secret"]) == 200


def test_a_verdict_whose_answer_is_lost_is_right(api: Api, proxy: FaultProxy) -> None:
    with proxy.broken(losing(1, "GetItem")):
        assert api.status(api.admin_key) == 200
