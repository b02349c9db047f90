"""Keys from creation to revocation, over HTTP."""

import re
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta

import pytest

from tests.e2e.api import Api, error, eventually
from tests.e2e.conftest import Gateway

FIELDS = {
    "id",
    "name",
    "description",
    "organization_id",
    "scopes",
    "allowed_addresses",
    "metadata",
    "hint",
    "created_at",
    "created_by",
    "created_by_name",
    "changed_at",
    "changed_by",
    "changed_by_name",
    "last_used_at",
    "last_used_from",
    "disabled",
    "disabled_at",
    "revoked_at",
    "revoked_by",
    "revoked_by_name",
    "replaces",
    "replaced_by",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def test_201_create_returns_the_record_and_the_secret(api: Api) -> None:
    response = api.admin("POST", "/api/keys", json={"name": "  Invoice agent ", "scopes": ["runtime"]})
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    key = response.json()
    assert key.keys() == FIELDS | {"secret"}
    assert key["name"] == "Invoice agent"
    assert key["scopes"] == ["runtime"]
    secret = key["secret"]
    assert re.fullmatch(r"sk_live_copia_[0-9A-Za-z]{61}", secret)
    assert key["id"] == "key_" + secret[14:26]
    assert key["hint"] == f"sk_live_copia_{secret[14:18]}…{secret[-4:]}"
    assert TIME.fullmatch(key["created_at"])
    assert abs(datetime.now(UTC) - datetime.fromisoformat(key["created_at"])) < timedelta(minutes=5)
    assert key["created_by"] == "key_" + api.admin_key[14:26]
    assert [key[name] for name in ("last_used_at", "revoked_at", "replaces", "replaced_by")] == [None] * 4


def test_201_a_new_key_has_the_scope_runtime_by_default(api: Api) -> None:
    assert api.create()["scopes"] == ["runtime"]


def test_201_a_new_key_works_at_once(api: Api) -> None:
    for _ in range(5):
        assert api.status(api.create()["secret"]) == 200


@pytest.mark.parametrize(
    "name", ["x", "x" * 100, "发票 🤖", "عميل الفواتير", "naïve <b>&amp;</b>", "می‌خواهم"]
)
def test_201_a_name_may_be_in_any_script(api: Api, name: str) -> None:
    key = api.create(name=name)
    assert api.admin("GET", f"/api/keys/{key['id']}").json()["name"] == name


def test_201_a_key_can_be_created_with_every_field(api: Api) -> None:
    sent = {
        "name": "Invoice agent",
        "description": " Sends invoices.\nAsk Ada. ",
        "scopes": ["runtime"],
        "disabled": False,
        "allowed_addresses": ["198.51.100.7", "2001:DB8::/32", "198.51.100.7/32"],
        "metadata": {"team": " billing ", "cost-center": "größer", "a.b:c_d": "4711"},
    }
    key = api.admin("POST", "/api/keys", json=sent).json()
    assert key["description"] == "Sends invoices.\nAsk Ada."
    assert key["allowed_addresses"] == ["198.51.100.7/32", "2001:db8::/32"]
    assert key["metadata"] == {"team": "billing", "cost-center": "größer", "a.b:c_d": "4711"}
    assert (key["disabled"], key["disabled_at"]) == (False, None)
    stored = api.admin("GET", f"/api/keys/{key['id']}").json()
    assert stored == {name: value for name, value in key.items() if name != "secret"}
    assert eventually(lambda: stored in api.admin("GET", "/api/keys?limit=100").json()["keys"])


def test_201_the_largest_possible_key(api: Api) -> None:
    sent = {
        "name": "🤖" * 100,
        "description": "🤖" * 500,
        "allowed_addresses": [f"2001:db8:ffff:ffff:ffff:ffff:ffff:{n:x}" for n in range(20)],
        "metadata": {f"{n:040}": "🤖" * 200 for n in range(20)},
    }
    key = api.admin("POST", "/api/keys", json=sent)
    assert key.status_code == 201
    assert key.json()["metadata"] == sent["metadata"]


def test_201_rotate_carries_over_every_field(api: Api) -> None:
    fields = {
        "description": "Sends invoices",
        "disabled": True,
        "allowed_addresses": ["198.51.100.0/24"],
        "metadata": {"team": "billing"},
    }
    old = api.admin("POST", "/api/keys", json={"name": "Rotated"} | fields).json()
    new = api.rotate(old["id"])
    assert {name: new[name] for name in fields} == fields
    assert api.status(new["secret"]) == 401
    replaced = api.admin("GET", f"/api/keys/{old['id']}").json()
    assert (replaced["changed_at"], replaced["changed_by"]) == (new["created_at"], new["created_by"])


def test_201_two_keys_may_share_a_name(api: Api) -> None:
    assert api.create(name="Twin")["id"] != api.create(name="Twin")["id"]


def test_201_a_duplicate_scope_is_stored_once(api: Api) -> None:
    assert api.create("runtime", "runtime")["scopes"] == ["runtime"]


def test_200_get_returns_the_record_without_the_secret(api: Api) -> None:
    key = api.create()
    response = api.admin("GET", f"/api/keys/{key['id']}")
    assert response.status_code == 200
    assert response.json() == {name: value for name, value in key.items() if name != "secret"}


def test_201_rotate_returns_a_replacement_and_both_work_until_the_old_one_is_revoked(api: Api) -> None:
    old = api.create("runtime", name="Rotated")
    response = api.admin("POST", f"/api/keys/{old['id']}/rotate")
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    new = response.json()
    assert new.keys() == FIELDS | {"secret"}
    assert (new["name"], new["scopes"]) == (old["name"], old["scopes"])
    assert (new["replaces"], new["replaced_by"]) == (old["id"], None)
    assert new["secret"] != old["secret"]
    assert new["created_by"] == "key_" + api.admin_key[14:26]
    assert api.admin("GET", f"/api/keys/{old['id']}").json()["replaced_by"] == new["id"]
    assert api.status(old["secret"]) == api.status(new["secret"]) == 200
    api.revoke(old["id"])
    assert api.status(old["secret"]) == 401
    assert api.status(new["secret"]) == 200


def test_409_a_second_rotation_mints_no_stray_key(api: Api) -> None:
    old = api.create()
    new = api.rotate(old["id"])
    response = api.admin("POST", f"/api/keys/{old['id']}/rotate")
    assert response.status_code == 409
    assert new["id"] in error(response)
    assert api.admin("GET", f"/api/keys/{old['id']}").json()["replaced_by"] == new["id"]


def test_201_a_key_can_be_rotated_again_once_its_replacement_is_revoked(api: Api) -> None:
    old = api.create()
    lost = api.rotate(old["id"])
    api.revoke(lost["id"])
    new = api.rotate(old["id"])
    assert new["replaces"] == old["id"]
    assert api.admin("GET", f"/api/keys/{old['id']}").json()["replaced_by"] == new["id"]


def test_409_a_revoked_key_cannot_be_rotated(api: Api) -> None:
    key = api.create()
    api.revoke(key["id"])
    response = api.admin("POST", f"/api/keys/{key['id']}/rotate")
    assert response.status_code == 409
    assert "revoked" in error(response)


def test_200_revoke_returns_the_record_and_the_same_when_repeated(api: Api) -> None:
    key = api.create()
    first = api.revoke(key["id"])
    assert first.keys() == FIELDS
    assert TIME.fullmatch(first["revoked_at"])
    assert first["changed_at"] == first["revoked_at"]
    assert first["revoked_by"] == first["changed_by"] == "key_" + api.admin_key[14:26]
    assert api.revoke(key["id"]) == first
    assert api.admin("GET", f"/api/keys/{key['id']}").json() == first


def test_200_a_key_may_revoke_itself_once_it_says_so(api: Api) -> None:
    key = api.create("keys")
    path = f"/api/keys/{key['id']}"
    refused = api.call("DELETE", path, key["secret"])
    assert refused.status_code == 409
    assert "?self=true" in error(refused)
    assert api.call("DELETE", f"{path}?self=false", key["secret"]).status_code == 409
    assert api.call("DELETE", f"{path}?self=true", key["secret"]).status_code == 200
    assert api.call("DELETE", f"{path}?self=true", key["secret"]).status_code == 401


def test_403_a_pipeline_cannot_revoke_a_key_that_only_an_operator_can_create(api: Api) -> None:
    pipeline = api.create("keys")["secret"]
    admin = f"/api/keys/key_{api.admin_key[14:26]}"
    response = api.call("DELETE", admin, pipeline)
    assert response.status_code == 403
    assert "operator" in error(response)
    assert api.admin("GET", admin).json()["revoked_at"] is None


def test_200_a_pipeline_with_keys_creates_rotates_and_revokes(api: Api) -> None:
    pipeline = api.create("keys")["secret"]
    created = api.call("POST", "/api/keys", pipeline, json={"name": "By a pipeline"}).json()
    assert created["created_by"] == "key_" + pipeline[14:26]
    rotated = api.call("POST", f"/api/keys/{created['id']}/rotate", pipeline)
    assert rotated.status_code == 201
    assert api.call("DELETE", f"/api/keys/{created['id']}", pipeline).status_code == 200


@pytest.mark.parametrize("scopes", [["*"], ["runtime", "*"]])
def test_403_nobody_gives_the_wildcard_over_http(api: Api, scopes: list[str]) -> None:
    response = api.admin("POST", "/api/keys", json={"name": "Too much", "scopes": scopes})
    assert response.status_code == 403
    assert "cannot be given through this API" in error(response)


def test_403_only_a_key_with_the_wildcard_gives_the_scope_keys(api: Api) -> None:
    pipeline = api.create("keys")["secret"]
    response = api.call("POST", "/api/keys", pipeline, json={"name": "More", "scopes": ["keys"]})
    assert response.status_code == 403
    assert '"*"' in error(response)


def test_403_a_rotation_gives_no_scope_that_its_caller_could_not_give(api: Api) -> None:
    pipeline = api.create("keys")
    own = api.call("POST", f"/api/keys/{pipeline['id']}/rotate", pipeline["secret"])
    admins = api.call("POST", f"/api/keys/key_{api.admin_key[14:26]}/rotate", pipeline["secret"])
    assert own.status_code == admins.status_code == 403
    assert api.admin("POST", f"/api/keys/key_{api.admin_key[14:26]}/rotate").status_code == 403
    assert api.rotate(pipeline["id"])["scopes"] == ["keys"]


def test_200_a_list_is_newest_first_and_shows_no_secret(api: Api) -> None:
    made = [api.create(name=f"Listed {n}") for n in range(3)]
    response = api.admin("GET", "/api/keys")
    assert response.status_code == 200
    answer = response.json()
    assert answer.keys() == {"keys", "next_cursor"}
    assert all(key.keys() == FIELDS for key in answer["keys"])
    newest = [key["id"] for key in reversed(made)]
    assert eventually(
        lambda: [key["id"] for key in api.admin("GET", "/api/keys?limit=3").json()["keys"]] == newest
    )
    times = [key["created_at"] for key in answer["keys"]]
    assert times == sorted(times, reverse=True)


def test_200_a_list_shows_revoked_keys_only_when_asked(api: Api) -> None:
    key = api.create()
    api.revoke(key["id"])

    def listed(**query: str) -> bool:
        return any(k["id"] == key["id"] for k in api.admin("GET", "/api/keys", params=query).json()["keys"])

    assert eventually(lambda: listed(include_revoked="true"))
    assert eventually(lambda: not listed())
    assert not listed(include_revoked="false")


@pytest.fixture(scope="module")
def few(gateway: Gateway | None, api: Api) -> Iterator[Api]:
    """An organization of a few keys, one of them revoked; on a deployed stack, the one that there is."""
    with closing(gateway.api("org_few")) if gateway else nullcontext(api) as few:
        made = [few.create() for _ in range(5)]
        few.revoke(made[2]["id"])
        newest = made[-1]["id"]
        assert eventually(lambda: few.admin("GET", "/api/keys?limit=1").json()["keys"][0]["id"] == newest)
        yield few


@pytest.mark.parametrize("limit", [1, 2, 7, 100])
def test_200_pages_contain_every_key_once_and_end(few: Api, limit: int) -> None:
    api = few
    query: dict[str, str | int] = {"limit": limit, "include_revoked": "true"}
    seen: list[str] = []
    while True:
        page = api.admin("GET", "/api/keys", params=query).json()
        assert len(page["keys"]) <= limit
        seen += [key["id"] for key in page["keys"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == len(set(seen))
    everything = api.admin("GET", "/api/keys", params={"limit": 100, "include_revoked": "true"}).json()[
        "keys"
    ]
    assert seen[:100] == [key["id"] for key in everything]


def test_200_a_page_has_25_keys_by_default(api: Api) -> None:
    for _ in range(26):
        api.create()
    assert eventually(lambda: len(api.admin("GET", "/api/keys").json()["keys"]) == 25)


def test_404_a_key_of_another_organization_looks_like_none(api: Api, other: Api) -> None:
    foreign = other.create()
    for key_id in (foreign["id"], "key_000000000000"):
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotate")):
            response = api.admin(method, f"/api/keys/{key_id}{path}")
            assert response.status_code == 404
            assert error(response) == "There is no such key."
    assert foreign["id"] not in api.admin("GET", "/api/keys", params={"limit": 100}).text
    assert other.admin("GET", f"/api/keys/{foreign['id']}").json()["revoked_at"] is None
    assert other.status(foreign["secret"]) == 200


def test_400_a_cursor_of_another_organization_is_refused(api: Api, other: Api) -> None:
    for _ in range(2):
        other.create()
    assert eventually(lambda: len(other.admin("GET", "/api/keys?limit=2").json()["keys"]) == 2)
    cursor = other.admin("GET", "/api/keys", params={"limit": 1}).json()["next_cursor"]
    assert other.admin("GET", "/api/keys", params={"cursor": cursor}).status_code == 200
    response = api.admin("GET", "/api/keys", params={"cursor": cursor})
    assert response.status_code == 400
    assert "cursor" in error(response)


def test_201_the_organization_comes_from_the_callers_key(api: Api, other: Api) -> None:
    ours, theirs = api.create(), other.create()
    assert ours["organization_id"] != theirs["organization_id"]
    forged = {"x-organization-id": theirs["organization_id"], "x-amzn-request-context": "{}"}
    response = api.admin("POST", "/api/keys", headers=list(forged.items()), json={"name": "Forged"})
    assert response.json()["organization_id"] == ours["organization_id"]
