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


@pytest.mark.parametrize("scope", ["*", "verify"])
def test_403_the_pause_of_a_key_of_an_operator_is_ended_only_by_an_operator(
    local: Gateway, api: Api, scope: str
) -> None:
    organization = api.create()["organization_id"]
    key, failed = local.invoke(
        "CreateKeyFunction", {"organization_id": organization, "name": "Operator's", "scopes": [scope]}
    )
    assert not failed
    api.change(key["id"], disabled=True)
    response = api.admin("PATCH", f"/api/keys/{key['id']}", json={"disabled": False})
    assert response.status_code == 403
    assert error(response) == (
        f'The scope "{scope}" cannot be given through this API, neither to a new key nor by rotating, '
        "enabling or widening one. Ask the operator of this API, who has access to its AWS account."
    )
    event = {"organization_id": organization, "key_id": key["id"], "disabled": False}
    enabled, failed = local.invoke("UpdateKeyFunction", event)
    assert not failed
    assert not enabled["disabled"]


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
