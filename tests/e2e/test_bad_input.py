"""The answer to bad input says what to do, and the key store does not change."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.api import Api, error, eventually
from tests.e2e.conftest import Gateway
from tests.e2e.test_list import listed


@pytest.fixture(scope="module", autouse=True)
def key(api: Api) -> Iterator[dict[str, Any]]:
    """A key, and the promise that no bad call has changed any key or made one."""
    made = api.create()
    assert eventually(lambda: made["id"] in everything(api))
    before = everything(api)
    yield made
    assert eventually(lambda: everything(api).keys() >= set(api.made))
    after = everything(api)
    assert after.keys() - before.keys() <= set(api.made)
    assert {key_id: after[key_id] for key_id in before} == before


def everything(api: Api) -> dict[str, dict[str, Any]]:
    """The organization's keys by id."""
    keys = listed(api, limit=100, include_revoked="true")
    # The time of last use follows the calls of the tests themselves, some moments later.
    return {key["id"]: key | {"last_used_at": None, "last_used_from": None} for key in keys}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "name: is required"),
        ("{}", "name: is required"),
        ("nonsense", "not valid JSON"),
        ('{"name": "x"', "not valid JSON"),
        ('{"name": "x",}', "not valid JSON"),
        ("{'name': 'x'}", "not valid JSON"),
        ('{"name": NaN}', "not valid JSON"),
        ('{"name": "\\ud800"}', "name: "),
        ('{"name": Infinity}', "not valid JSON"),
        (b'{"name": "a\xff"}', "name: must be sent as UTF-8"),
        ('{"name": "a", "name": "b"}', "has a duplicate field"),
        ('{"name": "a", "scopes": ["runtime"], "scopes": ["keys"]}', "has a duplicate field"),
        ('{"name": "a", "scopes": [{"a": 1, "a": 1}]}', "has a duplicate field"),
        ("[" * 8000, "not valid JSON"),
        (b'\xff\xfe{"name": "x"}', "not valid JSON"),
        ("null", "must be a JSON object"),
        ("[]", "must be a JSON object"),
        ('"name"', "must be a JSON object"),
        ("1", "must be a JSON object"),
        ('[{"name": "x"}]', "must be a JSON object"),
        ('{"name": null}', "name: "),
        ('{"name": 1}', "name: "),
        ('{"name": ["x"]}', "name: "),
        ('{"name": ""}', "name: "),
        ('{"name": " \\t\\n"}', "name: "),
        ('{"name": "a\\nb"}', "name: must not contain control characters"),
        ('{"name": "a\\u0000b"}', "name: must not contain control characters"),
        ('{"name": "a\\u2028b"}', "name: must not contain control characters"),
        (json.dumps({"name": "x" * 101}), "name: "),
        ('{"name": "x", "scopes": null}', "scopes: "),
        ('{"name": "x", "scopes": []}', "scopes: "),
        ('{"name": "x", "scopes": "runtime"}', "scopes: "),
        ('{"name": "x", "scopes": [1]}', "scopes.0: "),
        ('{"name": "x", "scopes": [null]}', "scopes.0: "),
        ('{"name": "x", "scopes": {"runtime": true}}', "scopes: "),
        ('{"name": "x", "scopes": ["admin"]}', 'this API has "runtime", "keys", "verify", "*"'),
        ('{"name": "x", "scopes": ["runtime "]}', "this API has"),
        ('{"name": "x", "scopes": ["RUNTIME"]}', "this API has"),
        ('{"name": "x", "scopes": ["runtime keys"]}', "this API has"),
        ('{"name": "x", "scopes": ["runtime", ""]}', "this API has"),
        ('{"name": "x", "organization_id": "org_other"}', "organization_id: is not a field"),
        ('{"name": "x", "id": "key_ExampleKey01"}', "id: is not a field"),
        ('{"name": "x", "secret": "mine"}', "secret: is not a field"),
        ('{"name": "x", "key_id": "key_ExampleKey01"}', "key_id: is not a field"),
        ('{"Name": "x"}', "Name: is not a field"),
        ('{"name": "x", "9_a b": 1}', "a name: is not a field"),
        ('{"name": "\\u200b"}', "name: must contain a visible character"),
    ],
)
def test_400_a_bad_body_is_refused_by_create(api: Api, body: str | bytes, says: str) -> None:
    response = api.admin("POST", "/api/keys", content=body, headers=[("Content-Type", "application/json")])
    assert response.status_code == 400
    assert says in error(response)


#: Fields that creation and change share → what the answer says of a bad value.
BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"description": ""}, "description: "),
    ({"description": " \n "}, "description: "),
    ({"description": 1}, "description: "),
    ({"description": ["x"]}, "description: "),
    ({"description": "x" * 501}, "description: "),
    ({"description": "a\rb"}, "description: must not contain control characters"),
    ({"description": "a\x00b"}, "description: must not contain control characters"),
    ({"description": "\u200b\n\u200b"}, "description: must contain a visible character"),
    ({"disabled": "true"}, "disabled: must be true or false"),
    ({"disabled": 1}, "disabled: must be true or false"),
    ({"disabled": []}, "disabled: must be true or false"),
    ({"disabled_at": "2026-11-24T09:30:00.000Z"}, "disabled_at: is not a field"),
    ({"allowed_addresses": []}, "allowed_addresses: "),
    ({"allowed_addresses": "198.51.100.0/24"}, "allowed_addresses: "),
    ({"allowed_addresses": {"198.51.100.0/24": True}}, "allowed_addresses: "),
    ({"allowed_addresses": [None]}, "allowed_addresses.0: "),
    ({"allowed_addresses": [3325256704]}, "allowed_addresses.0: "),
    ({"allowed_addresses": ["198.51.100.0/24", "here"]}, "allowed_addresses.1: must be an IPv4 or IPv6"),
    ({"allowed_addresses": ["198.51.100.7/24"]}, "allowed_addresses.0: must be"),
    ({"allowed_addresses": ["198.51.100.0/33"]}, "allowed_addresses.0: must be"),
    ({"allowed_addresses": ["198.51.100.0/24 203.0.113.0/24"]}, "allowed_addresses.0: must be"),
    ({"allowed_addresses": ["fe80::1%eth0"]}, "allowed_addresses.0: must be"),
    ({"allowed_addresses": [""]}, "allowed_addresses.0: must be"),
    ({"allowed_addresses": ["1" * 65]}, "allowed_addresses.0: "),
    ({"allowed_addresses": [f"198.51.100.{n}" for n in range(21)]}, "allowed_addresses: "),
    ({"metadata": []}, "metadata: "),
    ({"metadata": "team"}, "metadata: "),
    ({"metadata": {"team": 1}}, "metadata: "),
    ({"metadata": {"team": ["billing"]}}, "metadata: "),
    ({"metadata": {"team": {"name": "billing"}}}, "metadata: "),
    ({"metadata": {"team": ""}}, "metadata: "),
    ({"metadata": {"team": "x" * 201}}, "metadata: "),
    ({"metadata": {"team": "a\nb"}}, "metadata: must not contain control characters"),
    ({"metadata": {"": "x"}}, "metadata: "),
    ({"metadata": {"x" * 41: "x"}}, "metadata: "),
    ({"metadata": {"a b": "x"}}, "metadata: "),
    ({"metadata": {"sk_live_copia_$": "x"}}, "metadata: "),
    ({"metadata": {f"n{n}": "x" for n in range(21)}}, "metadata: "),
]


@pytest.mark.parametrize(("fields", "says"), [*BAD_FIELDS, ({"metadata": {"team": None}}, "metadata: ")])
def test_400_a_bad_field_is_refused_by_create(api: Api, fields: dict[str, Any], says: str) -> None:
    response = api.admin("POST", "/api/keys", json={"name": "x"} | fields)
    assert response.status_code == 400
    assert says in error(response)
    assert "sk_live" not in response.text


def test_413_a_body_larger_than_any_call_needs_is_refused(api: Api) -> None:
    response = api.admin("POST", "/api/keys", json={"name": "x", "more": "x" * 70_000})
    assert response.status_code == 413
    assert "too large" in error(response)


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain", ""])
def test_201_a_json_body_is_read_with_any_content_type(api: Api, content_type: str) -> None:
    # curl -d sends application/x-www-form-urlencoded by default.
    headers = [("Content-Type", content_type)] if content_type else []
    response = api.admin("POST", "/api/keys", content='{"name": "By curl"}', headers=headers)
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("limit=0", "limit: "),
        ("limit=101", "limit: "),
        ("limit=-1", "limit: "),
        ("limit=abc", "limit: must be a whole number, in digits"),
        ("limit=", "limit: "),
        ("limit=2.5", "limit: "),
        ("limit=1e1", "limit: "),
        ("limit=%2010", "limit: "),
        ("limit=%D9%A1", "limit: "),
        ("limit=99999999999999999999", "limit: "),
        ("limit=10&limit=20", "limit: give it once"),
        ("include_revoked=yes", "include_revoked: must be true or false"),
        ("include_revoked=1", "include_revoked: "),
        ("include_revoked=", "include_revoked: "),
        ("include_revoked=TRUE", "include_revoked: "),
        ("cursor=", "cursor: "),
        ("cursor=abc", "cursor: "),
        ("cursor=%00", "cursor: "),
        ("cursor=%FF%FE", "cursor: "),
        ("cursor=key_ExampleKey01", "cursor: "),
        ("cursor=" + "A" * 2000, "cursor: "),
        ("cursor=a&cursor=b", "cursor: give it once"),
        ("state=", "state: "),
        ("state=paused", "state: Input should be 'active', 'disabled', 'replaced' or 'revoked'"),
        ("state=ACTIVE", "state: "),
        ("state=active&state=revoked", "state: give it once"),
        ("scope=", "scope: contains 1 unknown; this API has"),
        ("scope=admin", "scope: contains 1 unknown; this API has"),
        ("scope=runtime%20keys", "scope: "),
        ("created_by=", 'created_by: must be the id of a key or of a person, or "iam"'),
        ("created_by=a%20b", "created_by: "),
        ("created_by=%0A", "created_by: "),
        ("created_by=%C3%A9", "created_by: "),
        ("created_by=" + "x" * 256, "created_by: "),
        ("unused_days=0", "unused_days: "),
        ("unused_days=3651", "unused_days: "),
        ("unused_days=-1", "unused_days: "),
        ("unused_days=", "unused_days: must be a whole number"),
        ("unused_days=1.5", "unused_days: "),
        ("unused_days=month", "unused_days: "),
        ("sort=", "sort: Input should be 'created', 'last_used' or 'name'"),
        ("sort=-name", "sort: "),
        ("sort=NAME", "sort: "),
        ("sort=name&sort=name", "sort: give it once"),
        ("sort=name&cursor=", "cursor: "),
        ("sort=name&cursor=key_ExampleKey01", "cursor: "),
        ("sort=last_used&cursor=" + "A" * 4000, "cursor: "),
        ("sort=name&cursor=%F0%9F%94%91", "cursor: "),
        ("organization_id=org_other", "organization_id: is not a field"),
        ("page=2", "page: is not a field"),
        ("include-revoked=true", "include-revoked: is not a field"),
    ],
)
def test_400_a_bad_query_is_refused_by_list(api: Api, query: str, says: str) -> None:
    response = api.admin("GET", f"/api/keys?{query}")
    assert response.status_code == 400
    assert says in error(response)


@pytest.mark.parametrize(
    "key_id",
    [
        "x",
        "key_",
        "key_short",
        "key_ExampleKey0100",
        "KEY_ExampleKey01",
        "%20",
        "%F0%9F%94%91",
        "*",
    ],
)
def test_404_a_malformed_key_id_is_not_found(api: Api, key_id: str) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotate")):
        response = api.admin(method, f"/api/keys/{key_id}{path}")
        assert response.status_code == 404, (method, response.text)
        assert error(response) in {"There is no such key.", "Not found"}


def test_400_calls_that_take_no_input_refuse_it(api: Api, key: dict[str, Any]) -> None:
    path = f"/api/keys/{key['id']}"
    for method, where in (("POST", path + "/rotate"), ("DELETE", path)):
        response = api.admin(method, where, json={"scopes": ["*"]})
        assert response.status_code == 400
        assert "scopes: is not a field of this call" in error(response)
        assert api.admin(method, where, params={"force": "1"}).status_code == 400
        assert api.admin(method, where, json={"key_id": "key_000000000000"}).status_code == 400
    assert api.admin("GET", path, params={"x": "1"}).status_code == 400
    assert api.admin("GET", path, content='{"x": 1}').status_code == 400
    assert api.admin("POST", "/api/keys", params={"name": "x"}).status_code == 400


def test_200_an_empty_object_counts_as_no_input(api: Api) -> None:
    key = api.create()
    assert api.admin("POST", f"/api/keys/{key['id']}/rotate", json={}).status_code == 201


def test_an_error_never_repeats_a_value(api: Api) -> None:
    secret = api.create()["secret"]
    bodies: list[dict[str, object]] = [
        {"name": 1, "scopes": [secret]},
        {"name": "x", "scopes": secret},
        {"name": [secret]},
        {"name": "x", secret: 1},
        {"name": "x", secret[14:]: 1},
    ]
    for body in bodies:
        response = api.admin("POST", "/api/keys", json=body)
        assert response.status_code == 400
        assert secret[14:26] not in response.text
    response = api.admin("GET", f"/api/keys?{secret}=1&{secret}=2")
    assert response.status_code == 400
    assert secret[14:26] not in response.text


def test_a_secret_in_the_path_is_not_logged(local: Gateway, api: Api) -> None:
    secret = api.create()["secret"]
    assert api.admin("DELETE", f"/api/keys/{secret}").status_code == 404
    assert api.call("GET", f"/nothing/{secret}").status_code == 404
    assert secret[14:] not in local.output
