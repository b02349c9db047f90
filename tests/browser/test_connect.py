"""Connecting a client: what is copied is what the client's own documentation asks for, without a secret.

The forms follow https://code.claude.com/docs/en/mcp, https://cursor.com/docs/mcp and
https://code.visualstudio.com/docs/agents/reference/mcp-configuration.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings


@pytest.fixture
def copied(settings: Settings) -> Callable[[str, int], str]:
    """What the button of a client's step puts on the clipboard."""

    def copied(client: str, step: int) -> str:
        settings.page.get_by_role("tab", name=client, exact=True).click()
        settings.dialog.get_by_role("listitem").nth(step - 1).get_by_role("button", name="Copy").click()
        expect(settings.dialog.get_by_text("Copied.", exact=True)).to_be_attached()
        return settings.clipboard()

    return copied


def test_every_client_gets_the_configuration_that_it_reads(
    signed_in: Settings, organization: Organization, copied: Callable[[str, int], str]
) -> None:
    signed_in.button("Connect a client").click()
    url = f"{organization.api.url}/api/mcp"

    def file(client: str, step: int) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(copied(client, step))
        return read

    claude = {"type": "http", "url": url, "headers": {"Authorization": "Bearer ${RUNTIME_KEY}"}}
    assert file("Claude Code", 2) == {"mcpServers": {"runtime": claude}}
    cursor = {"url": url, "headers": {"Authorization": "Bearer ${env:RUNTIME_KEY}"}}
    assert file("Cursor", 2) == {"mcpServers": {"runtime": cursor}}
    code = file("VS Code", 1)
    headers = {"Authorization": "Bearer ${input:RUNTIME_KEY}"}
    assert code["servers"] == {"runtime": {"type": "http", "url": url, "headers": headers}}
    assert [(one["type"], one["id"], one["password"]) for one in code["inputs"]] == [
        ("promptString", "RUNTIME_KEY", True)
    ]
    assert (copied("Claude.ai", 1), copied("Claude.ai", 2)) == (url, "Bearer ${RUNTIME_KEY}")
    for client in ("Claude Code", "Cursor", "VS Code", "Claude.ai"):
        signed_in.page.get_by_role("tab", name=client, exact=True).click()
        docs = signed_in.dialog.get_by_role("link", name=f"the documentation of {client}")
        expect(docs).to_have_attribute("rel", "noreferrer")

    # The programs do what they say.
    environment = {**os.environ, "RUNTIME_KEY": organization.secret(organization.add("Client"))}
    for client, command in (("Python", [sys.executable, "-c"]), ("curl", ["/bin/sh", "-c"])):
        program = [*command, copied(client, 2)]
        done = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - from our page
        assert "tools" in done.stdout, done.stderr
    assert "process.env.RUNTIME_KEY" in copied("TypeScript", 2)
    assert copied("curl", 1) == "read -rs RUNTIME_KEY && export RUNTIME_KEY"


def test_the_tabs_follow_the_arrow_keys(signed_in: Settings) -> None:
    signed_in.button("Connect a client").click()
    signed_in.page.get_by_role("tab", name="Claude Code").focus()
    signed_in.page.keyboard.press("ArrowRight")
    expect(signed_in.page.get_by_role("tab", name="Cursor")).to_be_focused()
    expect(signed_in.dialog.get_by_role("tabpanel")).to_have_accessible_name("Cursor")
    signed_in.page.keyboard.press("ArrowLeft")
    signed_in.page.keyboard.press("ArrowLeft")
    expect(signed_in.page.get_by_role("tab", name="TypeScript")).to_have_attribute("aria-selected", "true")


def test_a_key_is_tested_as_a_client_would_send_it(signed_in: Settings, organization: Organization) -> None:
    signed_in.button("Connect a client").click()
    field = signed_in.dialog.get_by_label("Paste a key to test it")
    outcome = signed_in.dialog.locator("[data-slot=outcome]")

    def expect_outcome(pasted: str, text: str) -> None:
        field.fill(pasted)
        signed_in.button("Test key").click()
        expect(outcome).to_contain_text(text)

    expect_outcome("nothing", "Paste a whole key")
    expect_outcome(f"Bearer {organization.secret(organization.add('Client'))}", "Works: 4 tools")
    expect(field).to_have_value("")
    gone = organization.add("Gone")
    organization.revoke(gone)
    expect_outcome(organization.secret(gone), "Refused: the key was mistyped, is revoked or disabled")
    expect_outcome(organization.secret(organization.add("Pipeline", "keys")), "Answered with status 403")
    signed_in.page.route("**/capabilities", lambda route: route.abort())
    expect_outcome(organization.admin_key, "The API could not be reached.")


@pytest.mark.parametrize(
    ("routes", "call", "is_testable"),
    [
        (["POST /orders"], "curl -X POST {url}/orders ", False),
        (["DELETE /orders", "GET /orders/*"], "curl -X DELETE {url}/orders ", False),
        (["POST /orders", "GET /orders/*", "GET /orders/open"], "curl {url}/orders/open ", True),
        (["ANY /orders"], "curl {url}/orders ", True),
        (["a1b2c3d4e5:PUT /orders"], "curl -X PUT https://your-api.example/orders ", False),
        (["a1b2c3d4e5:GET /orders", "POST /orders"], "curl -X POST {url}/orders ", False),
    ],
    ids=["post", "star", "get", "any", "elsewhere", "elsewhere and post"],
)
def test_a_key_is_shown_and_tested_with_a_call_that_it_opens(
    settings: Settings, organization: Organization, routes: list[str], call: str, is_testable: bool
) -> None:
    settings.with_scopes({"orders": routes})
    organization.add("Orders", "orders")
    settings.enter(organization.admin_key)
    panel = settings.open_key("Orders")
    panel.get_by_text("Connect a client with this key").click()
    expect(panel.get_by_role("tabpanel")).to_contain_text(call.format(url=organization.api.url))
    expect(panel.get_by_role("button", name="Test key")).to_have_count(int(is_testable))


def test_the_programs_for_a_key_that_only_posts_do_post(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Verifier", "verify")
    settings.enter(organization.admin_key)
    panel = settings.open_key("Verifier")
    panel.get_by_text("Connect a client with this key").click()
    url = f"{organization.api.url}/api/keys/verify"
    for program, call in (
        ("curl", f"curl -X POST {url} "),
        ("Python", f'httpx.post( "{url}",'),
        ("TypeScript", f'fetch("{url}", {{ method: "POST", headers'),
    ):
        panel.get_by_role("tab", name=program).click()
        expect(panel.get_by_role("tabpanel")).to_contain_text(call)
