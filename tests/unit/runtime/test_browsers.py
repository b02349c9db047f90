"""Only a page of an allowed origin may call."""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, cast

import httpx
import pytest

from backend.app import create_app
from backend.caller import from_mapped_headers

if TYPE_CHECKING:
    from backend.leases import Leases
    from backend.sessions import SessionStore

pytestmark = pytest.mark.anyio

ORIGINS = ["https://app.example.com", "http://localhost:5173"]
SECRET = "s" * 32
MAPPED = {
    "x-organization-id": "org_a",
    "x-key-id": "key_A",
    "x-scopes": "runtime",
    "x-gateway-secret": SECRET,
}


async def client(origins: list[str]) -> AsyncIterator[httpx.AsyncClient]:
    # Nothing here asks a store.
    app = create_app(cast("SessionStore", None), cast("Leases", None), from_mapped_headers(SECRET), origins)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://backend") as http:
        yield http


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async for one in client(ORIGINS):
        yield one


def preflight(
    origin: str, method: str = "POST", headers: str = "authorization,content-type"
) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": headers,
    }


def allowed(answer: httpx.Response) -> dict[str, str]:
    """What the answer allows a page."""
    return {name: value for name, value in answer.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", ["/api/runtime/sessions", "/api/mcp"])
async def test_a_preflight_needs_no_key_and_allows_what_the_api_takes(
    http: httpx.AsyncClient, origin: str, path: str
) -> None:
    answer = await http.options(path, headers=preflight(origin, headers="x-api-key,mcp-protocol-version"))
    told = allowed(answer)
    assert answer.status_code == 200
    assert told["access-control-allow-origin"] == origin
    assert told["access-control-allow-methods"] == "GET, POST, DELETE"
    assert {"authorization", "x-api-key", "Content-Type"} <= set(
        told["access-control-allow-headers"].split(", ")
    )
    assert "access-control-allow-credentials" not in told
    assert "Origin" in answer.headers["vary"]


@pytest.mark.parametrize(
    "wrong",
    [
        preflight("https://evil.example"),
        preflight("https://app.example.com.evil.example"),
        preflight("http://app.example.com"),
        preflight("null"),
        preflight("*"),
        preflight(ORIGINS[0], method="PUT"),
        preflight(ORIGINS[0], headers="x-organization-id"),
    ],
)
async def test_any_other_preflight_is_refused_in_the_form_of_every_error(
    http: httpx.AsyncClient, wrong: dict[str, str]
) -> None:
    answer = await http.options("/api/mcp", headers=wrong)
    assert answer.status_code == 400
    assert answer.json().keys() == {"error"}
    assert allowed(answer).get("access-control-allow-origin") in {None, ORIGINS[0]}
    if wrong["Origin"] not in ORIGINS:
        assert "access-control-allow-origin" not in allowed(answer)


async def test_an_options_request_that_is_not_a_preflight_is_404(http: httpx.AsyncClient) -> None:
    for headers in ({}, {"Origin": ORIGINS[0]}, {"Access-Control-Request-Method": "POST"}):
        answer = await http.options("/api/runtime/sessions", headers=headers)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})


@pytest.mark.parametrize(
    ("path", "status"), [("/api/runtime/capabilities", 200), ("/api/runtime/nothing", 404), ("/api/mcp", 405)]
)
async def test_a_page_reads_answers_and_errors(http: httpx.AsyncClient, path: str, status: int) -> None:
    answer = await http.get(path, headers={**MAPPED, "Origin": ORIGINS[0]})
    assert answer.status_code == status
    assert allowed(answer) == {
        "access-control-allow-origin": ORIGINS[0],
        "access-control-expose-headers": "Retry-After",
    }
    assert "Origin" in answer.headers["vary"]
    foreign = await http.get(path, headers={**MAPPED, "Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in allowed(foreign)


async def test_without_origins_nothing_is_allowed() -> None:
    async for http in client([]):
        answer = await http.get("/api/runtime/capabilities", headers={**MAPPED, "Origin": ORIGINS[0]})
        assert (answer.status_code, allowed(answer)) == (200, {})
        asked = await http.options("/api/mcp", headers={**MAPPED, **preflight(ORIGINS[0])})
        assert (asked.status_code, allowed(asked)) == (405, {})
