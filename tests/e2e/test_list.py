"""The list of keys over HTTP: filters, orders, and CSV."""

import csv
import io
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urljoin

import pytest

from tests.e2e.api import Api, error, eventually
from tests.e2e.conftest import Gateway


@pytest.fixture
def own(local: Gateway) -> Iterator[Api]:
    """The test's own organization."""
    with closing(local.api(f"org_list_{uuid.uuid4().hex}")) as api:
        yield api


def listed(api: Api, **query: Any) -> list[dict[str, Any]]:
    """All keys of a list, read page by page."""
    keys: list[dict[str, Any]] = []
    while True:
        response = api.admin("GET", "/api/keys", params=query)
        assert response.status_code == 200, response.text
        page = response.json()
        keys += page["keys"]
        if page["next_cursor"] is None:
            return keys
        query["cursor"] = page["next_cursor"]


def ids(api: Api, **query: Any) -> set[str]:
    return {key["id"] for key in listed(api, **query)}


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_200_each_filter_shows_only_its_keys(own: Api) -> None:
    active, paused, gone = (own.create(name=name)["id"] for name in ("Active", "Paused", "Gone"))
    own.change(paused, disabled=True)
    own.revoke(gone)
    replaced = own.create("keys")["id"]
    replacement = own.rotate(replaced)["id"]
    admin = "key_" + own.admin_key[14:26]
    assert eventually(lambda: ids(own, state="active") == {admin, active, replacement})
    assert eventually(lambda: ids(own, state="disabled") == {paused})
    assert eventually(lambda: ids(own, state="replaced") == {replaced})
    assert eventually(lambda: ids(own, state="revoked") == {gone})
    assert ids(own, scope="keys") == {replaced, replacement}
    assert ids(own, scope="*") == {admin}
    assert ids(own, created_by="iam") == {admin}
    assert ids(own, created_by=admin, include_revoked="true", limit=2) == {
        *(active, paused, gone, replaced, replacement)
    }
    assert ids(own, created_by="nobody") == set()
    unused = own.admin("GET", "/api/keys", params={"unused_days": 1})
    assert unused.json() == {"keys": [], "next_cursor": None, "usage": "recorded"}


@pytest.mark.parametrize("order", ["created", "name", "last_used"])
def test_200_no_order_loses_or_repeats_a_key_while_the_list_changes(own: Api, order: str) -> None:
    made = [own.create(name=f"Key {n}") for n in range(8)]
    assert eventually(lambda: len(ids(own)) == 9)
    query: dict[str, Any] = {"limit": 2, "sort": order}
    seen: list[str] = []
    while True:
        page = own.admin("GET", "/api/keys", params=query).json()
        seen += [key["id"] for key in page["keys"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
        number = len(seen) // 2
        ahead, behind = made[number % 4], made[-1 - number % 3]
        own.change(ahead["id"], name=f"A{number}")
        own.change(behind["id"], name=f"Z{number}")
        assert own.status(ahead["secret"]) == own.status(behind["secret"]) == 200
        if number == 2:
            own.revoke(made[4]["id"])
            own.create(name="A new one")
    assert len(seen) == len(set(seen))
    assert {key["id"] for key in made} - {made[4]["id"]} <= set(seen)


def test_200_names_are_in_order(own: Api) -> None:
    for name in ("beta", "Alpha", "gamma", "admin 2"):
        own.create(name=name)
    names = ["Admin", "admin 2", "Alpha", "beta", "gamma"]
    assert eventually(lambda: [key["name"] for key in listed(own, sort="name", limit=2)] == names)


def test_200_the_last_used_key_comes_first(own: Api) -> None:
    first, second = own.create(), own.create()
    assert own.status(first["secret"]) == 200
    assert eventually(
        lambda: (
            {first["id"], "key_" + own.admin_key[14:26]}
            == {key["id"] for key in listed(own, sort="last_used")[:2]}
        )
    )
    assert listed(own, sort="last_used")[-1]["id"] == second["id"]


def test_200_csv_contains_every_key_and_no_formula_and_no_secret(own: Api) -> None:
    names = ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x"),"y"', "名前", "a;=1+1", "Plain"]
    made = {own.create(name=name)["id"]: name for name in names}
    noted = own.create(name="Noted")["id"]
    own.change(noted, description="=cmd\nline two", metadata={"team": "=billing"}, disabled=True)
    own.change(noted, allowed_addresses=["198.51.100.0/24", "2001:db8::/32"])
    assert eventually(lambda: ids(own) >= {*made, noted} and bool(ids(own, state="disabled")))
    rows: list[dict[str, str]] = []
    path = "/api/keys?limit=4"
    while path:
        response = own.admin("GET", path, headers=[("Accept", "text/csv")])
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/csv; charset=utf-8; header=present"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["content-disposition"] == 'attachment; filename="api-keys.csv"'
        assert response.text.count("\r\n") == len(table(response.text)) + 1
        assert not any(secret[-40:] in response.text for secret in own.secrets)
        assert "digest" not in response.text
        rows += table(response.text)
        following = response.links.get("next", {}).get("url")
        path = urljoin(path, following) if following else ""
    shown = {row["id"]: row for row in rows}
    assert len(rows) == len(shown) == len(names) + 2
    assert {key_id: shown[key_id]["name"] for key_id in made} == {
        key_id: f"'{name}" if name[0] in "=+-@" else name for key_id, name in made.items()
    }
    row = shown[noted]
    assert row["description"] == "'=cmd\nline two"
    assert row["metadata"] == '{"team": "=billing"}'
    assert row["allowed_addresses"] == "198.51.100.0/24 2001:db8::/32"
    assert row["disabled_at"]
    assert row["revoked_at"] == ""
    record = own.admin("GET", f"/api/keys/{noted}").json()
    assert row.keys() == record.keys() - {"organization_id", "disabled"}


def test_csv_errors_are_json(own: Api) -> None:
    csv_please = [("Accept", "text/csv")]
    assert "limit: " in error(own.admin("GET", "/api/keys?limit=0", headers=csv_please))
    assert error(own.call("GET", "/api/keys", "sk_live_copia_wrong", csv_please)) == "Invalid API key"


def test_a_direct_invocation_takes_the_same_fields(local: Gateway) -> None:
    org = {"organization_id": "org_list_direct"}
    made = [local.invoke("CreateKeyFunction", org | {"name": name})[0] for name in ("b", "A", "c")]
    wanted = org | {"sort": "name", "limit": 2, "scope": "runtime", "created_by": "iam", "state": "active"}
    assert eventually(lambda: len(local.invoke("ListKeysFunction", wanted | {"limit": 3})[0]["keys"]) == 3)
    page, _ = local.invoke("ListKeysFunction", wanted)
    rest, _ = local.invoke("ListKeysFunction", wanted | {"cursor": page["next_cursor"]})
    assert [key["name"] for key in page["keys"] + rest["keys"]] == ["A", "b", "c"]
    assert rest["next_cursor"] is None
    unused, _ = local.invoke("ListKeysFunction", org | {"unused_days": 1})
    assert unused == {"keys": [], "next_cursor": None, "usage": "recorded"}
    assert {key["id"] for key in made} == {key["id"] for key in page["keys"] + rest["keys"]}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", 1),
        ("state", ["active"]),
        ("sort", True),
        ("scope", ["runtime"]),
        ("created_by", {}),
        ("unused_days", 2.5),
        ("unused_days", True),
    ],
)
def test_a_direct_invocation_with_a_bad_field_fails(local: Gateway, field: str, value: object) -> None:
    answer, failed = local.invoke("ListKeysFunction", {"organization_id": "org_x", field: value})
    assert failed
    assert answer["errorType"] == "InvalidInputError"
    assert answer["errorMessage"].startswith(f"{field}: ")
