"""A key that is disabled, or used from an address that is not allowed, gets the answer of any bad key."""

import pytest

from tests.e2e.api import Api, error, eventually
from tests.e2e.conftest import Gateway

CAPABILITIES = "/api/runtime/capabilities"
ELSEWHERE = ["198.51.100.0/24", "2001:db8::/32"]


def test_401_a_key_that_is_created_disabled_is_refused(api: Api) -> None:
    key = api.admin("POST", "/api/keys", json={"name": "Not yet", "disabled": True}).json()
    assert key["disabled"]
    assert key["disabled_at"] == key["created_at"]
    response = api.call("GET", CAPABILITIES, key["secret"])
    assert response.status_code == 401
    assert error(response) == "Invalid API key"


def test_401_a_call_from_elsewhere_is_refused(api: Api) -> None:
    key = api.admin("POST", "/api/keys", json={"name": "Fixed", "allowed_addresses": ELSEWHERE}).json()
    assert key["allowed_addresses"] == ELSEWHERE
    forged = [("X-Forwarded-For", "198.51.100.7"), ("x-api-key", key["secret"])]
    response = api.call("GET", CAPABILITIES, headers=forged)
    assert response.status_code == 401
    assert error(response) == "Invalid API key"


def test_200_a_call_from_an_allowed_address_passes(api: Api) -> None:
    everywhere = {"name": "Fixed", "allowed_addresses": [*ELSEWHERE, "0.0.0.0/0", "::/0"]}
    assert api.status(api.admin("POST", "/api/keys", json=everywhere).json()["secret"]) == 200


@pytest.mark.parametrize(
    ("fields", "reason"),
    [({"disabled": True}, "disabled"), ({"allowed_addresses": ELSEWHERE}, "address")],
    ids=["disabled", "address"],
)
def test_the_log_names_the_reason(local: Gateway, api: Api, fields: dict[str, object], reason: str) -> None:
    key = api.admin("POST", "/api/keys", json={"name": "Refused"} | fields).json()
    assert api.status(key["secret"]) == 401

    def is_logged() -> bool:
        lines = [line for line in local.output.splitlines() if key["id"] in line]
        return any(f'"reason": "{reason}"' in line for line in lines)

    assert eventually(is_logged)
