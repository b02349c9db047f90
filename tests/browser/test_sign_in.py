"""Signing in and out, in one tab and in several."""

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from apikeys.cookie import COOKIE
from tests.browser.organization import Organization
from tests.browser.settings import DOORS, SESSION, Settings
from tests.browser.tab import each_load
from tests.e2e.conftest import Gateway

WRONG = "sk_live_copia_" + "0" * 61


def test_a_key_that_may_manage_keys_opens_the_list(settings: Settings, organization: Organization) -> None:
    settings.sign_in(organization.secret(organization.add("Pipeline", "keys")))
    expect(settings.row("Pipeline")).to_contain_text("you")
    expect(settings.who).to_contain_text(f"{organization.id} · Pipeline")
    expect(settings.heading).to_be_focused()


def test_an_invalid_key_is_rejected_next_to_the_field(settings: Settings) -> None:
    settings.open()
    for key, text in (
        ("", "Paste a key."),
        ("sk_live_copia_", "This is not a whole key"),
        ("sk_live_copia_" + "a" * 60, "This is not a whole key"),
        (WRONG, "This key was refused."),
    ):
        settings.submit_key(key)
        expect(settings.sign_in_error).to_contain_text(text)
        expect(settings.key_field).to_be_focused()
        expect(settings.key_field).to_have_attribute("aria-invalid", "true")
    assert not settings.is_remembered()


def test_a_key_without_the_scope_keys_sees_that_it_is_missing(
    settings: Settings, organization: Organization
) -> None:
    settings.open()
    settings.submit_key(organization.secret(organization.add("Runtime", "runtime")))
    expect(settings.sign_in_error).to_contain_text('lacks the scope "keys"')


def test_an_unreachable_api_is_reported_and_the_key_stays_in_the_field(
    settings: Settings, organization: Organization, context: BrowserContext
) -> None:
    settings.open()
    context.set_offline(True)
    settings.submit_key(organization.admin_key)
    expect(settings.sign_in_error).to_have_text("You are offline. Nothing was sent.")
    context.set_offline(False)
    settings.button("Sign in").click()
    expect(settings.heading).to_be_visible()


def test_a_reload_stays_signed_in(settings: Settings, organization: Organization) -> None:
    settings.sign_in(organization.admin_key)
    settings.page.reload()
    expect(settings.row("Admin")).to_be_visible()


def another_tab(context: BrowserContext, gateway: Gateway) -> Settings:
    """The page in a second tab of the same browser."""
    other = Settings(context.new_page(), gateway.url)
    other.page.goto(other.url)
    return other


def test_signing_out_ends_the_session_in_every_tab(
    signed_in: Settings, context: BrowserContext, gateway: Gateway
) -> None:
    other = another_tab(context, gateway)
    expect(other.row("Admin")).to_be_visible()
    signed_in.button("Sign out").click()
    for tab in (signed_in, other):
        expect(tab.key_field).to_be_visible()
        expect(tab.why_signed_out).to_be_hidden()
        expect(tab.rows).to_have_count(0)
    assert not signed_in.is_remembered()


def test_a_tab_never_acts_in_the_session_that_another_tab_opened_since(
    signed_in: Settings, organization: Organization, context: BrowserContext, gateway: Gateway
) -> None:
    other = another_tab(context, gateway)
    expect(other.who).to_contain_text("Admin")
    other.sign_in(organization.secret(organization.add("Pipeline", "keys")))
    signed_in.start_creating("Billing agent")
    signed_in.button("Create key").click()
    expect(signed_in.why_signed_out).to_contain_text("you signed in as somebody else in another tab")
    assert organization.active("Billing agent") == []
    other.button("Refresh").click()
    expect(other.who).to_contain_text("Pipeline")


def test_a_failed_sign_in_ends_no_other_tabs_session(
    signed_in: Settings, context: BrowserContext, gateway: Gateway
) -> None:
    other = another_tab(context, gateway)
    other.page.route(DOORS, closed)
    other.page.reload()
    other.submit_key(WRONG)
    expect(other.sign_in_error).to_contain_text("This key was refused.")
    signed_in.button("Refresh").click()
    expect(signed_in.row("Admin")).to_be_visible()


def closed(route: Route) -> None:
    """The ways to sign in, as the API names them to a browser without a session."""
    if route.request.method == "GET":
        route.fulfill(json={"doors": ["key"], "signed_in": False})
    else:
        route.fallback()


def test_a_key_opens_the_page_even_where_storage_is_blocked(
    settings: Settings, organization: Organization
) -> None:
    blocked = "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('no') } })"
    with each_load(settings.page, blocked):
        settings.sign_in(organization.admin_key)
        settings.page.reload()
        expect(settings.row("Admin")).to_be_visible()


def test_signing_out_ends_the_session_and_forgets_the_list(
    signed_in: Settings, organization: Organization
) -> None:
    [cookie] = signed_in.page.context.cookies()
    signed_in.button("Sign out").click()
    expect(signed_in.key_field).to_be_focused()
    expect(signed_in.rows).to_have_count(0)
    assert not signed_in.is_remembered()
    assert organization.session_status(cookie["value"]) == 401
    signed_in.page.reload()
    expect(signed_in.key_field).to_be_visible()


def test_a_sign_out_that_does_not_reach_the_api_is_reported(signed_in: Settings) -> None:
    signed_in.page.route(SESSION, lambda route: route.abort())
    signed_in.button("Sign out").click()
    expect(signed_in.notice).to_have_text("You are still signed in. The connection to the API broke.")
    expect(signed_in.row("Admin")).to_be_visible()
    signed_in.page.unroute(SESSION)
    signed_in.button("Sign out").click()
    expect(signed_in.key_field).to_be_visible()


def test_the_key_is_in_no_address_and_no_storage_and_the_cookie_is_for_no_script(
    settings: Settings, organization: Organization, context: BrowserContext
) -> None:
    settings.open()
    before = settings.page.evaluate("history.length")
    settings.submit_key(organization.admin_key)
    expect(settings.row("Admin")).to_be_visible()
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"]) == (COOKIE, True, True)
    assert (cookie["sameSite"], cookie["path"], cookie["expires"]) == ("Strict", "/", -1)
    assert settings.page.evaluate(
        "[localStorage.length, sessionStorage.length, document.cookie, history.length]"
    ) == [0, 0, "", before]
    assert organization.admin_key not in settings.page.url
    assert settings.page.locator("#sign-in-key").input_value() == ""


@pytest.mark.parametrize("around", ['Authorization: Bearer "{}"', "x-api-key='{}',\n"])
def test_a_key_is_found_in_what_was_pasted_around_it(
    settings: Settings, organization: Organization, around: str
) -> None:
    settings.sign_in(around.format(organization.admin_key))


def test_a_session_whose_key_was_revoked_in_the_meantime_leads_back_to_sign_in(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Pipeline", "keys")
    settings.enter(organization.secret(key))
    organization.revoke(key)
    settings.button("Refresh").click()
    expect(settings.why_signed_out).to_contain_text("You were signed out: your session ended")
    expect(settings.key_field).to_be_focused()
    settings.page.reload()
    expect(settings.key_field).to_be_visible()
    expect(settings.why_signed_out).to_be_hidden()


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
    staged.page.get_by_role("tab", name="curl").click()
    expect(staged.page.get_by_role("region", name="curl, step 2")).to_contain_text(
        f"curl {gateway.url}/live/api/runtime/capabilities"
    )
