"""Keys that were made elsewhere, over HTTP, where the parameter ImportedKeys is on."""

from typing import Any

import pytest

from tests.e2e.api import Api, eventually
from tests.e2e.conftest import Gateway


@pytest.fixture
def imported(scoped_gateway: Gateway) -> dict[str, Any]:
    """A key of the module's organization, with its id and its secret."""
    return scoped_gateway.imported_key("org_import")


def test_an_imported_key_is_used_counted_listed_found_and_revoked_like_any_other(
    scoped: Api, imported: dict[str, Any]
) -> None:
    path, secret = f"/api/keys/{imported['id']}", imported["secret"]
    assert scoped.status(secret) == 200
    assert imported["id"] in {key["id"] for key in scoped.admin("GET", "/api/keys").json()["keys"]}
    found = scoped.admin("POST", "/api/keys/find", json={"text": f" {secret}\n"}).json()
    assert found["id"] == imported["id"]
    assert eventually(lambda: scoped.admin("GET", path).json()["last_used_at"] is not None)
    scoped.admin("DELETE", path)
    assert scoped.status(secret) == 401


def test_without_the_parameter_an_imported_key_opens_nothing(
    api: Api, scoped: Api, imported: dict[str, Any]
) -> None:
    """Both gateways have the same table."""
    assert scoped.status(imported["secret"]) == 200
    assert api.status(imported["secret"]) == 401


def test_only_a_direct_invocation_imports(scoped: Api) -> None:
    for path in ("/api/keys/import", "/api/import"):
        assert scoped.admin("POST", path, json={"keys": []}).status_code == 404
