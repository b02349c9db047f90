"""PATCH of a key, over HTTP and by direct invocation."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e.api import Api, error, eventually
from tests.e2e.conftest import Gateway
from tests.e2e.test_bad_input import BAD_FIELDS

HERE = ["0.0.0.0/0", "::/0"]
ELSEWHERE = ["198.51.100.0/24"]


@pytest.fixture
def key(api: Api) -> dict[str, Any]:
    made = api.create()
    made.pop("secret")
    return made


@pytest.fixture(scope="module")
def unchanged_key(api: Api) -> Iterator[str]:
    """The id of a key, and the promise that no call has changed it."""
    made = api.create()
    made.pop("secret")
    yield made["id"]
    assert api.admin("GET", f"/api/keys/{made['id']}").json() == made


def test_200_a_change_shows_in_the_record_the_list_and_who_made_it(api: Api, key: dict[str, Any]) -> None:
    fields = {
        "name": "Payroll agent",
        "description": "Pays.\nAsk Ada.",
        "metadata": {"team": "payroll"},
        "allowed_addresses": HERE,
    }
    after = api.change(key["id"], **fields)
    assert {name: after[name] for name in fields} == fields
    assert after["changed_at"] >= key["created_at"]
    assert (after["changed_by"], after["changed_by_name"]) == ("key_" + api.admin_key[14:26], None)
    same = {"changed_at", "changed_by", *fields}
    assert {n: v for n, v in after.items() if n not in same} == {
        n: v for n, v in key.items() if n not in same
    }
    assert api.admin("GET", f"/api/keys/{key['id']}").json() == after
    assert eventually(lambda: after in api.admin("GET", "/api/keys?limit=100").json()["keys"])


def test_200_null_removes_a_value_and_metadata_is_merged(api: Api, key: dict[str, Any]) -> None:
    api.change(key["id"], description="x", allowed_addresses=HERE, metadata={"a": "1", "b": "2"})
    after = api.change(
        key["id"], description=None, allowed_addresses=None, metadata={"a": None, "c": "3"}, disabled=None
    )
    assert (after["description"], after["allowed_addresses"], after["disabled"]) == (None, None, False)
    assert after["metadata"] == {"b": "2", "c": "3"}
    assert api.change(key["id"], metadata=None)["metadata"] == {}


def test_200_a_change_that_changes_nothing_leaves_no_trace(api: Api, key: dict[str, Any]) -> None:
    assert api.change(key["id"]) == api.change(key["id"], name=key["name"], disabled=False) == key


def test_200_disabling_limiting_and_narrowing_a_key_take_effect_from_the_next_call_on(api: Api) -> None:
    key = api.create("runtime", "keys")
    for fields, status in (
        ({"disabled": True}, 401),
        ({"disabled": False}, 200),
        ({"allowed_addresses": ELSEWHERE}, 401),
        ({"allowed_addresses": HERE}, 200),
        ({"scopes": ["keys"]}, 403),
        ({"scopes": ["keys", "runtime"]}, 200),
        ({"scopes": ["runtime"]}, 200),
    ):
        api.change(key["id"], **fields)
        assert api.status(key["secret"]) == status, fields


def test_409_a_revoked_key_is_not_changed(api: Api, key: dict[str, Any]) -> None:
    revoked = api.revoke(key["id"])
    for fields in ({"name": "Other"}, {"disabled": False}, {}):
        response = api.admin("PATCH", f"/api/keys/{key['id']}", json=fields)
        assert response.status_code == 409
        assert "revoked" in error(response)
    assert api.admin("GET", f"/api/keys/{key['id']}").json() == revoked


@pytest.mark.parametrize(
    "fields",
    [
        {"scopes": ["keys", "runtime"]},
        {"disabled": False},
        {"allowed_addresses": None},
        {"allowed_addresses": HERE},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_403_a_pipeline_cannot_give_a_key_more_rights_than_it_could_create(
    api: Api, fields: dict[str, Any]
) -> None:
    pipeline, other = api.create("keys")["secret"], api.create("keys")
    before = api.change(other["id"], disabled=True, allowed_addresses=ELSEWHERE)
    response = api.call("PATCH", f"/api/keys/{other['id']}", pipeline, json=fields)
    assert response.status_code == 403
    assert '"keys"' in error(response)
    assert api.admin("GET", f"/api/keys/{other['id']}").json() == before


def test_200_a_pipeline_can_narrow_and_rename_a_key_that_it_could_not_create(api: Api) -> None:
    pipeline, other = api.create("keys")["secret"], api.create("keys", "runtime")
    fields = {"name": "Other", "scopes": ["runtime"], "allowed_addresses": ELSEWHERE, "disabled": True}
    assert api.call("PATCH", f"/api/keys/{other['id']}", pipeline, json=fields).status_code == 200


@pytest.mark.parametrize("fields", [{"name": "Mine"}, {"disabled": True}, {"scopes": ["runtime"]}, {}])
def test_403_a_pipeline_cannot_change_a_key_that_only_an_operator_can_create(
    api: Api, fields: dict[str, Any]
) -> None:
    pipeline = api.create("keys")["secret"]
    admin = f"/api/keys/key_{api.admin_key[14:26]}"
    # Its use is recorded some moments after it.
    in_use = {"last_used_at": None, "last_used_from": None}
    before = api.admin("GET", admin).json() | in_use
    assert api.call("PATCH", admin, pipeline, json=fields).status_code == 403
    assert api.admin("GET", admin).json() | in_use == before


def test_403_nobody_gives_the_wildcard_over_http(api: Api, key: dict[str, Any]) -> None:
    assert api.admin("PATCH", f"/api/keys/{key['id']}", json={"scopes": ["*"]}).status_code == 403


@pytest.mark.parametrize(
    "fields",
    [{"disabled": True}, {"scopes": ["keys"]}, {"allowed_addresses": HERE}],
    ids=lambda fields: next(iter(fields)),
)
def test_409_a_caller_cannot_lock_itself_out_without_saying_so(api: Api, fields: dict[str, Any]) -> None:
    own = api.create("keys", "runtime")
    path = f"/api/keys/{own['id']}"
    for query in ("", "?self=false"):
        response = api.call("PATCH", path + query, own["secret"], json=fields)
        assert response.status_code == 409
        assert "?self=true" in error(response)
    assert api.call("PATCH", path, own["secret"], json={"name": "Mine"}).status_code == 200
    assert api.call("PATCH", f"{path}?self=true", own["secret"], json=fields).status_code == 200


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        *BAD_FIELDS,
        ({"name": None}, "name: "),
        ({"name": ""}, "name: "),
        ({"name": "a\nb"}, "name: must not contain control characters"),
        ({"name": ["x"]}, "name: "),
        ({"scopes": None}, "scopes: "),
        ({"scopes": []}, "scopes: "),
        ({"scopes": "runtime"}, "scopes: "),
        ({"scopes": ["admin"]}, "this API has"),
        ({"metadata": {f"n{n}": None for n in range(41)}}, "metadata: "),
        ({"self": True}, "self: belongs in the query"),
        ({"id": "key_ExampleKey01"}, "id: is not a field"),
        ({"key_id": "key_ExampleKey01"}, "key_id: belongs in the path"),
        ({"organization_id": "org_other"}, "organization_id: is not a field"),
        ({"digest": "sha256:0"}, "digest: is not a field"),
        ({"revoked_at": None}, "revoked_at: is not a field"),
        ({"created_by": "iam"}, "created_by: is not a field"),
        ({"changed_by": "iam"}, "changed_by: is not a field"),
        ({"replaced_by": None}, "replaced_by: is not a field"),
    ],
)
def test_400_a_bad_field_changes_nothing(
    api: Api, unchanged_key: str, fields: dict[str, Any], says: str
) -> None:
    response = api.admin("PATCH", f"/api/keys/{unchanged_key}", json={"name": "Changed"} | fields)
    assert response.status_code == 400
    assert says in error(response)
    assert "sk_live" not in response.text


@pytest.mark.parametrize(
    ("body", "query", "says"),
    [
        ("[]", "", "must be a JSON object"),
        ('{"name": "a", "name": "b"}', "", "has a duplicate field"),
        ('{"metadata": {"a": "1", "a": "2"}}', "", "has a duplicate field"),
        ("{", "", "not valid JSON"),
        ("{}", "?self=yes", "self: must be true or false"),
        ("{}", "?self=", "self: must be true or false"),
        ("{}", "?self=true&self=true", "self: give it once"),
        ("{}", "?name=x", "no query parameter but self"),
        ("{}", "?key_id=key_ExampleKey01", "no query parameter but self"),
    ],
)
def test_400_a_bad_call_changes_nothing(
    api: Api, unchanged_key: str, body: str, query: str, says: str
) -> None:
    response = api.admin("PATCH", f"/api/keys/{unchanged_key}{query}", content=body)
    assert response.status_code == 400
    assert says in error(response)


def test_400_more_metadata_than_a_key_may_have(api: Api, key: dict[str, Any]) -> None:
    full = {f"n{n}": "x" for n in range(20)}
    api.change(key["id"], metadata=full)
    response = api.admin("PATCH", f"/api/keys/{key['id']}", json={"metadata": {"one-more": "x"}})
    assert response.status_code == 400
    assert "at most 20 entries" in error(response)
    assert api.change(key["id"], metadata={"one-more": "x", "n0": None})["metadata"].keys() == {
        "one-more",
        *list(full)[1:],
    }


def test_404_a_key_of_another_organization_looks_like_none(api: Api, other: Api) -> None:
    foreign = other.create()
    for key_id in (foreign["id"], "key_000000000000", "nonsense"):
        response = api.admin("PATCH", f"/api/keys/{key_id}", json={"disabled": True})
        assert response.status_code == 404
        assert error(response) == "There is no such key."
    assert other.status(foreign["secret"]) == 200


def test_no_change_is_lost_when_many_are_made_at_once(api: Api, key: dict[str, Any]) -> None:
    def tag(number: int) -> int:
        body = {"metadata": {f"n{number}": "x"}}
        return api.admin("PATCH", f"/api/keys/{key['id']}", json=body).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(tag, range(12)))
    made = {f"n{number}" for number, status in enumerate(statuses) if status == 200}
    assert set(statuses) <= {200, 503}
    assert made
    assert api.admin("GET", f"/api/keys/{key['id']}").json()["metadata"].keys() == made


def test_a_direct_invocation_can_make_every_change(local: Gateway) -> None:
    org = {"organization_id": "org_changes"}
    key, _ = local.invoke("CreateKeyFunction", org | {"name": "Admin", "scopes": ["*"], "disabled": True})
    key.pop("secret")
    wanted = {"name": "Chief", "disabled": False, "metadata": {"team": "ops"}}
    after, failed = local.invoke("UpdateKeyFunction", org | {"key_id": key["id"]} | wanted)
    assert not failed
    assert after == key | wanted | {
        "disabled_at": None,
        "changed_at": after["changed_at"],
        "changed_by": "iam",
    }
    for event, kind in (
        (org | {"key_id": key["id"], "metadata": []}, "InvalidInputError"),
        (org | {"name": "x"}, "InvalidInputError"),
        ({"organization_id": "org_other", "key_id": key["id"], "name": "x"}, "NotFoundError"),
        ({"key_id": key["id"], "name": "x"}, "InvalidInputError"),
    ):
        answer, failed = local.invoke("UpdateKeyFunction", event)
        assert failed
        assert answer["errorType"] == kind
    assert local.invoke("GetKeyFunction", org | {"key_id": key["id"]}) == (after, None)


def test_no_metadata_and_no_description_reach_a_log(local: Gateway, api: Api, key: dict[str, Any]) -> None:
    told = {"description": "hushhush-description", "metadata": {"note": "hushhush-metadata"}}
    api.change(key["id"], **told)
    api.admin("PATCH", f"/api/keys/{key['id']}", content=json.dumps(told | {"disabled": "hushhush-no-bool"}))
    assert eventually(
        lambda: local.output.count(f'"key_id": "{key["id"]}"') + local.output.count(key["id"]) > 1
    )
    assert "hushhush" not in local.output
