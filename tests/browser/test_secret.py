"""A secret on view is copied in every form, and is not lost by accident."""

from playwright.sync_api import (
    expect,
)

from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.browser.tab import each_load


def test_copying_is_seen_on_the_button_and_heard(settings: Settings, organization: Organization) -> None:
    settings.page.set_viewport_size({"width": 320, "height": 640})
    settings.enter(organization.admin_key)
    secret = settings.create("Billing agent")
    region = settings.dialog.locator("[data-secret] .copyable").first.get_by_role("status")
    region.evaluate("""region => {
        window.heard = [];
        new MutationObserver(() => window.heard.push(region.textContent)).observe(region, {childList: true});
    }""")
    button = settings.button("Copy secret")
    button.scroll_into_view_if_needed()
    place = settings.dialog.locator("[data-copy]").first
    before = place.bounding_box()
    for _ in range(2):
        place.click()
        expect(settings.button("✓ Copied")).to_be_in_viewport()
        assert place.bounding_box() == before
        expect(region).to_have_text("Secret copied.")
    assert settings.clipboard() == secret
    settings.pass_time(2000)
    expect(button).to_be_visible()
    expect(region).to_be_empty()
    assert settings.page.evaluate("window.heard") == ["Secret copied.", "", "Secret copied.", ""]


def test_the_secret_is_selected_when_copying_is_forbidden(
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
    for _ in range(4):  # browsers let a second Escape through, even if the page prevents it
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
