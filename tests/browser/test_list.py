"""What the list shows about each key, and that it is up to date."""

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import LIST, Settings


def test_a_row_shows_what_a_key_is(settings: Settings, organization: Organization) -> None:
    key = organization.add(
        "Billing agent", "runtime", "keys", age=timedelta(days=3), used=timedelta(minutes=5)
    )
    settings.enter(organization.admin_key)
    row = settings.row("Billing agent")
    for text in (key.hint, "Runtime API, Manage keys", "3 days ago", "5 minutes ago"):
        expect(row).to_contain_text(text)
    created = row.locator("[data-slot=created]")
    expect(created).to_have_attribute("datetime", key.created_at)
    assert key.created_at[:4] in (created.get_attribute("title") or "")
    assert "mono" in row.locator(".hint").evaluate("element => getComputedStyle(element).fontFamily")
    # A column that would say the same in each row is left out.
    expect(settings.page.get_by_role("columnheader", name="Scopes")).to_be_visible()
    expect(settings.page.get_by_role("columnheader", name="Created by")).to_be_hidden()


def test_a_laptop_shows_ten_keys_and_more(settings: Settings, organization: Organization) -> None:
    organization.add_many(30, used=lambda number: timedelta(days=number))
    settings.enter(organization.admin_key)
    on_view = settings.rows.evaluate_all(
        "rows => rows.filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert on_view >= 12
    small = settings.page.evaluate(
        """() => [...document.querySelectorAll("button, a, input, select, summary")]
            .filter((one) => one.checkVisibility() && one.type !== "checkbox")
            .map((one) => [one.textContent, one.getBoundingClientRect()])
            .filter(([, box]) => box.width < 24 || box.height < 24).map(([text]) => text)"""
    )
    assert small == []


def test_the_author_of_a_key_is_named(settings: Settings, organization: Organization) -> None:
    pipeline = organization.add("Pipeline", "keys", by=organization.admin.id)
    organization.add("Made by the pipeline", by=pipeline.id)
    settings.enter(organization.admin_key)
    expect(settings.row("Made by the pipeline")).to_contain_text("Pipeline")
    expect(settings.row("Pipeline")).to_contain_text("you")
    expect(settings.row("Admin")).to_contain_text("an operator")


def test_an_author_that_cannot_be_found_is_called_another_key(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Orphan", by="key_000000000000")
    settings.enter(organization.admin_key)
    expect(settings.row("Orphan")).to_contain_text("another key")


def test_relative_times_are_updated_also_in_rows_that_scroll_into_view(
    settings: Settings, organization: Organization
) -> None:
    organization.add_many(90, name="Worker {:02}", used=lambda _: timedelta(minutes=5))
    settings.enter(organization.admin_key)
    expect(settings.row("Worker 00")).to_contain_text("5 minutes ago")
    settings.pass_time(10 * 60_000)
    expect(settings.row("Worker 00")).to_contain_text("15 minutes ago")
    settings.rows.last.scroll_into_view_if_needed()
    expect(settings.row("Worker 89")).to_contain_text("15 minutes ago")


def test_the_newest_key_comes_first(settings: Settings, organization: Organization) -> None:
    for days in (20, 10, 30):
        organization.add(f"{days} days", age=timedelta(days=days))
    settings.enter(organization.admin_key)
    assert settings.names.all_inner_texts() == ["Admin", "10 days", "20 days", "30 days"]


def test_revoked_keys_are_shown_when_they_are_asked_for(
    settings: Settings, organization: Organization
) -> None:
    organization.revoke(organization.add("Gone"))
    settings.enter(organization.admin_key)
    expect(settings.row("Gone")).to_have_count(0)
    settings.show_revoked()
    expect(settings.row("Gone")).to_contain_text("Revoked just now")
    expect(settings.row("Gone").get_by_role("button")).to_have_count(0)
    settings.choose("State", "Not revoked")
    expect(settings.row("Gone")).to_have_count(0)


def test_an_organization_without_other_keys_sees_what_a_key_is_for(
    settings: Settings, organization: Organization
) -> None:
    settings.page.route(LIST, lambda route: route.fulfill(json={"keys": [], "next_cursor": None}))
    settings.enter(organization.admin_key)
    empty = settings.page.locator("#empty")
    expect(empty).to_contain_text("Create a key for your first client")
    empty.get_by_role("button", name="Create API key").click()
    expect(settings.dialog).to_be_visible()
    settings.page.keyboard.press("Escape")
    settings.create("First client")
    settings.copy_and_close()
    expect(empty).to_be_hidden()


def test_the_list_can_be_refreshed(settings: Settings, organization: Organization) -> None:
    gone = organization.add("Gone")
    kept = organization.add("Kept")
    settings.enter(organization.admin_key)
    expect(settings.row("Kept")).to_contain_text("never seen")
    organization.revoke(gone)
    organization.use(kept, timedelta(minutes=7))
    organization.add("New", age=timedelta(0))
    settings.button("Refresh").click()
    expect(settings.row("New")).to_be_visible()
    expect(settings.row("Kept")).to_contain_text("7 minutes ago")
    expect(settings.row("Gone")).to_have_count(0)
    expect(settings.button("Refresh")).to_be_focused()
