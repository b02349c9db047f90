"""Three hundred keys: sorted, chosen, revoked at once, and saved as a table."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import ONE_KEY, Settings, answer


def test_the_list_is_sorted_by_its_headers(settings: Settings, organization: Organization) -> None:
    organization.add("Beta 10", age=timedelta(days=3), used=timedelta(days=1))
    organization.add("beta 9", age=timedelta(days=2), used=timedelta(hours=1))
    organization.add("Alpha", age=timedelta(days=1))
    settings.enter(organization.admin_key)

    def expect_order(header: str, sort: str, *names: str) -> None:
        settings.button(header).click()
        expect(settings.names).to_have_text(names)
        expect(settings.page.get_by_role("columnheader", name=header)).to_have_attribute("aria-sort", sort)

    expect_order("Name", "ascending", "Admin", "Alpha", "beta 9", "Beta 10")
    expect_order("Name", "descending", "Beta 10", "beta 9", "Alpha", "Admin")
    expect_order("Last used", "descending", "beta 9", "Beta 10", "Admin", "Alpha")
    expect_order("Created", "descending", "Admin", "Alpha", "beta 9", "Beta 10")
    expect_order("Created", "ascending", "Beta 10", "beta 9", "Alpha", "Admin")
    # A row that moves keeps the focus that is in it.
    settings.row("beta 9").get_by_role("link").focus()
    organization.use(organization.active("Alpha")[0], timedelta(minutes=1))
    settings.press_unseen("Last used")
    settings.press_unseen("Refresh")
    expect(settings.names).to_have_text(["Alpha", "beta 9", "Beta 10", "Admin"])
    expect(settings.row("beta 9").get_by_role("link")).to_be_focused()


def test_the_saved_table_contains_every_page(three_pages: Settings, tmp_path: Path) -> None:
    assert len(three_pages.download_table(tmp_path)) == 251
    three_pages.page.route(re.compile(r"/api/keys\?"), answer(503, "The key store cannot be reached."))
    three_pages.button("Download as CSV").click()
    expect(
        three_pages.page.get_by_text("The table could not be read. The key store cannot be")
    ).to_be_visible()


def test_the_saved_table_contains_the_rows_that_are_shown(
    settings: Settings, organization: Organization, tmp_path: Path
) -> None:
    described = 'Says "key_000000000000", and more.'
    for name, used in (("Night run", None), ("Night run 2", timedelta(hours=1)), ("Day run", None)):
        key = organization.add(name, used=used)
        organization.api.admin("PATCH", f"/api/keys/{key.id}", json={"description": described})
    settings.enter(organization.admin_key)
    settings.search.fill("night")
    expect(settings.rows).to_have_count(2)
    rows = settings.download_table(tmp_path)
    assert [(row["name"], row["description"]) for row in rows] == [
        ("Night run", described),
        ("Night run 2", described),
    ]
    settings.choose("Unused", "Never used")
    assert [row["name"] for row in settings.download_table(tmp_path)] == ["Night run"]


def test_the_saved_table_waits_for_the_keys_that_are_still_read(
    settings: Settings, organization: Organization, tmp_path: Path
) -> None:
    organization.add_many(150, name="Night{:04}")
    settings.enter(organization.admin_key)
    older = re.compile("include_revoked=.*cursor=")
    held = settings.hold(older)
    with settings.page.expect_request(older):
        settings.search.fill("night01")
    with settings.page.expect_download() as saved:
        settings.button("Download as CSV").click()
        held[0].continue_()
    saved.value.save_as(tmp_path / "keys.csv")
    assert (tmp_path / "keys.csv").read_text("utf-8").count("Night01") == 50


def test_chosen_keys_are_revoked_at_once_and_stay_in_place(
    settings: Settings, organization: Organization
) -> None:
    kept, *others = [organization.add(f"Worker {number}") for number in range(6)]
    settings.enter(organization.admin_key)
    expect(settings.row("Admin").get_by_role("checkbox")).to_be_disabled()
    settings.page.get_by_label("Select all keys that are shown").check()
    settings.row("Worker 0").get_by_role("checkbox").uncheck()
    expect(settings.page.get_by_text("5 keys selected")).to_be_visible()
    settings.button("Revoke…").click()
    expect(settings.dialog.get_by_role("listitem")).to_have_count(5)

    organization.use(others[0], timedelta(minutes=1))
    settings.page.keyboard.press("Escape")
    settings.button("Revoke…").click()
    expect(settings.dialog).to_contain_text("1 of them was used within the last 7 days.")
    expect(settings.dialog.get_by_role("listitem").first).to_contain_text("1 minute ago")
    settings.button("Revoke keys").click()
    expect(settings.page.get_by_text("This is not the number of keys.")).to_be_visible()

    failing = f"**/{others[2].id}"
    settings.page.route(failing, answer(409, "Not now."))
    settings.page.get_by_label("Type 5 to confirm").fill("5")
    settings.button("Revoke keys").click()
    expect(settings.alert).to_have_text("4 keys revoked. The others were not: Not now.")
    settings.page.unroute(failing)
    settings.page.get_by_label("Type 1 to confirm").fill("1")
    settings.button("Revoke keys").click()
    expect(settings.notice).to_have_text("Revoked 1 key. New calls with them are refused.")
    for worker in others:
        expect(settings.row(worker.name)).to_contain_text("Revoked just now")
        assert organization.api.status(organization.secret(worker)) == 401
    assert organization.api.status(organization.secret(kept)) == 200
    expect(settings.page.locator("#chosen")).to_be_hidden()
    settings.button("Refresh").click()
    expect(settings.rows).to_have_count(2)


@pytest.mark.parametrize("way", ["revoke", "refresh", "show revoked"])
def test_the_position_in_a_long_list_is_kept(
    three_pages: Settings, organization: Organization, way: str
) -> None:
    three_pages.button("Show older keys").click()
    expect(three_pages.rows).to_have_count(200)
    organization.revoke(organization.add("Gone", age=timedelta(days=1)))
    row = three_pages.row("Worker 0150")
    row.scroll_into_view_if_needed()
    before = row.evaluate("e => e.getBoundingClientRect().top")
    if way == "revoke":
        row.get_by_role("button", name="Revoke").click()
        three_pages.button("Revoke key").click()
        expect(row).to_contain_text("Revoked just now")
        expect(three_pages.row("Worker 0151").get_by_role("link")).to_be_focused()
        expect(three_pages.rows).to_have_count(200)
    elif way == "refresh":
        organization.add("New", age=timedelta(0))
        three_pages.press_unseen("Refresh")
        expect(three_pages.row("New")).to_be_attached()
        assert three_pages.rows.count() >= 200
    else:
        three_pages.page.get_by_label("State", exact=True).evaluate(
            "e => { e.value = 'all'; e.dispatchEvent(new Event('change')); }"
        )
        expect(three_pages.row("Gone")).to_be_attached()
        assert three_pages.rows.count() >= 200
    after = row.evaluate("e => e.getBoundingClientRect().top")
    # The next row is brought into view; less than a screen.
    assert abs(after - before) < 400


def test_a_revocation_is_retried_when_the_api_is_busy(settings: Settings, organization: Organization) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    with settings.page.expect_response(ONE_KEY):
        settings.act("Revoke", "Billing agent")
    settings.page.route(ONE_KEY, answer(429, "Too many calls."), times=3)
    settings.button("Revoke key").click()
    expect(settings.row("Billing agent")).to_contain_text("Revoked just now")
    assert organization.api.status(organization.secret(key)) == 401
