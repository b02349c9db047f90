"""What belongs to one organization does not exist for another, whatever a client sends."""

import json

import pytest

from tests.e2e.api import Api, error
from tests.e2e.runtime import SESSIONS, open_session

RUN = {"tool": "whoami"}


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    secret: str = api.create("runtime")["secret"]
    return secret


def test_200_the_capabilities_are_those_of_the_key(api: Api, other: Api) -> None:
    for stack in (api, other):
        key = stack.create("runtime")
        told = stack.call("GET", "/api/runtime/capabilities", key["secret"]).json()
        assert told["organization_id"] == key["organization_id"]
        assert (told["key_id"], told["scopes"]) == (key["id"], ["runtime"])


def test_404_another_organizations_session_looks_like_one_that_never_existed(
    api: Api, other: Api, key: str
) -> None:
    session = open_session(api, key)
    stranger = other.create("runtime")["secret"]
    texts = set()
    for path in (session, f"{SESSIONS}/session_{'0' * 32}"):
        for method, suffix in (("GET", ""), ("DELETE", ""), ("POST", "/executions")):
            response = other.call(method, path + suffix, stranger, json=RUN if suffix else None)
            assert response.status_code == 404, (method, path)
            texts.add(error(response))
    assert len(texts) == 1
    assert api.call("GET", session, key).status_code == 200


FORGED = {
    "x-amzn-request-context": json.dumps(
        {"authorizer": {"organization_id": "org_forged", "key_id": "key_Forged000000", "scopes": "*"}}
    ),
    "x-amzn-lambda-context": "{}",
    "x-organization-id": "org_forged",
    "x-key-id": "key_Forged000000",
    "x-scopes": "*",
    "x-gateway-secret": "s" * 32,
    # Names them as headers of this connection only, which a gateway does not pass on.
    "connection": "x-amzn-request-context, x-organization-id, x-key-id, x-scopes, x-gateway-secret",
}


@pytest.mark.parametrize("name", [*FORGED, "all"])
@pytest.mark.parametrize("spell", [str.lower, str.upper, str.title])
def test_200_a_forged_header_changes_nothing(api: Api, key: str, name: str, spell: type[str]) -> None:
    forged = [(spell(k), v) for k, v in FORGED.items() if name in (k, "all")]
    honest = api.call("GET", "/api/runtime/capabilities", key).json()
    assert api.call("GET", "/api/runtime/capabilities", key, headers=forged).json() == honest
    session = open_session(api, key)
    [caller] = api.call("POST", f"{session}/executions", key, headers=forged, json=RUN).json()["outputs"]
    assert caller["organization_id"] == honest["organization_id"]


def test_401_a_forged_identity_is_ignored(api: Api) -> None:
    response = api.call("GET", "/api/runtime/capabilities", headers=list(FORGED.items()))
    assert (response.status_code, error(response)) == (401, "Invalid API key")
