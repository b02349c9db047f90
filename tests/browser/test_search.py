"""A search finds keys by name, hint and id, in the whole list."""

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import LIST, Settings


def test_a_search_finds_names(settings: Settings, organization: Organization) -> None:
    organization.add("Billing agent, production / Straße / 店舗")
    organization.add("Another")
    settings.enter(organization.admin_key)
    for text in ("billing", "BILLING prod", "Straße", "店舗", "\uff22illing"):
        settings.search.fill(text)
        expect(settings.rows).to_have_count(1)
        expect(settings.rows).to_contain_text("Billing agent")
        expect(settings.count).to_have_text("1 of 3 keys")


def test_a_search_finds_hints_and_ids(settings: Settings, organization: Organization) -> None:
    key = organization.add("By its hint")
    settings.enter(organization.admin_key)
    for text in (key.hint, key.hint[-4:]):
        settings.search.fill(text)
        expect(settings.rows).to_have_count(1)
        expect(settings.rows).to_contain_text("By its hint")


def test_a_search_without_a_match_says_so(signed_in: Settings) -> None:
    signed_in.search.fill("nothing like this")
    expect(signed_in.page.get_by_text("No key matches.")).to_be_visible()
    expect(signed_in.count).to_have_text("0 of 1 key")
    signed_in.search.fill("")
    expect(signed_in.row("Admin")).to_be_visible()


def test_a_search_reads_the_list_to_its_end(three_pages: Settings) -> None:
    three_pages.search.fill("worker 0249")
    expect(three_pages.row("Worker 0249")).to_be_visible()
    expect(three_pages.count).to_have_text("1 of 251 keys")
    three_pages.search.fill("")
    expect(three_pages.rows).to_have_count(251)


def test_a_search_reads_on_when_revoked_keys_are_asked_for(
    three_pages: Settings, organization: Organization
) -> None:
    organization.revoke(organization.add("The oldest worker", age=timedelta(days=9)))
    three_pages.search.fill("oldest")
    expect(three_pages.count).to_have_text("0 of 251 keys")
    three_pages.show_revoked()
    expect(three_pages.row("The oldest worker")).to_be_visible()
    expect(three_pages.count).to_have_text("1 of 252 keys")


def test_an_interrupted_search_continues(three_pages: Settings) -> None:
    three_pages.page.route(LIST, lambda route: route.abort())
    three_pages.search.fill("worker 0249")
    expect(three_pages.failure).to_contain_text("The list could not be read.")
    expect(three_pages.page.locator("#no-match")).to_be_hidden()
    three_pages.page.unroute(LIST)
    three_pages.button("Try again").click()
    expect(three_pages.row("Worker 0249")).to_be_visible()
