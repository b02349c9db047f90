"""A long list comes page by page, and a page that cannot be read can be asked for again."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import LIST, Settings


def read_to_the_end(settings: Settings) -> None:
    while settings.button("Show older keys").is_visible():
        before = settings.rows.count()
        settings.button("Show older keys").click()
        expect(settings.rows.nth(before)).to_be_attached()
        expect(settings.page.locator("#list")).to_have_attribute("aria-busy", "false")


def test_older_keys_come_page_by_page(three_pages: Settings) -> None:
    for count in (200, 251):
        three_pages.button("Show older keys").click()
        expect(three_pages.rows).to_have_count(count)
    expect(three_pages.count).to_have_text("251 keys")
    expect(three_pages.button("Show older keys")).to_be_hidden()
    names = three_pages.names.all_text_contents()
    assert names == ["Admin", *(f"Worker {number:04}" for number in range(250))]


def test_a_page_of_nothing_but_revoked_keys_does_not_end_the_list(
    settings: Settings, organization: Organization
) -> None:
    settings.page.route(
        re.compile(r"/api/keys\?(?!.*cursor)"),
        lambda route: route.fulfill(json={"keys": [], "next_cursor": first_page(organization)}),
    )
    organization.add("The oldest", age=timedelta(days=9))
    settings.enter(organization.admin_key)
    expect(settings.row("The oldest")).to_be_visible()


def first_page(organization: Organization) -> str:
    """A cursor after the newest key."""
    cursor: str = organization.api.admin("GET", "/api/keys?limit=1").json()["next_cursor"]
    return cursor


def test_a_switch_that_failed_says_so_and_is_tried_again(
    three_pages: Settings, organization: Organization
) -> None:
    organization.revoke(organization.add("Gone", age=timedelta(minutes=1)))
    read_to_the_end(three_pages)
    three_pages.page.route(LIST, lambda route: route.abort())
    three_pages.show_revoked()
    expect(three_pages.failure).to_contain_text("The revoked keys could not be read.")
    expect(three_pages.count).to_have_text("251 keys, as read before")
    three_pages.page.unroute(LIST)
    three_pages.button("Try again").click()
    expect(three_pages.row("Gone")).to_be_visible()
    expect(three_pages.count).to_have_text("252 keys")


def test_trying_again_shows_a_key_that_was_created_in_the_meantime(
    three_pages: Settings, organization: Organization
) -> None:
    three_pages.button("Show older keys").click()
    expect(three_pages.rows).to_have_count(200)
    organization.add("Created elsewhere", age=timedelta(0))
    three_pages.page.route(LIST, lambda route: route.abort())
    three_pages.button("Refresh").click()
    expect(three_pages.failure).to_contain_text("The list could not be read.")
    expect(three_pages.count).to_have_text("200 keys, as read before")
    three_pages.page.unroute(LIST)
    three_pages.button("Try again").click()
    expect(three_pages.row("Created elsewhere")).to_be_visible()
