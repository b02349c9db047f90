"""The functions without HTTP: `aws lambda invoke`, the console's test event, another service."""

from contextlib import closing

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import Gateway


def test_a_direct_invocation_mints_an_admin_key(local: Gateway) -> None:
    key, failed = local.invoke(
        "CreateKeyFunction", {"organization_id": "org_direct", "name": "Admin", "scopes": ["*"]}
    )
    assert not failed
    assert (key["organization_id"], key["created_by"], key["scopes"]) == ("org_direct", "iam", ["*"])
    with closing(Api(local.url, key["secret"], local.secrets)) as minted:
        assert minted.admin("GET", "/api/keys").status_code == 200


def test_each_operation_returns_the_record_itself(local: Gateway) -> None:
    org = {"organization_id": "org_records"}
    key, _ = local.invoke("CreateKeyFunction", org | {"name": "Direct"})
    secret = key.pop("secret")
    assert local.invoke("GetKeyFunction", org | {"key_id": key["id"]}) == (key, None)
    listed, _ = local.invoke("ListKeysFunction", org | {"limit": 10})
    assert listed == {"keys": [key], "next_cursor": None}
    new, _ = local.invoke("RotateKeyFunction", org | {"key_id": key["id"]})
    assert (new["replaces"], new["created_by"]) == (key["id"], "iam")
    revoked, _ = local.invoke("RevokeKeyFunction", org | {"key_id": key["id"]})
    assert revoked["revoked_at"]
    with closing(Api(local.url, secret, local.secrets)) as revoked_key:
        assert revoked_key.status(secret) == 401


@pytest.mark.parametrize(
    ("function", "event", "kind", "says"),
    [
        ("CreateKeyFunction", {"name": "x"}, "InvalidInputError", "organization_id: name the organization"),
        ("CreateKeyFunction", {"organization_id": "", "name": "x"}, "InvalidInputError", "organization_id"),
        (
            "CreateKeyFunction",
            {"organization_id": "a b", "name": "x"},
            "InvalidInputError",
            "organization_id",
        ),
        ("CreateKeyFunction", {"organization_id": 7, "name": "x"}, "InvalidInputError", "organization_id"),
        ("CreateKeyFunction", [], "InvalidInputError", "organization_id"),
        ("CreateKeyFunction", None, "InvalidInputError", "organization_id"),
        ("CreateKeyFunction", {"organization_id": "org_x"}, "InvalidInputError", "name: is required"),
        (
            "CreateKeyFunction",
            {"organization_id": "org_x", "name": "x", "y": 1},
            "InvalidInputError",
            "y: is not",
        ),
        ("ListKeysFunction", {"organization_id": "org_x", "limit": 0}, "InvalidInputError", "limit"),
        ("ListKeysFunction", {"organization_id": "org_x", "limit": True}, "InvalidInputError", "limit"),
        ("GetKeyFunction", {"organization_id": "org_x", "key_id": "x"}, "NotFoundError", "no such key"),
        ("GetKeyFunction", {"organization_id": "org_x"}, "InvalidInputError", "key_id: is required"),
        (
            "RotateKeyFunction",
            {"organization_id": "org_x", "key_id": "key_000000000000"},
            "NotFoundError",
            "no such",
        ),
        (
            "RevokeKeyFunction",
            {"organization_id": "org_x", "key_id": "key_000000000000"},
            "NotFoundError",
            "no such",
        ),
    ],
)
def test_a_bad_invocation_fails_with_the_text_that_http_would_show(
    local: Gateway, function: str, event: object, kind: str, says: str
) -> None:
    error, failed = local.invoke(function, event)
    assert failed == "Unhandled"
    assert error["errorType"] == kind
    assert says in error["errorMessage"]


def test_a_direct_invocation_sees_only_its_own_organization(local: Gateway) -> None:
    key, _ = local.invoke("CreateKeyFunction", {"organization_id": "org_mine", "name": "Mine"})
    event = {"organization_id": "org_yours", "key_id": key["id"]}
    for function in ("GetKeyFunction", "RotateKeyFunction", "RevokeKeyFunction"):
        error, failed = local.invoke(function, event)
        assert failed
        assert error["errorMessage"] == "There is no such key."


def test_a_refusal_of_the_authorizer_is_logged_one_frame_deep_and_without_the_header(
    local: Gateway, api: Api
) -> None:
    api.call(
        "GET", "/api/runtime/capabilities", headers=[("Authorization", "Bearer a-secret-of-another-kind")]
    )
    event = {
        "methodArn": "arn:aws:execute-api:eu-central-1:123456789012:api/live/GET/api/keys",
        "multiValueHeaders": {"x-api-key": ["a-secret-of-another-kind"]},
        "requestContext": {"requestId": "request-1", "apiId": "api"},
        "stageVariables": {"stack": "local"},
    }
    error, failed = local.invoke("AuthorizerFunction", event)
    assert failed
    assert error["errorMessage"] == "Unauthorized"
    assert len(error["stackTrace"]) == 1
    assert "a-secret-of-another-kind" not in local.output
