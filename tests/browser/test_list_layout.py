"""The list is a table where there is room, and cards on a phone."""

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings


# The widths of a table: a small tablet, a tablet, a narrow window, a wide one.
def test_a_tablet_shows_a_table(settings: Settings, organization: Organization) -> None:
    organization.add("Data warehouse sync", "runtime", "keys", used=timedelta(days=4))
    organization.rotate(organization.add("Billing agent, production", used=timedelta(days=4)))
    settings.enter(organization.admin_key)
    for width in (720, 768, 960, 1280):
        settings.page.set_viewport_size({"width": width, "height": 800})
        expect(settings.page.get_by_role("columnheader", name="Created", exact=True)).to_be_in_viewport()
        heights = settings.rows.evaluate_all("rows => rows.map((row) => row.offsetHeight)")
        assert max(heights) < 110
        assert overflowing(settings) == []


def test_no_text_leaves_its_card_on_320_pixels(settings: Settings, organization: Organization) -> None:
    organization.add("W" * 100, "runtime", "keys", used=timedelta(days=4))
    organization.rotate(organization.add("Billing agent, production"))
    organization.revoke(organization.add("Gone"))
    settings.page.set_viewport_size({"width": 320, "height": 640})
    settings.enter(organization.admin_key)
    settings.show_revoked()
    expect(settings.row("Gone")).to_be_visible()
    assert overflowing(settings) == []
    scopes = settings.rows.first.locator("td.scopes").bounding_box()
    assert scopes
    assert scopes["width"] > 200
    assert settings.button("Sign out").evaluate("button => button.offsetHeight") < 40


def test_choosing_a_key_moves_no_row(settings: Settings, organization: Organization) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    for width in (320, 768, 1280):
        settings.page.set_viewport_size({"width": width, "height": 640})
        box = settings.row("Billing agent").get_by_role("checkbox")
        box.scroll_into_view_if_needed()
        before = box.bounding_box()
        box.evaluate("box => box.click()")
        expect(settings.button("Revoke…")).to_be_in_viewport()
        assert box.bounding_box() == before
        settings.button("Clear selection").click()


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
                const isCut = getComputedStyle(within).textOverflow === "ellipsis";
                if (isCut || !text.data.trim() || text.parentElement.closest(".unseen, thead")) continue;
                range.selectNodeContents(text);
                const box = within.getBoundingClientRect();
                for (const { left, right } of range.getClientRects())
                    if (left < box.left - 12 || right > box.right + 1) beyond.push(text.data);
            }
            return beyond;
        }"""
    )
    return texts
