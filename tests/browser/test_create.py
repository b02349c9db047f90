import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Organization
from tests.browser.settings import Settings


def test_a_new_key_works_and_stands_in_the_list(signed_in: Settings, organization: Organization) -> None:
    secret = signed_in.create("Billing agent")
    assert organization.api.status(secret) == 200
    signed_in.copy_and_close()
    expect(signed_in.row("Billing agent")).to_contain_text("just now")
    expect(signed_in.notice).to_have_text("Created Billing agent.")
    [key] = organization.active("Billing agent")
    assert key.scopes == ("runtime",)


def test_a_new_key_is_shown_although_the_list_lags_behind(
    signed_in: Settings, organization: Organization
) -> None:
    before = organization.api.admin("GET", "/api/keys").json()
    signed_in.page.route("**/api/keys?*", lambda route: route.fulfill(json=before))
    signed_in.create("Ahead of the index")
    signed_in.copy_and_close()
    signed_in.page.get_by_role("switch", name="Show revoked").check()
    expect(signed_in.row("Ahead of the index")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("", "Give the key a name"),
        ("   ", "Give the key a name"),
        ("x" * 101, "at most 100 characters"),
    ],
)
def test_a_name_that_cannot_be_is_told_beside_the_field(signed_in: Settings, name: str, text: str) -> None:
    signed_in.start_creating(name)
    signed_in.button("Create key").click()
    field = signed_in.page.get_by_label("Name", exact=True)
    expect(field).to_have_accessible_description(re.compile(text))
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()


def test_a_name_of_100_emoji_is_taken(signed_in: Settings) -> None:
    signed_in.create("🗝" * 100)
    signed_in.copy_and_close()
    expect(signed_in.row("🗝" * 100)).to_be_visible()


def test_a_key_needs_a_scope(signed_in: Settings, organization: Organization) -> None:
    signed_in.start_creating("No scope")
    signed_in.page.get_by_role("checkbox", name=re.compile("^runtime")).uncheck()
    signed_in.button("Create key").click()
    expect(signed_in.page.locator("#create-scopes-error")).to_contain_text("Choose at least one scope")
    assert organization.active("No scope") == []


def test_an_admin_may_give_the_scope_keys(signed_in: Settings, organization: Organization) -> None:
    signed_in.start_creating("Pipeline")
    signed_in.page.get_by_role("checkbox", name=re.compile("^runtime")).uncheck()
    signed_in.page.get_by_role("checkbox", name=re.compile("^keys")).check()
    signed_in.button("Create key").click()
    signed_in.page.get_by_text("Try it with curl").click()
    expect(signed_in.page.get_by_role("region", name="curl command")).to_contain_text("/api/keys ")
    expect(signed_in.page.get_by_text("Add it to an MCP client")).to_be_hidden()
    assert organization.active("Pipeline")[0].scopes == ("keys",)


def test_who_may_not_give_a_scope_is_told_before_trying(
    settings: Settings, organization: Organization
) -> None:
    settings.sign_in(organization.api.create("keys", name="Pipeline")["secret"])
    settings.start_creating("Another pipeline")
    box = settings.page.get_by_role("checkbox", name=re.compile("^keys"))
    expect(box).to_be_disabled()
    expect(box).to_have_accessible_name(re.compile("Only a key with the scope \\* can give"))


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
    settings.sign_in(organization.api.admin_key)
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
    expect(button).to_have_accessible_name("Copy mcp.json")
    expect(region).to_be_empty()
    assert settings.page.evaluate("window.heard") == ["mcp.json copied.", "", "mcp.json copied.", ""]

    settings.button("Copy secret").click()
    expect(settings.copied).to_have_text("Secret copied.")


def test_the_dialog_is_named_by_what_it_shows(signed_in: Settings) -> None:
    signed_in.start_creating("Billing agent")
    expect(signed_in.dialog).to_have_accessible_name("Create API key")
    signed_in.button("Create key").click()
    expect(signed_in.dialog).to_have_accessible_name("Save the secret of Billing agent")


def test_where_copying_is_forbidden_the_secret_is_selected(
    settings: Settings, organization: Organization
) -> None:
    settings.page.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden'))"
    )
    settings.sign_in(organization.api.admin_key)
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
    asked = []

    def stay(dialog: object) -> None:
        asked.append(dialog.type)  # type: ignore[attr-defined]
        dialog.dismiss()  # type: ignore[attr-defined]

    signed_in.page.on("dialog", stay)
    signed_in.page.close(run_before_unload=True)
    signed_in.page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert signed_in.secret() == secret


@pytest.mark.parametrize("way", ["double click", "Enter twice"])
def test_haste_never_creates_two_keys(signed_in: Settings, organization: Organization, way: str) -> None:
    signed_in.start_creating("Once")
    if way == "double click":
        signed_in.button("Create key").dblclick()
    else:
        signed_in.page.get_by_label("Name", exact=True).focus()
        signed_in.page.keyboard.press("Enter")
        signed_in.page.keyboard.press("Enter")
    signed_in.secret()
    assert len(organization.active("Once")) == 1


def test_a_cancelled_dialog_creates_nothing_and_starts_anew(
    signed_in: Settings, organization: Organization
) -> None:
    signed_in.start_creating("Never")
    signed_in.button("Cancel").click()
    expect(signed_in.dialog).to_have_count(0)
    expect(signed_in.button("Create API key").first).to_be_focused()
    signed_in.button("Create API key").first.click()
    expect(signed_in.page.get_by_label("Name", exact=True)).to_have_value("")
    assert organization.active("Never") == []
