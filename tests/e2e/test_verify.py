"""The verify operation: for services that are not behind a REST API."""

import json
import re
from typing import Any

import pytest

from apikeys.secret import checksum
from tests.e2e.api import Api, error, eventually
from tests.e2e.conftest import Gateway


@pytest.fixture(scope="module")
def verifier(local: Gateway) -> str:
    """A key that has `verify`, of its own organization."""
    event = {"organization_id": "org_platform", "name": "Container", "scopes": ["verify"]}
    made, failed = local.invoke("CreateKeyFunction", event)
    assert not failed
    return str(made["secret"])


def verdict(api: Api, verifier: str, **body: Any) -> dict[str, Any]:
    response = api.call("POST", "/api/keys/verify", verifier, json=body)
    assert response.status_code == 200, response.text
    assert response.headers["cache-control"] == "no-store"
    found: dict[str, Any] = response.json()
    return found


def test_200_a_good_key_is_answered_with_its_organization_and_scopes(
    api: Api, verifier: str, local: Gateway
) -> None:
    key = api.create("runtime", "keys", name="Worker")
    expected = {
        "valid": True,
        "key_id": key["id"],
        "organization_id": key["organization_id"],
        "name": "Worker",
        "scopes": ["runtime", "keys"],
    }
    assert verdict(api, verifier, key=key["secret"], scope="runtime") == expected
    assert verdict(api, verifier, key=key["secret"]) == expected
    direct, failed = local.invoke("VerifyKeyFunction", {"key": key["secret"], "scope": "keys"})
    assert (direct, failed) == (expected, None)


def test_200_star_includes_every_scope(api: Api, verifier: str) -> None:
    assert verdict(api, verifier, key=api.admin_key, scope="verify")["valid"]


def test_200_a_bad_key_is_answered_with_the_reason(api: Api, verifier: str, local: Gateway) -> None:
    key = api.create()
    secret, key_id = key["secret"], key["id"]
    other = api.create()["secret"]
    wrong = secret_of_another(secret, other)
    cases = [
        ("", {"reason": "malformed"}),
        ("nonsense", {"reason": "malformed"}),
        (secret[:-1] + ("0" if secret[-1] != "0" else "1"), {"reason": "malformed"}),
        (wrong, {"reason": "wrong_secret", "key_id": key_id}),
        (unknown(secret), {"reason": "unknown", "key_id": "key_" + "0" * 12}),
    ]
    for text, rest in cases:
        assert verdict(api, verifier, key=text, scope="runtime") == {"valid": False} | rest
    lacking = {"valid": False, "reason": "missing_scope", "key_id": key_id}
    assert verdict(api, verifier, key=secret, scope="keys") == lacking
    api.revoke(key_id)
    revoked = {"valid": False, "reason": "revoked", "key_id": key_id}
    assert verdict(api, verifier, key=secret, scope="runtime") == revoked
    assert local.invoke("VerifyKeyFunction", {"key": secret}) == (revoked, None)


def test_200_a_key_limited_to_some_addresses_is_good_only_from_there(api: Api, verifier: str) -> None:
    body = {"name": "Office", "allowed_addresses": ["198.51.100.0/24"]}
    key = api.admin("POST", "/api/keys", json=body).json()
    assert verdict(api, verifier, key=key["secret"], address="198.51.100.7")["valid"]
    refused = {"valid": False, "reason": "address", "key_id": key["id"]}
    assert verdict(api, verifier, key=key["secret"], address="203.0.113.7") == refused
    assert verdict(api, verifier, key=key["secret"]) == refused


def secret_of_another(secret: str, other: str) -> str:
    """One key's id with another's secret part, and a checksum that matches."""
    body = secret[: len("sk_live_copia_") + 12] + other[len("sk_live_copia_") + 12 : -6]
    return body + checksum(body)


def unknown(secret: str) -> str:
    body = "sk_live_copia_" + "0" * 12 + secret[len("sk_live_copia_") + 12 : -6]
    return body + checksum(body)


@pytest.mark.parametrize("scopes", [("keys",), ("runtime",), ("keys", "runtime")])
def test_403_a_key_without_the_scope_verify_cannot_call_it(api: Api, scopes: tuple[str, ...]) -> None:
    refused = api.call("POST", "/api/keys/verify", api.create(*scopes)["secret"], json={"key": "x"})
    assert refused.status_code == 403
    assert '"verify"' in error(refused)


def test_403_nobody_gives_the_scope_verify_over_http(api: Api) -> None:
    refused = api.admin("POST", "/api/keys", json={"name": "Container", "scopes": ["verify"]})
    assert refused.status_code == 403
    assert error(refused).startswith('The scope "verify" cannot be given through this API')


def test_a_key_with_the_scope_verify_opens_nothing_else(api: Api, verifier: str) -> None:
    assert api.status(verifier) == 403
    assert api.call("GET", "/api/keys", verifier).status_code == 403


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "key: is required."),
        ({"key": 7}, "key: "),
        ({"key": "x", "address": "here"}, "address: must be an IPv4 or IPv6 address."),
        ({"key": "x", "scope": "no such scope"}, "scope: no scope has this name"),
        ({"key": "x", "organization_id": "org_x"}, "organization_id: is not a field of this call."),
    ],
)
def test_400_the_answer_says_what_is_wrong(
    api: Api, verifier: str, local: Gateway, body: dict[str, Any], text: str
) -> None:
    refused = api.call("POST", "/api/keys/verify", verifier, json=body)
    assert refused.status_code == 400
    assert error(refused).startswith(text)
    answer, failed = local.invoke("VerifyKeyFunction", body)
    assert failed
    assert answer["errorMessage"].startswith(text)


@pytest.mark.parametrize("event", [None, [], "text", 7])
def test_an_event_of_another_shape_is_refused(local: Gateway, event: object) -> None:
    answer, failed = local.invoke("VerifyKeyFunction", event)
    assert failed
    assert answer["errorMessage"] == "The event must be a JSON object."


def test_a_checked_key_was_used_and_a_refused_one_was_not(api: Api, verifier: str) -> None:
    used, lacking, refused = api.create(), api.create(), api.create()
    verdict(api, verifier, key=used["secret"], scope="runtime")
    verdict(api, verifier, key=lacking["secret"], scope="keys")
    verdict(api, verifier, key=secret_of_another(refused["secret"], used["secret"]))

    def counts(key: dict[str, Any]) -> dict[str, int]:
        [day] = api.admin("GET", f"/api/keys/{key['id']}/usage?days=1").json()["days"]
        return {name: number for name, number in day.items() if name != "date" and number}

    assert eventually(
        lambda: counts(used) == {"calls": 1, "succeeded": 1} and counts(lacking) == {"calls": 1, "refused": 1}
    )
    assert api.admin("GET", f"/api/keys/{used['id']}").json()["last_used_at"]
    assert counts(refused) == {}
    assert api.admin("GET", f"/api/keys/{refused['id']}").json()["last_used_at"] is None


def test_neither_the_key_nor_its_digest_is_in_the_log(api: Api, verifier: str, local: Gateway) -> None:
    key = api.create()
    verdict(api, verifier, key=key["secret"], scope="runtime")
    local.invoke("VerifyKeyFunction", {"key": key["secret"], "scope": "no such scope"})
    lines = [
        json.loads(line)
        for line in local.output.splitlines()
        if line.startswith("{") and "verify_key" in line
    ]
    assert {line["message"] for line in lines} >= {"done", "refused"}
    assert not re.search(key["secret"][14:-6], local.output)
