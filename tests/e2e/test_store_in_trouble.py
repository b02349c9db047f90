"""503 while the key store cannot be reached. tests/faults has all the ways in which a store can fail."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.api import Api, error
from tests.e2e.conftest import Gateway, local_gateway
from tests.e2e.fault_proxy import FAULTS, FaultProxy


@pytest.fixture(scope="module")
def proxy(dynamodb_endpoint: str) -> Iterator[FaultProxy]:
    with closing(FaultProxy(dynamodb_endpoint)) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def gateway(proxy: FaultProxy) -> Iterator[Gateway]:
    with local_gateway(DYNAMODB_ENDPOINT=proxy.endpoint) as running:
        yield running


def test_503_for_a_good_key_and_401_for_a_malformed_one(api: Api, proxy: FaultProxy) -> None:
    with proxy.broken(FAULTS["reset"]):
        response = api.admin("GET", "/api/runtime/capabilities")
        assert api.status(api.admin_key[:-1] + "~") == 401
    assert response.status_code == 503
    assert "Try again" in error(response)
    assert int(response.headers["retry-after"]) > 0
    assert api.status(api.admin_key) == 200


def test_503_from_a_function_whose_store_fails(gateway: Gateway, api: Api, proxy: FaultProxy) -> None:
    key = api.create()
    event = {"organization_id": key["organization_id"], "key_id": key["id"]}
    with proxy.broken(FAULTS["reset"]):
        failure, failed = gateway.invoke("GetKeyFunction", event)
    assert failed
    assert failure["errorType"] == "StoreUnavailableError"
    assert api.admin("GET", f"/api/keys/{key['id']}").status_code == 200
