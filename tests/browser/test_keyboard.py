"""The page, used only by keyboard."""

import pytest
from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings


def press(settings: Settings, *keys: str) -> None:
    for key in keys:
        settings.page.keyboard.press(key)


def tab_to(settings: Settings, name: str) -> None:
    """Press Tab until the button or field with this accessible name has the focus."""
    target = settings.page.locator(":focus").and_(
        settings.page.get_by_role("button", name=name, exact=True).or_(
            settings.page.get_by_role("textbox", name=name, exact=True)
        )
    )
    for _ in range(60):
        if target.count():
            return
        press(settings, "Tab")
    pytest.fail(f"Tab does not lead to {name}")


def test_a_key_can_be_created_rotated_and_revoked_using_only_the_keyboard(
    settings: Settings, organization: Organization
) -> None:
    settings.open()
    expect(settings.key_field).to_be_focused()
    settings.page.keyboard.insert_text(organization.admin_key)
    press(settings, "Enter")
    expect(settings.heading).to_be_focused()

    tab_to(settings, "Create API key")
    press(settings, "Enter")
    settings.page.keyboard.insert_text("By keyboard")
    press(settings, "Enter")
    expect(settings.dialog.get_by_role("heading")).to_be_focused()
    tab_to(settings, "Copy secret")
    press(settings, "Enter")
    expect(settings.copied).to_be_visible()
    press(settings, "Escape")
    expect(settings.dialog).to_have_count(0)
    expect(settings.button("Create API key").first).to_be_focused()

    tab_to(settings, "Rotate By keyboard")
    press(settings, "Enter")
    tab_to(settings, "Create replacement")
    press(settings, "Space")
    settings.secret()
    tab_to(settings, "Copy secret")
    press(settings, "Space")
    expect(settings.copied).to_be_visible()
    tab_to(settings, "Next")
    press(settings, "Enter")
    expect(settings.button("Revoke old key")).to_be_enabled()
    tab_to(settings, "Revoke old key")
    press(settings, "Enter")
    expect(settings.notice).to_contain_text("Rotated By keyboard.")
    # The row of the old key stays, and the next one has the focus.
    expect(settings.row("Admin").get_by_role("link")).to_be_focused()

    tab_to(settings, "Revoke By keyboard")
    press(settings, "Enter")
    tab_to(settings, "Revoke key")
    press(settings, "Enter")
    expect(settings.notice).to_contain_text("Revoked By keyboard.")
    expect(settings.row("By keyboard").last.get_by_role("link")).to_be_focused()
    assert organization.active("By keyboard") == []


def test_focus_stays_within_a_dialog(signed_in: Settings) -> None:
    signed_in.start_creating("")
    for _ in range(12):
        press(signed_in, "Tab")
        # Past the last button the browser's own controls come, which the document sees as no focus at all.
        assert signed_in.page.evaluate(
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )


@pytest.mark.parametrize("action", ["Rotate", "Revoke"])
def test_focus_returns_to_where_it_came_from(
    settings: Settings, organization: Organization, action: str
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act(action, "Billing agent")
    press(settings, "Escape")
    expect(settings.button(f"{action} Billing agent")).to_be_focused()


def test_every_focus_is_visible(signed_in: Settings) -> None:
    outlines = []
    press(signed_in, "Tab")
    while signed_in.page.evaluate("document.activeElement !== document.body"):
        outlines.append(signed_in.page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
        press(signed_in, "Tab")
    assert len(outlines) >= 6
    assert set(outlines) == {"solid"}
