"""The middleware of docs/your-api.md, as it is printed there, against a gateway."""

import asyncio
import re
import sys
import types
from pathlib import Path
from typing import Any

import httpx
import pytest

from apikeys.secret import checksum
from tests.e2e.api import Api
from tests.e2e.conftest import Gateway

PAGE = Path(__file__).parents[2] / "docs" / "your-api.md"
LOOPBACK = ("127.0.0.1", 50000)
CLIENT, FASTAPI, ASGI = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture(scope="module")
def verify_key(scoped_gateway: Gateway) -> str:
    event = {"organization_id": "org_platform", "name": "Container", "scopes": ["verify"]}
    made, failed = scoped_gateway.invoke("CreateKeyFunction", event)
    assert not failed
    return str(made["secret"])


def run(code: str, name: str) -> dict[str, Any]:
    """The module that the page prints."""
    module = types.ModuleType(name)
    exec(compile(code, name, "exec"), module.__dict__)  # noqa: S102 - the page's own code
    return module.__dict__


def fastapi_app() -> tuple[Any, Any]:
    module = run(FASTAPI, "main")
    return module["app"], module["api_keys"]


def asgi_app() -> tuple[Any, Any]:
    async def invoices(scope: Any, _receive: Any, send: Any) -> None:
        body = f'{{"organization_id": "{scope["state"]["caller"]["organization_id"]}"}}'.encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    app = run(ASGI, "middleware")["NeedsKey"](invoices, "invoices:read")
    return app, app.api_keys


@pytest.fixture(params=[fastapi_app, asgi_app], ids=["fastapi", "asgi"])
def make(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Any:
    module = types.ModuleType("api_keys")
    exec(compile(CLIENT, "api_keys", "exec"), module.__dict__)  # noqa: S102 - the page's own code
    monkeypatch.setitem(sys.modules, "api_keys", module)

    def call(
        url: str, key: str, headers: list[tuple[str, str]], client: tuple[str, int] | None = LOOPBACK
    ) -> httpx.Response:
        monkeypatch.setenv("API_KEYS_URL", url)
        monkeypatch.setenv("API_KEYS_KEY", key)
        app, api_keys = request.param()
        return asyncio.run(_call(app, api_keys, headers, client))

    return call


async def _call(
    app: Any, api_keys: Any, headers: list[tuple[str, str]], client: tuple[str, int] | None
) -> httpx.Response:
    """A call of the service by a client; the service's own client of the verify operation is closed then."""

    async def from_client(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "client": client}, receive, send)

    transport = httpx.ASGITransport(app=from_client)
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as http, api_keys.http:
        return await http.get("/invoices", headers=headers)


def test_200_a_key_with_the_scope_gets_through(make: Any, scoped: Api, verify_key: str) -> None:
    secret = scoped.create("invoices:read")["secret"]
    for headers in (
        [("Authorization", f"Bearer {secret}")],
        [("x-api-key", secret)],
        [("X-API-Key", secret), ("Authorization", "Bearer something-else")],
    ):
        answer = make(scoped.url, verify_key, headers)
        assert (answer.status_code, answer.json()) == (200, {"organization_id": "org_middleware"})


def test_401_a_key_that_is_not_good_is_refused_with_one_text(make: Any, scoped: Api, verify_key: str) -> None:
    key = scoped.create("invoices:read")
    scoped.revoke(key["id"])
    for headers in (
        [],
        [("Authorization", f"Bearer {key['secret']}")],
        [("Authorization", "Bearer a b")],
        [("x-api-key", "nonsense")],
        [("x-api-key", "one"), ("x-api-key", "two")],
    ):
        answer = make(scoped.url, verify_key, headers)
        assert (answer.status_code, answer.json()) == (401, {"error": "Invalid API key"})
        assert answer.headers["www-authenticate"] == "Bearer"


def test_403_names_the_scope(make: Any, scoped: Api, verify_key: str) -> None:
    answer = make(scoped.url, verify_key, [("x-api-key", scoped.create()["secret"])])
    assert answer.status_code == 403
    assert '"invoices:read"' in answer.json()["error"]
    assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


@pytest.mark.parametrize(
    "client",
    [None, ("testclient", 50000), ("", 0), ("2001:db8::7", 50000)],
    ids=["Unix socket", "Starlette's TestClient", "empty", "IPv6"],
)
def test_only_an_address_is_sent_and_a_key_for_any_address_needs_none(
    make: Any, scoped: Api, verify_key: str, client: tuple[str, int] | None
) -> None:
    good = scoped.create("invoices:read")
    assert make(scoped.url, verify_key, [("x-api-key", good["secret"])], client).status_code == 200


def test_a_key_for_some_addresses_is_good_from_these_alone(make: Any, scoped: Api, verify_key: str) -> None:
    limited = scoped.create("invoices:read")
    scoped.change(limited["id"], allowed_addresses=["198.51.100.0/24"])
    for client, status in (
        (("198.51.100.7", 50000), 200),
        (("203.0.113.7", 50000), 401),
        (("testclient", 50000), 401),
        (None, 401),
    ):
        assert make(scoped.url, verify_key, [("x-api-key", limited["secret"])], client).status_code == status


def test_503_when_the_key_cannot_be_checked(make: Any, scoped: Api, verify_key: str) -> None:
    body = "sk_live_copia_" + "0" * 55
    secret = scoped.create("invoices:read")["secret"]
    for url, key in (
        ("http://127.0.0.1:1", verify_key),
        (scoped.url, body + checksum(body)),
        (scoped.url, secret),
    ):
        answer = make(url, key, [("x-api-key", secret)])
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
