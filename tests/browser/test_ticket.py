"""A link with a ticket: it signs one person in, once, and leaves no trace."""

import re

from playwright.sync_api import BrowserContext, expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.browser.tab import Tab
from tests.browser.test_secret_is_nowhere import EVERYTHING
from tests.e2e.conftest import Gateway
from tests.e2e.people import ticket


def follow(settings: Settings, text: str) -> None:
    settings.page.goto(f"{settings.url}#ticket={text}")


def test_a_ticket_signs_a_person_in_under_their_name(
    settings: Settings, organization: Organization, gateway: Gateway
) -> None:
    follow(settings, ticket(gateway, organization.id, "ada", role="admin"))
    expect(settings.heading).to_be_focused()
    expect(settings.who).to_contain_text(re.compile("Acme · Ada admin"))
    settings.create("Billing agent")
    settings.copy_and_close()
    expect(settings.row("Billing agent")).to_contain_text("you")
    [key] = organization.active("Billing agent")
    assert key.created_by == "ada"


def test_the_name_of_a_keys_creator_is_shown_to_others(
    settings: Settings, organization: Organization, gateway: Gateway, context: BrowserContext
) -> None:
    follow(settings, ticket(gateway, organization.id, "ada"))
    settings.create("Billing agent")
    settings.copy_and_close()
    context.clear_cookies()
    settings.page.goto("about:blank")
    follow(settings, ticket(gateway, organization.id, "grace"))
    expect(settings.row("Billing agent")).to_contain_text("Ada")


def test_a_member_sees_whom_to_ask_for_what_only_an_admin_may_do(
    settings: Settings, organization: Organization, gateway: Gateway
) -> None:
    organization.add("Pipeline", "keys")
    follow(settings, ticket(gateway, organization.id, role="member"))
    settings.start_creating("Another pipeline")
    box = settings.page.get_by_role("checkbox", name=re.compile("^Manage keys"))
    expect(box).to_be_disabled()
    expect(box).to_have_accessible_name(re.compile("To give “Manage keys”, ask an admin of Acme"))
    settings.button("Cancel").click()
    row = settings.row("Pipeline")
    expect(row.get_by_role("button")).to_have_count(0)
    ask = "To change or revoke a key with “Manage keys”, ask an admin of Acme."
    expect(row.get_by_role("checkbox", name="Select Pipeline")).to_be_disabled()
    expect(row.get_by_role("checkbox", name="Select Pipeline")).to_have_accessible_description(ask)
    panel = settings.open_key("Pipeline")
    for undone in ("disabled", "revoked", "edited"):
        expect(panel).to_contain_text(f"Cannot be {undone} here. {ask}")
    for action in ("Rotate", "Disable", "Revoke"):
        expect(panel.get_by_role("button", name=action)).to_have_count(0)
    for field in ("Name", "Description"):
        expect(panel.get_by_role("textbox", name=field)).not_to_be_editable()


def test_a_member_who_pastes_what_leaked_of_an_admins_key_sees_whom_to_ask(
    settings: Settings, organization: Organization, gateway: Gateway
) -> None:
    key = organization.add("Pipeline", "keys")
    follow(settings, ticket(gateway, organization.id, role="member"))
    settings.search.fill(organization.secret(key))
    expect(settings.found).to_contain_text(
        "To change or revoke a key with “Manage keys”, ask an admin of Acme."
    )
    expect(settings.found.get_by_role("button")).to_have_count(0)


def test_a_member_selects_all_keys_without_those_of_admins(
    settings: Settings, organization: Organization, gateway: Gateway
) -> None:
    organization.add("Pipeline", "keys")
    organization.add_many(2)
    follow(settings, ticket(gateway, organization.id, role="member"))
    settings.page.get_by_role("checkbox", name="Select all keys that are shown").check()
    expect(settings.page.locator("#chosen-count")).to_have_text("2 keys selected")


def test_a_used_ticket_opens_nothing_and_says_what_to_do(
    settings: Settings, organization: Organization, gateway: Gateway, context: BrowserContext
) -> None:
    text = ticket(gateway, organization.id)
    follow(settings, text)
    expect(settings.who).to_contain_text("Ada")
    context.clear_cookies()
    settings.page.goto("about:blank")
    follow(settings, text)
    expect(settings.why_signed_out).to_have_text(
        "This link was used already, or is too old. Ask for a new one."
    )
    assert not settings.is_remembered()


def test_a_ticket_that_is_followed_in_the_open_page_is_accepted(
    settings: Settings, organization: Organization, gateway: Gateway
) -> None:
    settings.open()
    expect(settings.key_field).to_be_visible()
    with settings.page.expect_navigation():
        settings.page.evaluate(f"location.hash = 'ticket={ticket(gateway, organization.id)}'")
    expect(settings.who).to_contain_text("Ada")


def test_a_ticket_replaces_the_current_session(
    signed_in: Settings, organization: Organization, gateway: Gateway
) -> None:
    signed_in.page.goto("about:blank")
    follow(signed_in, ticket(gateway, organization.id, "grace"))
    expect(signed_in.who).to_contain_text("Grace")


def test_no_session_of_a_browser_with_two_tabs_outlives_the_sign_out(
    settings: Settings, organization: Organization, gateway: Gateway, context: BrowserContext
) -> None:
    follow(settings, ticket(gateway, organization.id, "ada"))
    expect(settings.who).to_contain_text("Ada")
    [first] = context.cookies()
    assert organization.session_status(first["value"]) == 200

    second_tab = Settings(context.new_page(), gateway.url)
    follow(second_tab, ticket(gateway, organization.id, "grace"))
    expect(second_tab.who).to_contain_text("Grace")
    [second] = context.cookies()
    assert organization.session_status(first["value"]) == 401
    assert organization.session_status(second["value"]) == 200

    second_tab.button("Sign out").click()
    expect(second_tab.way_in).to_be_visible()
    assert organization.session_status(first["value"]) == 401
    assert organization.session_status(second["value"]) == 401


def test_a_ticket_is_not_in_any_address_referer_log_or_the_page(
    settings: Settings, organization: Organization, gateway: Gateway, tab: Tab
) -> None:
    # The gateway's output is searched for it as well, when the gateway ends.
    text = ticket(gateway, organization.id)
    follow(settings, text)
    expect(settings.who).to_contain_text("Ada")
    assert settings.page.url == settings.url
    # The browser's own record of the load names the address that was followed. It no longer opens anything.
    assert settings.page.evaluate(EVERYTHING).count(text) == 1
    assert text in settings.page.evaluate("performance.getEntriesByType('navigation')[0].name")
    for request in tab.requests:
        sent = request.all_headers()
        assert not sent.get("referer")
        assert text not in request.url.partition("#")[0] + str(sent)
    assert sum(text in (request.post_data or "") for request in tab.requests) == 1
    settings.page.reload()
    expect(settings.who).to_contain_text("Ada")
