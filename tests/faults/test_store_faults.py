"""The key store is down, throttled, slow, or answers garbage: 503, and never a wrong verdict."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.e2e.api import Api, error
from tests.e2e.conftest import Gateway
from tests.e2e.fault_proxy import FAULTS, FaultProxy


@pytest.fixture(scope="module")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_faults")) as api:
        yield api


@pytest.mark.parametrize("fault", FAULTS)
def test_503_a_good_key_is_neither_accepted_nor_refused(api: Api, proxy: FaultProxy, fault: str) -> None:
    assert api.status(api.admin_key) == 200
    with proxy.broken(FAULTS[fault]):
        response = api.admin("GET", "/api/runtime/capabilities")
    assert response.status_code == 503
    assert "Try again" in error(response)
    assert int(response.headers["retry-after"]) > 0
    assert api.status(api.admin_key) == 200


@pytest.mark.parametrize("fault", FAULTS)
def test_503_when_the_store_of_a_function_fails(
    gateway: Gateway, api: Api, proxy: FaultProxy, fault: str
) -> None:
    key = api.create()
    with proxy.broken(FAULTS[fault]):
        failure, failed = gateway.invoke(
            "GetKeyFunction", {"organization_id": "org_faults", "key_id": key["id"]}
        )
    assert failed
    assert failure["errorType"] == "StoreUnavailableError"
    assert api.admin("GET", f"/api/keys/{key['id']}").status_code == 200


@pytest.mark.parametrize("fault", ["silence", "slow"])
def test_200_a_good_key_is_accepted_at_once_after_a_fault_whose_connections_are_left_as_they_are(
    api: Api, proxy: FaultProxy, fault: str
) -> None:
    with proxy.broken(FAULTS[fault], heals=True):
        assert api.status(api.admin_key) == 503
    assert api.status(api.admin_key) == 200


def test_401_a_malformed_key_is_refused_without_the_store(api: Api, proxy: FaultProxy) -> None:
    with proxy.broken(FAULTS["reset"]):
        assert api.status(api.admin_key[:-1] + "~") == 401
