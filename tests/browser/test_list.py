import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Organization
from tests.browser.settings import Settings

LIST = re.compile(r"/api/keys\?")


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


def test_an_author_that_is_not_in_the_list_is_asked_for_once(
    settings: Settings, organization: Organization
) -> None:
    pipeline = organization.api.create("keys", name="Pipeline")
    for name in ("First", "Second"):
        organization.api.call(
            "POST", "/api/keys", pipeline["secret"], json={"name": name, "scopes": ["runtime"]}
        )
    organization.api.revoke(pipeline["id"])
    asked: list[str] = []
    settings.page.on("request", lambda request: asked.append(request.url))
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("First")).to_contain_text("by Pipeline (revoked)")
    expect(settings.row("Second")).to_contain_text("by Pipeline (revoked)")
    settings.button("Refresh").click()
    expect(settings.count).to_have_text("3 keys")
    assert sum(pipeline["id"] in url for url in asked) == 1


def test_an_author_that_cannot_be_found_is_called_another_key(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Orphan", by="key_000000000000")
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("Orphan")).to_contain_text("by another key")


def test_only_the_authors_of_keys_on_view_are_asked_for(
    settings: Settings, organization: Organization
) -> None:
    for number in range(90):
        organization.add(f"Worker {number}", by=f"key_{number:012}", age=timedelta(days=2, seconds=number))
    asked: list[str] = []
    settings.page.on("request", lambda request: asked.append(request.url))
    settings.sign_in(organization.api.admin_key)
    with settings.page.expect_request(lambda request: request.url.endswith("/key_000000000089")):
        assert not any(url.endswith("/key_000000000089") for url in asked)
        settings.rows.last.scroll_into_view_if_needed()


def test_times_grow_older_and_are_right_when_they_come_on_view(
    settings: Settings, organization: Organization
) -> None:
    for number in range(90):
        organization.add(
            f"Worker {number:02}", age=timedelta(days=2, seconds=number), used=timedelta(minutes=5)
        )
    settings.page.clock.install()
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("Worker 00")).to_contain_text("5 minutes ago")
    settings.page.clock.fast_forward(10 * 60_000)
    expect(settings.row("Worker 00")).to_contain_text("15 minutes ago")
    settings.rows.last.scroll_into_view_if_needed()
    expect(settings.row("Worker 89")).to_contain_text("15 minutes ago")


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
    expect(settings.row("Gone")).to_contain_text("Revoked just now")
    expect(settings.row("Gone").get_by_role("button")).to_have_accessible_name("Usage Gone")
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


@pytest.fixture
def three_pages(settings: Settings, organization: Organization) -> Settings:
    """The page, signed in to an organization with 251 keys, the admin's key the newest."""
    for number in range(250):
        organization.add(f"Worker {number:04}", age=timedelta(days=2, seconds=number))
    settings.sign_in(organization.api.admin_key)
    expect(settings.count).to_have_text("The newest 100 keys")
    return settings


def test_older_keys_come_page_by_page(three_pages: Settings) -> None:
    for count in (200, 251):
        three_pages.button("Show older keys").click()
        expect(three_pages.rows).to_have_count(count)
    expect(three_pages.count).to_have_text("251 keys")
    expect(three_pages.button("Show older keys")).to_be_hidden()
    names = three_pages.rows.locator("td .name").all_text_contents()
    assert names == ["Admin", *(f"Worker {number:04}" for number in range(250))]


def test_a_search_reads_the_list_to_its_end(three_pages: Settings) -> None:
    three_pages.search.fill("worker 0249")
    expect(three_pages.row("Worker 0249")).to_be_visible()
    expect(three_pages.count).to_have_text("1 of 251 keys")
    three_pages.search.fill("")
    expect(three_pages.rows).to_have_count(251)


def test_a_search_reads_on_when_revoked_keys_are_asked_for(
    three_pages: Settings, organization: Organization
) -> None:
    organization.api.revoke(organization.add("The oldest worker", age=timedelta(days=9)).id)
    three_pages.search.fill("oldest")
    expect(three_pages.count).to_have_text("0 of 251 keys")
    three_pages.page.get_by_role("switch", name="Show revoked").check()
    expect(three_pages.row("The oldest worker")).to_be_visible()
    expect(three_pages.count).to_have_text("1 of 252 keys")


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


def test_a_search_that_was_interrupted_goes_on(three_pages: Settings) -> None:
    three_pages.page.route(LIST, lambda route: route.abort())
    three_pages.search.fill("worker 0249")
    expect(three_pages.failure).to_contain_text("The list could not be read.")
    expect(three_pages.page.locator("#no-match")).to_be_hidden()
    three_pages.page.unroute(LIST)
    three_pages.button("Try again").click()
    expect(three_pages.row("Worker 0249")).to_be_visible()


def test_a_switch_that_failed_says_so_and_is_tried_again(
    three_pages: Settings, organization: Organization
) -> None:
    organization.api.revoke(organization.add("Gone", age=timedelta(minutes=1)).id)
    read_to_the_end(three_pages)
    three_pages.page.route(LIST, lambda route: route.abort())
    three_pages.page.get_by_role("switch", name="Show revoked").check()
    expect(three_pages.failure).to_contain_text("The revoked keys could not be read.")
    expect(three_pages.count).to_have_text("251 keys, as read before")
    three_pages.page.unroute(LIST)
    three_pages.button("Try again").click()
    expect(three_pages.row("Gone")).to_be_visible()
    expect(three_pages.count).to_have_text("The newest 100 keys")


def test_trying_again_shows_the_key_that_was_created_meanwhile(
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


def read_to_the_end(settings: Settings) -> None:
    while settings.button("Show older keys").is_visible():
        before = settings.rows.count()
        settings.button("Show older keys").click()
        expect(settings.rows.nth(before)).to_be_attached()
        expect(settings.page.locator("#list")).to_have_attribute("aria-busy", "false")


def test_the_list_can_be_refreshed(settings: Settings, organization: Organization) -> None:
    gone = organization.add("Gone")
    kept = organization.add("Kept")
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("Kept")).to_contain_text("no use recorded")
    organization.api.revoke(gone.id)
    organization.use(kept.id, timedelta(minutes=7))
    organization.add("New", age=timedelta(0))
    settings.button("Refresh").click()
    expect(settings.row("New")).to_be_visible()
    expect(settings.row("Kept")).to_contain_text("7 minutes ago")
    expect(settings.row("Gone")).to_have_count(0)
    expect(settings.button("Refresh")).to_be_focused()


def test_focus_stays_on_a_row_while_older_keys_arrive(three_pages: Settings) -> None:
    button = three_pages.button("Rotate Worker 0050")
    button.focus()
    three_pages.page.evaluate("document.getElementById('more').click()")
    expect(three_pages.rows).to_have_count(200)
    expect(button).to_be_focused()


def test_focus_stays_on_a_row_while_a_search_reads_on(three_pages: Settings) -> None:
    three_pages.search.fill("worker 00")
    button = three_pages.button("Rotate Worker 0050")
    button.focus()
    expect(three_pages.count).to_contain_text("of 251 keys")
    expect(button).to_be_focused()


def test_focus_stays_on_a_row_when_a_newer_key_comes_and_the_list_is_read_again(
    three_pages: Settings, organization: Organization
) -> None:
    button = three_pages.button("Rotate Worker 0050")
    button.focus()
    organization.add("New", age=timedelta(0))
    three_pages.page.evaluate("document.getElementById('refresh').click()")
    expect(three_pages.row("New")).to_be_visible()
    expect(button).to_be_focused()


def test_focus_on_a_row_that_goes_away_moves_to_the_count(
    three_pages: Settings, organization: Organization
) -> None:
    three_pages.button("Rotate Worker 0000").focus()
    [key] = organization.active("Worker 0000")
    organization.api.revoke(key.id)
    three_pages.page.evaluate("document.getElementById('refresh').click()")
    expect(three_pages.row("Worker 0000")).to_have_count(0)
    expect(three_pages.count).to_be_focused()


def test_older_keys_are_shown_by_keyboard_to_the_last(three_pages: Settings) -> None:
    three_pages.button("Show older keys").press("Enter")
    expect(three_pages.rows).to_have_count(200)
    expect(three_pages.button("Show older keys")).to_be_focused()
    three_pages.page.keyboard.press("Enter")
    expect(three_pages.rows).to_have_count(251)
    expect(three_pages.count).to_be_focused()


def test_trying_again_by_keyboard_keeps_the_place(three_pages: Settings) -> None:
    three_pages.page.route(LIST, lambda route: route.abort())
    three_pages.button("Show older keys").press("Enter")
    expect(three_pages.failure).to_contain_text("The list could not be read.")
    expect(three_pages.count).to_be_focused()
    three_pages.page.unroute(LIST)
    three_pages.button("Try again").press("Enter")
    expect(three_pages.rows).to_have_count(200)
    expect(three_pages.count).to_be_focused()


# Whatever a screen reader would be told: text that changes in a live region which is rendered and not inert.
_HEAR = """() => {
    window.heard = [];
    const audible = new Set();
    const regions = () => document.querySelectorAll("[role=status], [role=alert]");
    const look = () => {
        for (const region of regions()) {
            if (region.checkVisibility() && !document.querySelector("dialog:modal")) audible.add(region);
            else audible.delete(region);
        }
    };
    look();
    new MutationObserver((changes) => {
        const changed = new Set(changes.map(({ target }) => target.closest?.("[role=status], [role=alert]")));
        const before = new Set(audible);
        look();
        for (const region of regions()) {
            // A status must have been there before it speaks; an alert speaks when it appears as well.
            const appeared = region.role === "alert" && audible.has(region) && !before.has(region);
            const spoke = changed.has(region) && before.has(region) && audible.has(region);
            if ((appeared || spoke) && region.textContent) window.heard.push(region.textContent);
        }
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
}"""


def heard(settings: Settings) -> list[str]:
    """What was announced since the last time."""
    said: list[str] = settings.page.evaluate("window.heard.splice(0)")
    return said


def test_what_the_list_does_is_announced_once(three_pages: Settings) -> None:
    page = three_pages.page
    page.evaluate(_HEAR)
    three_pages.button("Show older keys").click()
    expect(three_pages.rows).to_have_count(200)
    assert heard(three_pages) == ["Reading older keys…", "The newest 200 keys"]

    three_pages.search.fill("worker 0249")
    expect(three_pages.count).to_have_text("1 of 251 keys")
    assert heard(three_pages) == ["Searching older keys…", "1 of 251 keys"]

    page.route(LIST, lambda route: route.abort())
    three_pages.search.fill("")
    expect(three_pages.count).to_have_text("251 keys")
    three_pages.button("Refresh").click()
    expect(three_pages.failure).to_be_visible()
    assert heard(three_pages) == [
        "251 keys",
        "Reading the list…",
        "The list could not be read. The connection to the API broke.",
        "251 keys, as read before",
    ]


# The widths of a table: a small tablet, a tablet, a narrow window, a wide one.
@pytest.mark.parametrize("width", [720, 768, 960, 1280])
def test_a_tablet_shows_a_table(settings: Settings, organization: Organization, width: int) -> None:
    organization.add("Data warehouse sync", "runtime", "keys", used=timedelta(days=4))
    organization.api.rotate(organization.add("Billing agent, production", used=timedelta(days=4)).id)
    settings.page.set_viewport_size({"width": width, "height": 800})
    settings.sign_in(organization.api.admin_key)
    expect(settings.page.get_by_role("columnheader", name="Created")).to_be_in_viewport()
    heights = settings.rows.evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    assert max(heights) < 110
    assert overflowing(settings) == []


def test_no_text_leaves_its_card_on_320_pixels(settings: Settings, organization: Organization) -> None:
    organization.add("W" * 100, "runtime", "keys", used=timedelta(days=4))
    organization.api.rotate(organization.add("Billing agent, production").id)
    organization.api.revoke(organization.add("Gone").id)
    settings.page.set_viewport_size({"width": 320, "height": 640})
    settings.sign_in(organization.api.admin_key)
    settings.page.get_by_role("switch", name="Show revoked").check()
    expect(settings.row("Gone")).to_be_visible()
    assert overflowing(settings) == []
    assert settings.button("Sign out").evaluate("button => button.offsetHeight") < 40


def overflowing(settings: Settings) -> list[str]:
    """What text reaches beyond the inner edge of its card or of its cell."""
    texts: list[str] = settings.page.evaluate(
        """() => {
            const texts = document.createTreeWalker(document.getElementById("list"), NodeFilter.SHOW_TEXT);
            const range = document.createRange();
            const beyond = [];
            while (texts.nextNode()) {
                const { currentNode: text } = texts;
                const within = text.parentElement.closest("td, .more, .card");
                if (!text.data.trim() || text.parentElement.closest(".unseen, thead")) continue;
                range.selectNodeContents(text);
                const box = within.getBoundingClientRect();
                for (const { left, right } of range.getClientRects())
                    if (left < box.left - 12 || right > box.right + 1) beyond.push(text.data);
            }
            return beyond;
        }"""
    )
    return texts
