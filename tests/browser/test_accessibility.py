"""The page by keyboard, by ear, on a small screen, in the dark and without motion."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Organization
from tests.browser.settings import Settings


def sign_in(settings: Settings) -> None:
    settings.button("Sign out").click()


def refused(settings: Settings) -> None:
    settings.button("Sign out").click()
    settings.submit_key("nonsense")


def sent_back(settings: Settings) -> None:
    refusal = {"error": "Invalid API key"}
    settings.page.route("**/api/keys?*", lambda route: route.fulfill(status=401, json=refusal))
    settings.page.reload()
    expect(settings.page.locator("#sign-in-reason")).to_be_visible()


def half_loaded(settings: Settings) -> None:
    settings.page.route("**/text.js*", lambda route: route.abort())
    settings.page.reload()
    expect(settings.page.locator("#loading")).to_be_visible()


def empty(settings: Settings) -> None:
    page: dict[str, object] = {"keys": [], "next_cursor": None}
    settings.page.route("**/api/keys?*", lambda route: route.fulfill(json=page))
    settings.page.reload()
    expect(settings.page.locator("#empty")).to_be_visible()


def reading(settings: Settings) -> None:
    settings.hold("**/api/keys?*")
    settings.page.reload()
    expect(settings.count).to_have_text("Reading the list…")


def noticed(settings: Settings) -> None:
    settings.create("Another")
    settings.button("Copy secret").click()
    settings.button("Done").click()
    expect(settings.notice).not_to_be_empty()


def listed(settings: Settings) -> None:
    settings.page.get_by_role("switch", name="Show revoked").check()
    expect(settings.row("Gone")).to_be_visible()


def searched_in_vain(settings: Settings) -> None:
    settings.search.fill("nothing like this")


def broken_list(settings: Settings) -> None:
    settings.page.route("**/api/keys?*", lambda route: route.abort())
    settings.page.get_by_role("switch", name="Show revoked").check()
    expect(settings.page.locator("#failed-reason")).to_be_visible()


def creating(settings: Settings) -> None:
    settings.start_creating("")
    settings.button("Create key").click()


def secret(settings: Settings) -> None:
    settings.create("Another")
    settings.page.get_by_text("Add it to an MCP client").click()
    settings.button("Copy secret").click()


def leaving(settings: Settings) -> None:
    settings.create("Another")
    settings.page.keyboard.press("Escape")


def rotating(settings: Settings) -> None:
    settings.act("Rotate", "Quiet")


def rotation_denied(settings: Settings) -> None:
    settings.act("Rotate", "Admin")


def updating(settings: Settings) -> None:
    settings.act("Continue rotation", "Billing agent")


def comparing(settings: Settings) -> None:
    updating(settings)
    settings.button("Next").click()
    expect(settings.button("Revoke old key")).to_be_enabled()


def revoking(settings: Settings) -> None:
    settings.act("Revoke", "Busy")
    settings.button("Revoke key").click()


def refused_creation(settings: Settings) -> None:
    settings.page.route("**/api/keys", lambda route: route.fulfill(status=429, json={"error": "Wait."}))
    settings.start_creating("Another")
    settings.button("Create key").click()
    expect(settings.alert).to_have_text("Wait.")


def copying_forbidden(settings: Settings) -> None:
    settings.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden')) }"
    )
    settings.create("Another")
    settings.button("Copy secret").click()
    expect(settings.page.get_by_text("press Ctrl+C")).to_be_visible()


def rotation_secret(settings: Settings) -> None:
    rotating(settings)
    settings.button("Create replacement").click()
    settings.secret()
    settings.page.get_by_text("Try it with curl").click()


def rotation_left_without_copying(settings: Settings) -> None:
    rotation_secret(settings)
    settings.button("Next").click()
    expect(settings.button("Go on without copying")).to_be_enabled()


def secret_lost(settings: Settings) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    rotating(settings)
    settings.page.route("**/rotate", lose_the_answer)
    settings.button("Create replacement").click()
    expect(settings.button("Revoke the replacement and start again")).to_be_visible()


def look_failed(settings: Settings) -> None:
    updating(settings)
    settings.page.route("**/api/keys/key_*", lambda route: route.abort())
    settings.button("Next").click()
    expect(settings.dialog).to_contain_text("Last used: unknown")


def revoked_meanwhile(settings: Settings, one: str) -> None:
    def show_as_revoked(route: Route) -> None:
        key = route.fetch().json()
        revoked = (key["replaces"] is None) == (one == "old")
        route.fulfill(json={**key, "revoked_at": key["created_at"] if revoked else None})

    updating(settings)
    settings.page.route("**/api/keys/key_*", show_as_revoked)
    settings.button("Next").click()


def rotation_ended(settings: Settings) -> None:
    revoked_meanwhile(settings, "old")
    expect(settings.dialog).to_contain_text("the rotation is done")


def replacement_revoked(settings: Settings) -> None:
    revoked_meanwhile(settings, "new")
    expect(settings.alert).to_contain_text("was revoked meanwhile")


def revocation_unknown(settings: Settings) -> None:
    settings.act("Revoke", "Quiet")
    settings.page.route("**/api/keys/key_*", lambda route: route.abort())
    settings.button("Revoke key").click()
    expect(settings.alert).to_contain_text("It is unknown whether the key was revoked.")


def no_calls(settings: Settings) -> None:
    settings.act("Usage", "Quiet")
    expect(settings.dialog).to_contain_text("No calls in the last 30 days.")


def usage_failed(settings: Settings) -> None:
    settings.page.route("**/usage?*", lambda route: route.abort())
    settings.act("Usage", "Quiet")
    expect(settings.alert).to_be_visible()


DIALOGS = [
    creating,
    refused_creation,
    secret,
    copying_forbidden,
    leaving,
    rotating,
    rotation_denied,
    rotation_secret,
    rotation_left_without_copying,
    secret_lost,
    updating,
    comparing,
    look_failed,
    rotation_ended,
    replacement_revoked,
    revoking,
    revocation_unknown,
    no_calls,
    usage_failed,
]

STATES = [
    half_loaded,
    sign_in,
    refused,
    sent_back,
    empty,
    reading,
    listed,
    noticed,
    searched_in_vain,
    broken_list,
    *DIALOGS,
]


@pytest.fixture
def furnished(settings: Settings, organization: Organization) -> Settings:
    """The page with a key in every state."""
    organization.api.revoke(organization.add("Gone").id)
    organization.add("Busy", used=timedelta(minutes=2))
    organization.add("Quiet")
    organization.api.rotate(organization.add("Billing agent", used=timedelta(hours=1)).id)
    settings.sign_in(organization.api.admin_key)
    return settings


def complaints(page: Page) -> str:
    results = Axe().run(page)
    return "" if results.violations_count == 0 else results.generate_report()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(furnished: Settings, state: Callable[[Settings], None], scheme: str) -> None:
    furnished.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    state(furnished)
    assert complaints(furnished.page) == ""


@pytest.mark.parametrize("state", STATES)
def test_everything_fits_on_320_pixels(furnished: Settings, state: Callable[[Settings], None]) -> None:
    furnished.page.set_viewport_size({"width": 320, "height": 640})
    state(furnished)
    assert furnished.page.evaluate("document.documentElement.scrollWidth") <= 320
    for dialog in furnished.dialog.all():
        assert dialog.evaluate("element => element.scrollWidth <= element.clientWidth")


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


def test_a_key_is_created_rotated_and_revoked_by_keyboard_alone(
    settings: Settings, organization: Organization
) -> None:
    settings.open()
    settings.page.keyboard.insert_text(organization.api.admin_key)  # the field has the focus already
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
    expect(settings.heading).to_be_focused()

    tab_to(settings, "Revoke By keyboard")
    press(settings, "Enter")
    tab_to(settings, "Revoke key")
    press(settings, "Enter")
    expect(settings.notice).to_contain_text("Revoked By keyboard.")
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
    signed_in: Settings, organization: Organization, action: str
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.act(action, "Billing agent")
    press(signed_in, "Escape")
    expect(signed_in.button(f"{action} Billing agent")).to_be_focused()


def test_every_focus_is_visible(signed_in: Settings) -> None:
    outlines = []
    press(signed_in, "Tab")
    while signed_in.page.evaluate("document.activeElement !== document.body"):
        outlines.append(signed_in.page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
        press(signed_in, "Tab")
    assert len(outlines) >= 6
    assert set(outlines) == {"solid"}


@pytest.mark.parametrize("state", DIALOGS, ids=lambda state: state.__name__)
def test_every_focus_within_a_dialog_is_visible(
    furnished: Settings, state: Callable[[Settings], None]
) -> None:
    state(furnished)
    furnished.dialog.evaluate("dialog => dialog.querySelector('h2').focus()")
    outlines = []
    for _ in range(12):
        press(furnished, "Tab")
        if furnished.page.evaluate("document.activeElement.closest('dialog') !== null"):
            outlines.append(
                furnished.page.evaluate("getComputedStyle(document.activeElement).outline").split(" ")[-2:]
            )
    assert outlines
    assert all(outline == ["solid", "2px"] for outline in outlines)


def test_results_are_announced(signed_in: Settings) -> None:
    for place in ("#notice", "#count"):
        expect(signed_in.page.locator(place)).to_have_attribute("role", "status")
    for error in signed_in.page.locator(".error, .alert").all():
        expect(error).to_have_attribute("role", "alert")


def test_the_scheme_follows_the_system(signed_in: Settings) -> None:
    grounds = []
    for dark in (False, True):
        signed_in.page.emulate_media(color_scheme="dark" if dark else "light")
        grounds.append(signed_in.page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    light, dark_ground = (sum(map(int, re.findall(r"\d+", ground)[:3])) for ground in grounds)
    assert light > 700
    assert dark_ground < 70


def test_motion_is_reduced_where_it_is_unwanted(signed_in: Settings) -> None:
    def durations() -> set[str]:
        script = "[...document.querySelectorAll('*')].map((e) => getComputedStyle(e).transitionDuration)"
        return set(signed_in.page.evaluate(script))

    signed_in.page.emulate_media(reduced_motion="no-preference")
    assert durations() > {"0s"}
    signed_in.page.emulate_media(reduced_motion="reduce")
    assert durations() == {"0s"}
