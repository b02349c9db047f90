"""The official MCP client through the whole stack: what it can do, and what it gets when it is refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from mcp import Client, MCPError
from mcp.client.auth import OAuthClientProvider, OAuthRegistrationError
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from tests.e2e.api import PATIENCE_S, Api

pytestmark = pytest.mark.anyio

#: With and without the handshake that the protocol had until 2025.
MODES = ["legacy", "auto"]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def x_api_key(secret: str) -> dict[str, str]:
    # The client's Authorization is then its own.
    return {"X-Api-Key": secret, "Authorization": "Bearer of-another-service"}


HEADERS = [bearer, x_api_key]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def key(api: Api) -> dict[str, Any]:
    return api.create("runtime")


@asynccontextmanager
async def connected(
    api: Api, headers: dict[str, str], mode: str, auth: httpx2.Auth | None = None
) -> AsyncIterator[Client]:
    async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE_S, auth=auth) as http:
        transport = streamable_http_client(f"{api.url}/api/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("header", HEADERS)
async def test_the_client_lists_and_calls_the_tools_and_sees_progress(
    api: Api, key: dict[str, Any], header: Any, mode: str
) -> None:
    reported = []

    async def report(progress: float, total: float | None, message: str | None) -> None:
        reported.append((progress, total, message))

    async with connected(api, header(key["secret"]), mode) as client:
        assert [tool.name for tool in (await client.list_tools()).tools] == [
            "echo",
            "whoami",
            "clock",
            "count",
        ]
        results = [
            await client.call_tool("echo", {"text": "grüezi"}),
            await client.call_tool("whoami", {}),
            await client.call_tool("clock", {}),
            await client.call_tool("count", {"to": 3, "interval_ms": 50}, progress_callback=report),
        ]
    echo, whoami, clock, count = ((result.structured_content or {})["outputs"] for result in results)
    assert echo == [{"text": "grüezi"}]
    assert whoami == [{"organization_id": key["organization_id"], "key_id": key["id"], "scopes": ["runtime"]}]
    assert clock[0]["time"].endswith("Z")
    assert count == [{"count": 1}, {"count": 2}, {"count": 3}]
    assert reported == [(number, 3, f'{{"count": {number}}}') for number in (1, 2, 3)]


@pytest.mark.parametrize("mode", MODES)
async def test_alternating_calls_of_two_organizations_each_run_for_their_own(
    api: Api, other: Api, mode: str
) -> None:
    keys = [stack.create("runtime") for stack in (api, other)]
    async with (
        connected(api, bearer(keys[0]["secret"]), mode) as one,
        connected(other, bearer(keys[1]["secret"]), mode) as another,
    ):
        # One call at a time, so that locally one process answers them all.
        for client, key in 3 * list(zip((one, another), keys, strict=True)):
            [caller] = ((await client.call_tool("whoami", {})).structured_content or {})["outputs"]
            assert (caller["organization_id"], caller["key_id"]) == (key["organization_id"], key["id"])


class Refused:
    """Every answer that a refused client got."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, str | None]] = []

    async def __call__(self, response: httpx2.Response) -> None:
        self.answers.append((response.status_code, response.headers.get("www-authenticate")))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("scope", "answer"),
    [(None, (401, "Bearer")), ("keys", (403, 'Bearer error="insufficient_scope"'))],
)
async def test_a_refused_client_gives_up_and_shows_neither_status_nor_text(
    api: Api, mode: str, scope: str | None, answer: tuple[int, str]
) -> None:
    secret = api.create(scope)["secret"] if scope else "no-key"
    refused = Refused()
    shown = pytest.RaisesExc(MCPError, match=r"^Server returned an error response$")
    with pytest.RaisesGroup(shown, flatten_subgroups=True):
        async with httpx2.AsyncClient(headers=bearer(secret), event_hooks={"response": [refused]}) as http:
            transport = streamable_http_client(f"{api.url}/api/mcp", http_client=http)
            async with Client(transport, mode=mode):
                pass
    assert set(refused.answers) == {answer}


class NoStorage:
    """A client that has never logged in anywhere."""

    async def get_tokens(self) -> OAuthToken | None:
        return None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        raise AssertionError(tokens)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        raise AssertionError(client_info)


@pytest.mark.parametrize("scope", [None, "keys"])
async def test_a_client_that_could_log_in_learns_that_there_is_no_login(api: Api, scope: str | None) -> None:
    async def log_in(url: str) -> None:
        raise AssertionError(url)

    login = OAuthClientProvider(
        server_url=f"{api.url}/api/mcp",
        client_metadata=OAuthClientMetadata(
            client_name="A test", redirect_uris=[AnyUrl("http://localhost/cb")]
        ),
        storage=NoStorage(),
        redirect_handler=log_in,
    )
    secret = api.create(scope)["secret"] if scope else "no-key"
    with pytest.RaisesGroup(pytest.RaisesExc(OAuthRegistrationError), flatten_subgroups=True):
        async with connected(api, {"x-api-key": secret}, "legacy", login):
            pass
