"""Signing in and out, in one tab and in several."""

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.organization import Organization
from tests.browser.settings import ONE_KEY, Settings
from tests.browser.tab import each_load
from tests.e2e.conftest import Gateway

WRONG = "sk_live_copia_" + "0" * 61


def test_a_key_that_may_manage_keys_opens_the_list(settings: Settings, organization: Organization) -> None:
    settings.sign_in(organization.secret(organization.add("Pipeline", "keys")))
    expect(settings.row("Pipeline")).to_contain_text("you")
    expect(settings.who).to_contain_text(f"{organization.id} · Pipeline")
    expect(settings.heading).to_be_focused()


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("", "Paste a key."),
        ("sk_live_copia_", "This is not a whole key"),
        ("sk_live_copia_" + "a" * 60, "This is not a whole key"),
        (WRONG, "This key was refused."),
    ],
)
def test_a_key_that_is_none_is_refused_beside_the_field(settings: Settings, key: str, text: str) -> None:
    settings.open()
    settings.submit_key(key)
    expect(settings.sign_in_error).to_contain_text(text)
    expect(settings.key_field).to_be_focused()
    expect(settings.key_field).to_have_attribute("aria-invalid", "true")
    assert not settings.is_remembered()


def test_a_key_without_the_scope_keys_is_told_so(settings: Settings, organization: Organization) -> None:
    settings.open()
    settings.submit_key(organization.secret(organization.add("Runtime", "runtime")))
    expect(settings.sign_in_error).to_contain_text('lacks the scope "keys"')


def test_a_key_with_spaces_around_it_is_taken(settings: Settings, organization: Organization) -> None:
    settings.sign_in(f"  {organization.admin_key}\t")


def test_an_unreachable_api_is_told_and_the_key_stays_in_the_field(
    settings: Settings, organization: Organization, context: BrowserContext
) -> None:
    settings.open()
    context.set_offline(True)
    settings.submit_key(organization.admin_key)
    expect(settings.sign_in_error).to_have_text("You are offline.")
    context.set_offline(False)
    settings.button("Sign in").click()
    expect(settings.heading).to_be_visible()


def test_a_reload_stays_signed_in(settings: Settings, organization: Organization) -> None:
    settings.sign_in(organization.admin_key)
    settings.page.reload()
    expect(settings.row("Admin")).to_be_visible()


@pytest.mark.usefixtures("signed_in")
def test_another_tab_is_not_signed_in(context: BrowserContext, gateway: Gateway) -> None:
    other = Settings(context.new_page(), gateway.url)
    other.open()
    expect(other.key_field).to_be_visible()


def copy_of(tab: Settings, url: str) -> Settings:
    """A tab that was opened from `tab`, which gives it a copy of what it holds."""
    with tab.page.expect_popup() as opened:
        tab.page.evaluate("window.open(location.href)")
    copy = Settings(opened.value, url)
    expect(copy.heading).to_be_visible()
    return copy


def test_signing_out_signs_out_the_tabs_that_were_opened_from_this_one(
    signed_in: Settings, gateway: Gateway
) -> None:
    copy = copy_of(signed_in, gateway.url)
    signed_in.button("Sign out").click()
    expect(copy.key_field).to_be_visible()
    assert not copy.is_remembered()


def test_signing_out_leaves_a_tab_with_another_key_alone(
    signed_in: Settings, organization: Organization, gateway: Gateway
) -> None:
    copy = copy_of(signed_in, gateway.url)
    copy.button("Sign out").click()
    expect(signed_in.key_field).to_be_visible()
    copy.sign_in(organization.secret(organization.add("Pipeline", "keys")))
    signed_in.sign_in(organization.admin_key)
    signed_in.button("Sign out").click()
    expect(signed_in.key_field).to_be_visible()
    copy.page.reload()
    expect(copy.row("Pipeline")).to_be_visible()


def test_a_failed_sign_in_ends_no_other_tabs_session(
    signed_in: Settings, organization: Organization, context: BrowserContext, gateway: Gateway
) -> None:
    other = Settings(context.new_page(), gateway.url)
    other.page.route(ONE_KEY, lambda route: route.fulfill(status=503, json={"error": "Later."}))
    other.open()
    other.submit_key(organization.admin_key)
    expect(other.sign_in_error).to_have_text("Later.")
    mistyped = organization.admin_key[:-1] + ("0" if organization.admin_key[-1] != "0" else "1")
    other.page.unroute(ONE_KEY)
    other.submit_key(mistyped)
    expect(other.sign_in_error).to_contain_text("This key was refused.")
    # What the tabs tell each other arrives in order, so what might have been told before this has been heard.
    signed_in.page.evaluate("""() => {
        const channel = new BroadcastChannel("settings-sign-out");
        window.told = new Promise((resolve) => channel.addEventListener("message", resolve));
    }""")
    other.page.evaluate('new BroadcastChannel("settings-sign-out").postMessage("the last word")')
    signed_in.page.evaluate("told.then(() => true)")
    expect(signed_in.row("Admin")).to_be_visible()


def test_where_storage_is_blocked_the_page_works_until_it_is_left(
    settings: Settings, organization: Organization
) -> None:
    blocked = "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no') } })"
    with each_load(settings.page, blocked):
        settings.page.goto(settings.url)
        settings.submit_key(organization.admin_key)
        expect(settings.row("Admin")).to_be_visible()
        settings.page.reload()
        expect(settings.key_field).to_be_visible()


def test_signing_out_forgets_the_key_and_the_list(signed_in: Settings, organization: Organization) -> None:
    signed_in.button("Sign out").click()
    expect(signed_in.key_field).to_be_focused()
    expect(signed_in.rows).to_have_count(0)
    assert not signed_in.is_remembered()
    assert organization.admin_key not in signed_in.page.content()
    signed_in.page.reload()
    expect(signed_in.key_field).to_be_visible()


def test_the_key_is_in_no_address_cookie_or_lasting_storage(
    settings: Settings, organization: Organization, context: BrowserContext
) -> None:
    settings.open()
    before = settings.page.evaluate("history.length")
    settings.submit_key(organization.admin_key)
    expect(settings.row("Admin")).to_be_visible()
    assert context.cookies() == []
    assert settings.page.evaluate("[localStorage.length, history.length]") == [0, before]
    assert organization.admin_key not in settings.page.url
    assert settings.page.locator("#sign-in-key").input_value() == ""


def test_a_key_that_was_revoked_meanwhile_leads_back_to_the_way_in(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Pipeline", "keys")
    settings.enter(organization.secret(key))
    organization.revoke(key)
    settings.page.reload()
    expect(settings.why_signed_out).to_contain_text("Your key was refused")
    expect(settings.key_field).to_be_focused()


def test_the_page_works_below_a_stage(
    settings: Settings, organization: Organization, gateway: Gateway
) -> None:
    staged = Settings(settings.page, f"{gateway.url}/live")

    def unstaged(url: str) -> str:
        return url.replace(f"{gateway.url}/live/", f"{gateway.url}/")

    settings.page.route(
        f"{gateway.url}/**",
        lambda route: (
            route.fulfill(response=route.fetch(url=unstaged(route.request.url)))
            if "/live/" in route.request.url
            else route.abort()
        ),
    )
    staged.sign_in(organization.admin_key)
    expect(staged.page.locator("#base")).to_have_text(f"{gateway.url}/live")
    staged.create("Below a stage")
    staged.page.get_by_text("Try it with curl").click()
    expect(staged.page.get_by_role("region", name="curl command")).to_contain_text(
        f"curl {gateway.url}/live/api/runtime/capabilities"
    )
