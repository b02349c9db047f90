"""A function dies, or the store's answer is lost, at the worst moments: no change is ever half made."""

import json
from collections.abc import Iterator
from contextlib import closing
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from local.template.template import Template
from tests.e2e.api import Api, error
from tests.e2e.conftest import Gateway, local_gateway
from tests.e2e.fault_proxy import Fault, FaultProxy, Losing, recording, stopping_at
from tests.faults.processes import PATIENCE_S, start
from tests.soak.history import half_rotations

if TYPE_CHECKING:
    import subprocess

ORGANIZATION = "org_crashes"


@pytest.fixture(scope="module")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    with local_gateway(DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def admin(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api(ORGANIZATION)) as api:
        yield api


@pytest.fixture
def api(admin: Api) -> Iterator[Api]:
    """The API, and the promise that the test leaves no half-made rotation behind."""
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


class Functions:
    """Functions in separate processes, with a connection to the store that nothing else uses."""

    def __init__(self, template: Template, proxy: FaultProxy) -> None:
        self._template = template
        self._proxy = proxy

    def call(self, name: str, event: dict[str, Any], fault: Fault) -> Any:
        """What the function answers when it meets the fault; None if it fails."""
        with self._proxy.broken(fault), self._start(name, event) as process:
            output, _ = process.communicate()
        return None if process.returncode else json.loads(output.splitlines()[-1])

    def call_and_lose(self, name: str, event: dict[str, Any], operation: str) -> Any:
        """What the function answers when the answer to its operation on the store is lost, once."""
        fault = Losing(1, operation)
        answer = self.call(name, event, fault)
        assert (fault.lost, fault.asked) == (1, 2)
        return answer

    def kill(self, name: str, event: dict[str, Any], operation: str, *, done: bool) -> None:
        """Call a function, and kill it at one of its operations on the store."""
        reached = Event()
        fault = stopping_at(operation, reached, done=done)
        with self._proxy.broken(fault), self._start(name, event) as process:
            assert reached.wait(PATIENCE_S)
            process.kill()

    def _start(self, name: str, event: dict[str, Any]) -> "subprocess.Popen[str]":
        event = {"organization_id": ORGANIZATION} | event
        return start(self._template, name, event, self._proxy.endpoint)


@pytest.fixture(scope="module")
def functions(template: Template, dynamodb_endpoint: str) -> Iterator[Functions]:
    with closing(FaultProxy(dynamodb_endpoint)) as proxy:
        yield Functions(template, proxy)


@pytest.mark.parametrize("done", [False, True])
def test_a_creation_that_dies_leaves_a_whole_key_or_none(
    api: Api, functions: Functions, *, done: bool
) -> None:
    name = f"Dies {'after' if done else 'before'} the write"
    functions.kill("CreateKeyFunction", {"name": name}, "TransactWriteItems", done=done)
    left = [key for key in records(api) if key["name"] == name]
    assert len(left) == done
    for key in left:
        # Nobody knows its secret, so all that can be done with it is to revoke it.
        assert api.revoke(key["id"])["revoked_at"]


@pytest.mark.parametrize("done", [False, True])
def test_a_revocation_that_dies_is_made_or_not_and_can_be_repeated(
    api: Api, functions: Functions, *, done: bool
) -> None:
    key = api.create()
    functions.kill("RevokeKeyFunction", {"key_id": key["id"]}, "TransactWriteItems", done=done)
    assert api.status(key["secret"]) == (401 if done else 200)
    assert api.revoke(key["id"])["revoked_at"]
    assert api.status(key["secret"]) == 401


def test_a_rotation_that_dies_before_its_write_changes_nothing(api: Api, functions: Functions) -> None:
    old = api.create()
    functions.kill("RotateKeyFunction", {"key_id": old["id"]}, "TransactWriteItems", done=False)
    assert record(api, old["id"])["replaced_by"] is None
    assert not [key for key in records(api) if key["replaces"] == old["id"]]
    assert api.rotate(old["id"])["replaces"] == old["id"]


def test_a_rotation_that_dies_after_its_write_is_whole_and_can_be_made_again(
    api: Api, functions: Functions
) -> None:
    old = api.create()
    functions.kill("RotateKeyFunction", {"key_id": old["id"]}, "TransactWriteItems", done=True)
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
    ("function", "operations"),
    [
        # The last one is for anyone who signed in with the key.
        ("RevokeKeyFunction", ["getitem", "transactwriteitems", "getitem"]),
        ("RotateKeyFunction", ["getitem", "transactwriteitems"]),
    ],
)
def test_no_operation_writes_twice_so_nothing_can_come_between(
    api: Api, functions: Functions, function: str, operations: list[str]
) -> None:
    requests: list[str] = []
    assert functions.call(function, {"key_id": api.create()["id"]}, recording(requests))
    assert requests == operations


def test_a_rotation_made_again_writes_once_too(api: Api, functions: Functions) -> None:
    old = api.create()
    api.revoke(api.rotate(old["id"])["id"])
    requests: list[str] = []
    assert functions.call("RotateKeyFunction", {"key_id": old["id"]}, recording(requests))
    assert requests == ["getitem", "getitem", "transactwriteitems"]


def test_a_creation_is_one_write(functions: Functions) -> None:
    requests: list[str] = []
    assert functions.call("CreateKeyFunction", {"name": "One write"}, recording(requests))
    assert requests == ["transactwriteitems"]


def test_a_creation_succeeds_although_the_answer_of_the_store_is_lost(api: Api, functions: Functions) -> None:
    # The transaction is sent again, and the store knows it by its token.
    key = functions.call_and_lose("CreateKeyFunction", {"name": "Lost and found"}, "TransactWriteItems")
    assert [one["id"] for one in records(api) if one["name"] == "Lost and found"] == [key["id"]]
    assert api.status(key["secret"]) == 200


def test_a_revocation_succeeds_although_the_answer_of_the_store_is_lost(
    api: Api, functions: Functions
) -> None:
    key = api.create()
    revoked = functions.call_and_lose("RevokeKeyFunction", {"key_id": key["id"]}, "TransactWriteItems")
    assert record(api, key["id"])["revoked_at"] == revoked["revoked_at"]
    assert api.status(key["secret"]) == 401


def test_a_rotation_whose_answer_is_lost_is_whole(api: Api, functions: Functions) -> None:
    old = api.create()
    answer = functions.call_and_lose("RotateKeyFunction", over_http(old["id"]), "TransactWriteItems")
    [stored] = [key["id"] for key in records(api) if key["replaces"] == old["id"]]
    assert record(api, old["id"])["replaced_by"] == stored
    # The store knows the transaction by its token, and says that it is done.
    assert answer["statusCode"] == 201
    body = json.loads(answer["body"])
    assert body["id"] == stored
    assert api.status(body["secret"]) == 200


def over_http(key_id: str) -> dict[str, Any]:
    """The event of a POST about one key."""
    caller = {"organization_id": ORGANIZATION, "key_id": "key_000000000000", "scopes": "*"}
    return {
        "httpMethod": "POST",
        "requestContext": {"authorizer": caller},
        "pathParameters": {"key_id": key_id},
        "multiValueQueryStringParameters": None,
        "body": None,
        "isBase64Encoded": False,
    }
