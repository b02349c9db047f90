"""The list moves no focus while somebody works in it, and says once what it does."""

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import LIST, Settings


def test_focus_stays_on_a_row_while_older_keys_arrive(three_pages: Settings) -> None:
    button = three_pages.button("Rotate Worker 0050")
    button.focus()
    three_pages.press_unseen("Show older keys")
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
    three_pages.press_unseen("Refresh")
    expect(three_pages.row("New")).to_be_visible()
    expect(button).to_be_focused()


def test_focus_on_a_row_that_goes_away_moves_to_the_count(
    three_pages: Settings, organization: Organization
) -> None:
    three_pages.button("Rotate Worker 0000").focus()
    [key] = organization.active("Worker 0000")
    organization.revoke(key)
    three_pages.press_unseen("Refresh")
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


# What a screen reader announces: text that changes in a live region which is rendered and not inert.
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
