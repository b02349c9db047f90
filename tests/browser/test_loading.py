"""Loading the page: few bytes, and no failure that lasts."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.organization import Organization
from tests.browser.settings import DOORS, Settings, answer
from tests.browser.tab import Tab
from tests.e2e.conftest import Gateway


def test_a_first_visit_takes_two_requests_and_a_signed_in_visit_four(
    settings: Settings, organization: Organization, tab: Tab
) -> None:
    settings.open()
    expect(settings.key_field).to_be_visible()
    doors = settings.url.removesuffix("/api") + "/session"
    assert tab.asked_for == [settings.url, doors]

    tab.requests.clear()
    settings.enter(organization.admin_key)
    who, listed = tab.asked_for[2:]
    assert tab.asked_for[:2] == [settings.url, doors]
    assert who.endswith("/api/keys/session")
    assert "/api/keys?" in listed


def test_the_page_weighs_less_than_64_kb_over_the_wire_and_next_to_nothing_again(
    browser: Browser, gateway: Gateway, record_property: Callable[[str, object], None]
) -> None:
    context = browser.new_context()  # which has loaded nothing yet
    settings = Settings(context.new_page(), gateway.url)
    received: list[int] = []
    wire = context.new_cdp_session(settings.page)
    wire.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    wire.send("Network.enable")
    settings.open()
    expect(settings.key_field).to_be_visible()
    first = sum(received)
    settings.page.goto("about:blank")
    settings.open()
    expect(settings.key_field).to_be_visible()
    again = sum(received) - first
    context.close()
    record_property("figure", f"settings page over the wire: {first:,} bytes, at the next load {again:,}")
    assert 20_000 < first < 64_000
    assert again < 2_000


@pytest.mark.parametrize("status", [429, 503])
def test_the_page_retries_while_the_api_is_busy_and_then_offers_to_reload(
    settings: Settings, status: int
) -> None:
    settings.page.route(DOORS, answer(status, "Too many calls. Wait a moment, then try again."), times=3)
    settings.open()
    expect(settings.key_field).to_be_visible()

    settings.page.route(DOORS, answer(status, "Too many calls. Wait a moment, then try again."), times=4)
    settings.page.reload()
    expect(settings.page.get_by_role("alert").filter(has_text="Too many calls.")).to_be_visible()
    expect(settings.button("Reload")).to_be_focused()
    settings.button("Reload").click()
    expect(settings.key_field).to_be_visible()
    expect(settings.page.locator("#loading")).to_be_hidden()


def test_the_heading_stays_where_it_is_from_the_first_moment_on(
    settings: Settings, organization: Organization
) -> None:
    settings.enter(organization.admin_key)
    place = corner(settings)
    held = settings.hold(DOORS)
    settings.page.reload()
    expect(settings.heading).to_be_visible()
    assert corner(settings) == place
    held[0].continue_()
    expect(settings.row("Admin")).to_be_visible()
    assert corner(settings) == place


def corner(settings: Settings) -> tuple[float, float]:
    """Where the heading begins."""
    box = settings.heading.bounding_box()
    assert box
    return box["x"], box["y"]


def test_an_extra_slash_leads_back_to_the_page(settings: Settings) -> None:
    settings.page.goto(settings.url + "/")
    assert settings.page.url == settings.url
