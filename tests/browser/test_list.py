import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Route, expect

from apikeys.key import IAM, Key, timestamp
from tests.browser.conftest import Organization
from tests.browser.settings import Settings


def test_a_row_tells_what_a_key_is(settings: Settings, organization: Organization) -> None:
    key = organization.add(
        "Billing agent", "runtime", "keys", age=timedelta(days=3), used=timedelta(minutes=5)
    )
    settings.sign_in(organization.api.admin_key)
    row = settings.row("Billing agent")
    for text in (key.hint, "runtime", "keys", "3 days ago", "by an operator", "5 minutes ago", "Active"):
        expect(row).to_contain_text(text)
    created = row.locator("time").first
    expect(created).to_have_attribute("datetime", key.created_at)
    assert key.created_at[:4] in (created.get_attribute("title") or "")
    assert "mono" in row.locator(".hint").evaluate("element => getComputedStyle(element).fontFamily")


def test_a_key_without_recorded_use_is_not_called_unused(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Quiet")
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("Quiet")).to_contain_text("no use recorded")


def test_the_author_of_a_key_is_named(settings: Settings, organization: Organization) -> None:
    pipeline = organization.api.create("keys", name="Pipeline")
    organization.api.call(
        "POST", "/api/keys", pipeline["secret"], json={"name": "Made by the pipeline", "scopes": ["runtime"]}
    )
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("Made by the pipeline")).to_contain_text("by Pipeline")
    expect(settings.row("Pipeline")).to_contain_text("by you")
    expect(settings.row("Admin")).to_contain_text("by an operator")


def test_the_newest_key_comes_first(settings: Settings, organization: Organization) -> None:
    for days in (20, 10, 30):
        organization.add(f"{days} days", age=timedelta(days=days))
    settings.sign_in(organization.api.admin_key)
    assert settings.rows.locator("td .name").all_inner_texts() == ["Admin", "10 days", "20 days", "30 days"]


def test_revoked_keys_are_behind_a_switch(settings: Settings, organization: Organization) -> None:
    organization.api.revoke(organization.add("Gone").id)
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("Gone")).to_have_count(0)
    switch = settings.page.get_by_role("switch", name="Show revoked")
    switch.check()
    expect(settings.row("Gone")).to_contain_text("Revoked")
    expect(settings.row("Gone").get_by_role("button")).to_have_count(0)
    switch.uncheck()
    expect(settings.row("Gone")).to_have_count(0)


def test_an_organization_without_other_keys_is_told_what_a_key_is_for(
    settings: Settings, organization: Organization
) -> None:
    settings.sign_in(organization.api.admin_key)
    empty = settings.page.locator("#empty")
    expect(empty).to_contain_text("Create a key for your first client")
    empty.get_by_role("button", name="Create API key").click()
    expect(settings.dialog).to_be_visible()
    settings.page.keyboard.press("Escape")
    settings.create("First client")
    settings.copy_and_close()
    expect(empty).to_be_hidden()


@pytest.mark.parametrize("text", ["billing", "BILLING prod", "Straße", "店舗", "\uff22illing"])
def test_a_search_finds_names(settings: Settings, organization: Organization, text: str) -> None:
    organization.add("Billing agent, production / Straße / 店舗")
    organization.add("Another")
    settings.sign_in(organization.api.admin_key)
    settings.search.fill(text)
    expect(settings.rows).to_have_count(1)
    expect(settings.rows).to_contain_text("Billing agent")
    expect(settings.count).to_have_text("1 of 3 keys")


def test_a_search_finds_hints_and_ids(settings: Settings, organization: Organization) -> None:
    key = organization.add("By its hint")
    settings.sign_in(organization.api.admin_key)
    for text in (key.hint, key.hint[-4:], key.id):
        settings.search.fill(text)
        expect(settings.rows).to_have_count(1)
        expect(settings.rows).to_contain_text("By its hint")


def test_a_search_without_a_match_says_so(signed_in: Settings) -> None:
    signed_in.search.fill("nothing like this")
    expect(signed_in.page.get_by_text("No key\u2019s name or hint holds this.")).to_be_visible()
    expect(signed_in.count).to_have_text("0 of 1 key")
    signed_in.search.fill("")
    expect(signed_in.row("Admin")).to_be_visible()


def test_a_thousand_keys_come_page_by_page_or_by_search(
    settings: Settings, organization: Organization
) -> None:
    # From here, as the API would answer them: the embedded store needs seconds for every page of so many.
    now = datetime.now(UTC)
    records = [
        Key(
            id=f"key_{number:012}",
            name=f"Worker {number:04}",
            organization_id=organization.id,
            scopes=("runtime",),
            hint=f"sk_live_copia_0000…{number:04}",
            created_at=timestamp(now - timedelta(seconds=number)),
            created_by=IAM,
        ).record()
        for number in range(1000)
    ]

    def page(route: Route) -> None:
        query = parse_qs(urlsplit(route.request.url).query)
        start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
        after = start + limit
        cursor = str(after) if after < len(records) else None
        route.fulfill(json={"keys": records[start:after], "next_cursor": cursor})

    settings.page.route("**/api/keys?*", page)
    settings.sign_in(organization.api.admin_key)
    expect(settings.count).to_have_text("The newest 100 keys")
    expect(settings.rows).to_have_count(100)

    settings.button("Show older keys").click()
    expect(settings.rows).to_have_count(200)

    settings.search.fill("worker 0999")
    expect(settings.row("Worker 0999")).to_be_visible()
    expect(settings.count).to_have_text("1 of 1000 keys")

    settings.search.fill("")
    expect(settings.rows).to_have_count(1000)
    expect(settings.button("Show older keys")).to_be_hidden()
    names = settings.rows.locator("td .name").all_inner_texts()
    assert names == [f"Worker {number:04}" for number in range(1000)]


def test_a_page_of_nothing_but_revoked_keys_does_not_end_the_list(
    settings: Settings, organization: Organization
) -> None:
    settings.page.route(
        re.compile(r"/api/keys\?(?!.*cursor)"),
        lambda route: route.fulfill(json={"keys": [], "next_cursor": first_page(organization)}),
    )
    organization.add("The oldest", age=timedelta(days=9))
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("The oldest")).to_be_visible()


def first_page(organization: Organization) -> str:
    """A cursor after the newest key."""
    cursor: str = organization.api.admin("GET", "/api/keys?limit=1").json()["next_cursor"]
    return cursor


def test_a_search_that_was_interrupted_goes_on(settings: Settings, organization: Organization) -> None:
    for number in range(250):
        organization.add(f"Worker {number:04}", age=timedelta(days=2, seconds=number))
    settings.sign_in(organization.api.admin_key)
    settings.page.route("**/api/keys?*", lambda route: route.abort())
    settings.search.fill("worker 0249")
    expect(settings.page.locator("#failed-reason")).to_contain_text("The list could not be read.")
    expect(settings.page.locator("#no-match")).to_be_hidden()
    settings.page.unroute("**/api/keys?*")
    settings.button("Try again").click()
    expect(settings.row("Worker 0249")).to_be_visible()
