"""A secret on view is copied in every form, and is not lost by accident."""

import json

from playwright.sync_api import (
    expect,
)

from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.browser.tab import each_load


def test_the_secret_can_be_copied_in_every_form(signed_in: Settings, organization: Organization) -> None:
    secret = signed_in.create("Billing agent")
    signed_in.button("Copy secret").click()
    expect(signed_in.copied).to_be_visible()
    assert signed_in.clipboard() == secret

    signed_in.page.get_by_text("Try it with curl").click()
    signed_in.button("Copy command").click()
    assert signed_in.clipboard() == (
        f'curl {organization.api.url}/api/runtime/capabilities \\\n  -H "Authorization: Bearer {secret}"'
    )
    signed_in.page.get_by_text("Add it to an MCP client").click()
    signed_in.button("Copy mcp.json").click()
    server = json.loads(signed_in.clipboard())["mcpServers"]["runtime"]
    assert server == {
        "type": "http",
        "url": f"{organization.api.url}/api/mcp",
        "headers": {"Authorization": f"Bearer {secret}"},
    }


def test_copying_is_seen_on_the_button_and_heard(settings: Settings, organization: Organization) -> None:
    settings.page.set_viewport_size({"width": 320, "height": 640})
    settings.enter(organization.admin_key)
    settings.create("Billing agent")
    settings.page.get_by_text("Add it to an MCP client").click()
    region = settings.dialog.get_by_role("status").last
    region.evaluate("""region => {
        window.heard = [];
        new MutationObserver(() => window.heard.push(region.textContent)).observe(region, {childList: true});
    }""")
    button = settings.dialog.locator("[data-copy=mcp]")
    button.scroll_into_view_if_needed()
    before = button.bounding_box()
    for _ in range(2):
        button.click()
        expect(settings.button("✓ Copied")).to_be_in_viewport()
        assert button.bounding_box() == before
        expect(region).to_have_text("mcp.json copied.")
    settings.pass_time(2000)
    expect(button).to_have_accessible_name("Copy mcp.json")
    expect(region).to_be_empty()
    assert settings.page.evaluate("window.heard") == ["mcp.json copied.", "", "mcp.json copied.", ""]

    settings.button("Copy secret").click()
    expect(settings.copied).to_have_text("Secret copied.")


def test_where_copying_is_forbidden_the_secret_is_selected(
    settings: Settings, organization: Organization
) -> None:
    forbidden = "navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden'))"
    with each_load(settings.page, forbidden):
        settings.enter(organization.admin_key)
    secret = settings.create("Billing agent")
    settings.button("Copy secret").click()
    expect(settings.page.get_by_text("press Ctrl+C")).to_be_in_viewport(ratio=1)
    assert settings.page.evaluate("getSelection().toString()") == secret
    settings.page.keyboard.press("Control+c")
    assert settings.clipboard() == secret
    settings.button("Done").click()
    expect(settings.dialog).to_have_count(0)


def test_the_secret_cannot_be_closed_by_accident(signed_in: Settings) -> None:
    secret = signed_in.create("Billing agent")
    for _ in range(4):  # browsers let a second Escape through, whatever the page says
        signed_in.page.keyboard.press("Escape")
    signed_in.page.mouse.click(5, 5)
    expect(signed_in.page.get_by_text("You have not copied the secret.")).to_be_visible()
    assert signed_in.secret() == secret
    signed_in.button("Go back").click()
    expect(signed_in.button("Done")).to_be_focused()
    signed_in.button("Done").click()
    signed_in.button("Close without copying").click()
    expect(signed_in.dialog).to_have_count(0)


def test_leaving_the_page_with_an_uncopied_secret_asks_first(signed_in: Settings) -> None:
    secret = signed_in.create("Billing agent")
    with signed_in.page.expect_event("dialog") as asked:
        signed_in.page.close(run_before_unload=True)
    assert asked.value.type == "beforeunload"
    asked.value.dismiss()
    assert signed_in.secret() == secret
