"""What every call meets first: the contract between a key and the gateway, one test for each line."""

import json
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import urlsplit

import pytest

from apikeys.secret import checksum
from tests.e2e.api import Api, error

CAPABILITIES = "/api/runtime/capabilities"


@pytest.fixture(scope="module")
def key(api: Api) -> str:
    secret: str = api.create()["secret"]
    return secret


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
def test_200_a_bearer_key_is_accepted_in_any_case(api: Api, key: str, header: str, scheme: str) -> None:
    response = api.call("GET", CAPABILITIES, headers=[(header, f"{scheme} {key}")])
    assert response.status_code == 200


@pytest.mark.parametrize("header", ["x-api-key", "X-API-Key", "X-API-KEY"])
def test_200_an_x_api_key_is_accepted_in_any_case(api: Api, key: str, header: str) -> None:
    assert api.call("GET", CAPABILITIES, headers=[(header, key)]).status_code == 200


@pytest.mark.parametrize("authorization", ["Basic dXNlcjpwYXNz", "Bearer of-someone-else", "Bearer", "x"])
def test_200_x_api_key_wins_over_any_authorization_header(api: Api, key: str, authorization: str) -> None:
    headers = [("Authorization", authorization), ("x-api-key", key)]
    assert api.call("GET", CAPABILITIES, headers=headers).status_code == 200


def test_401_a_bad_x_api_key_wins_over_a_good_key_in_authorization(api: Api, key: str) -> None:
    headers = [("Authorization", f"Bearer {key}"), ("x-api-key", "nonsense")]
    assert api.call("GET", CAPABILITIES, headers=headers).status_code == 401


def test_200_the_backend_gets_organization_key_and_scopes_from_the_authorizer(api: Api) -> None:
    key = api.create("runtime")
    answer = api.call("GET", CAPABILITIES, key["secret"]).json()
    assert answer["organization_id"] == key["organization_id"]
    assert answer["key_id"] == key["id"]
    assert answer["scopes"] == ["runtime"]


def swap_secret_part(key: str) -> str:
    """Another secret for the same key id, with the checksum that belongs to it."""
    body = key[:26] + ("1" if key[26] == "0" else "0") + key[27:-6]
    return body + checksum(body)


def unknown_id(key: str) -> str:
    body = key[:14] + "0" * 12 + key[26:-6]
    return body + checksum(body)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(lambda _: [], id="no key"),
        pytest.param(lambda _: [("Authorization", "")], id="empty header"),
        pytest.param(lambda _: [("x-api-key", "")], id="empty x-api-key"),
        pytest.param(lambda key: [("Authorization", key)], id="no scheme"),
        pytest.param(lambda key: [("Authorization", f"Basic {key}")], id="other scheme"),
        pytest.param(lambda key: [("Authorization", f"Bearer {key} {key}")], id="two tokens"),
        pytest.param(lambda _: [("Authorization", "Bearer nonsense")], id="malformed"),
        pytest.param(lambda key: [("Authorization", f"Bearer {key}x")], id="too long"),
        pytest.param(lambda key: [("Authorization", f"Bearer {key[:-1]}")], id="too short"),
        pytest.param(
            lambda key: [("x-api-key", key[:-1] + ("0" if key[-1] != "0" else "1"))], id="bad checksum"
        ),
        pytest.param(lambda key: [("x-api-key", unknown_id(key))], id="unknown"),
        pytest.param(lambda key: [("x-api-key", swap_secret_part(key))], id="wrong secret"),
        pytest.param(lambda key: [("x-api-key", key), ("x-api-key", unknown_id(key))], id="two x-api-keys"),
        pytest.param(
            lambda key: [("Authorization", f"Bearer {key}"), ("Authorization", f"Bearer {unknown_id(key)}")],
            id="two bearers",
        ),
        pytest.param(lambda key: [("Cookie", f"x-api-key={key}")], id="in a cookie"),
        pytest.param(lambda _: [("x-api-key", "a" * 4000)], id="very long"),
    ],
)
def test_401_every_wrong_key_gets_the_same_answer(
    api: Api, key: str, headers: Callable[[str], list[tuple[str, str]]]
) -> None:
    response = api.call("GET", CAPABILITIES, headers=headers(key))
    assert response.status_code == 401
    assert error(response) == "Invalid API key"
    assert response.headers["www-authenticate"] == "Bearer"


def test_401_a_key_in_the_query_is_ignored(api: Api, key: str) -> None:
    assert api.call("GET", CAPABILITIES, params={"x-api-key": key, "api_key": key}).status_code == 401


def test_401_a_revoked_key_is_refused_from_the_next_call_on(api: Api) -> None:
    for _ in range(5):
        key = api.create()
        assert api.status(key["secret"]) == 200
        api.revoke(key["id"])
        response = api.call("GET", CAPABILITIES, key["secret"])
        assert response.status_code == 401
        assert error(response) == "Invalid API key"


@pytest.mark.parametrize(
    ("scope", "method", "path", "missing"),
    [
        ("runtime", "GET", "/api/keys", "keys"),
        ("runtime", "POST", "/api/keys", "keys"),
        ("runtime", "GET", "/api/keys/key_ExampleKey01", "keys"),
        ("runtime", "DELETE", "/api/keys/key_ExampleKey01", "keys"),
        ("runtime", "POST", "/api/keys/key_ExampleKey01/rotate", "keys"),
        ("keys", "GET", CAPABILITIES, "runtime"),
    ],
)
def test_403_the_answer_names_the_missing_scope(
    api: Api, scope: str, method: str, path: str, missing: str
) -> None:
    response = api.call(method, path, api.create(scope)["secret"])
    assert response.status_code == 403
    assert f'"{missing}"' in error(response)
    assert response.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


def test_a_trailing_slash_does_not_change_the_verdict(api: Api) -> None:
    assert api.admin("GET", "/api/keys/").status_code == 200
    assert api.call("GET", "/api/keys/", api.create("keys")["secret"]).status_code == 200
    refused = api.call("GET", "/api/keys/", api.create("runtime")["secret"])
    assert refused.status_code == 403
    assert '"keys"' in error(refused)


def test_200_the_wildcard_opens_everything(api: Api) -> None:
    assert api.admin("GET", CAPABILITIES).status_code == 200
    assert api.admin("GET", "/api/keys").status_code == 200


def test_200_a_key_with_both_scopes_opens_both(api: Api) -> None:
    secret = api.create("runtime", "keys")["secret"]
    assert api.call("GET", CAPABILITIES, secret).status_code == 200
    assert api.call("GET", "/api/keys", secret).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/api/runtime/%2e%2e/%2e%2e/invoices",
        "/api/runtime/.%2E/%2e./api/keys",
        "/api/runtime/..\\..\\api/keys",
        "/api/runtime/%5c..%5cmcp",
        "/api/runtime/..%2fkeys",
        "/api/runtime/..;x/mcp",
        "/api/runtime//capabilities",
        "/api/keys/..%2Fkeys",
        "/api/keys/key_%00",
        "/api/keys/key_ExampleKey0%0A",
    ],
)
def test_403_a_path_that_can_be_read_in_two_ways_reaches_no_backend(api: Api, path: str) -> None:
    for secret in (api.create()["secret"], api.admin_key):
        status, text = raw(api, path, secret)
        assert status == 403
        told: str = json.loads(text)["error"]
        assert told.startswith("This key may not make this call. No key may: the path has an empty segment,")
    assert raw(api, path, "sk_live_copia_nonsense")[0] == 401


def raw(api: Api, path: str, key: str) -> tuple[int, bytes]:
    """The answer to a path that a client's library would normalize."""
    url = urlsplit(api.url)
    kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
    with closing(kind(url.netloc, timeout=30)) as connection:
        connection.request("GET", url.path + path, headers={"x-api-key": key})
        response = connection.getresponse()
        return response.status, response.read()


@pytest.mark.parametrize("with_key", [True, False])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api"),
        ("GET", "/nothing/here"),
        ("GET", "/api/keysmith"),
        ("GET", "/.well-known/oauth-protected-resource"),
        ("GET", "/.well-known/oauth-protected-resource/api/mcp"),
        ("GET", "/.well-known/oauth-authorization-server"),
        ("GET", "/.well-known/oauth-authorization-server/api/mcp"),
        ("GET", "/.well-known/openid-configuration"),
        ("GET", "/.well-known/openid-configuration/api/mcp"),
        ("GET", "/api/mcp/.well-known/openid-configuration"),
        ("POST", "/register"),
        ("POST", "/leaks/github"),  # exists only with its parameter
        ("PUT", "/api/keys"),
        ("PUT", "/api/keys/key_ExampleKey01"),
        ("TRACE", "/api/keys"),
        ("PROPFIND", "/api/mcp"),
        ("OPTIONS", "/api/keys"),
        ("GET", "/api/keys/key_ExampleKey01/rotate"),
        ("POST", "/api/keys/key_ExampleKey01"),
        ("GET", "/api/keys/key_ExampleKey01/rotate/again"),
    ],
)
def test_404_an_unknown_path_or_method_is_not_found(
    api: Api, key: str, method: str, path: str, *, with_key: bool
) -> None:
    response = api.call(method, path, key if with_key else None)
    assert response.status_code == 404
    assert error(response) == "Not found"
