"""The page follows the system's settings, and a screen reader announces its results."""

import re
from datetime import timedelta

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings


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


def test_motion_is_reduced_on_request(signed_in: Settings) -> None:
    def durations() -> set[str]:
        script = "[...document.querySelectorAll('*')].map((e) => getComputedStyle(e).transitionDuration)"
        return set(signed_in.page.evaluate(script))

    signed_in.page.emulate_media(reduced_motion="no-preference")
    assert durations() > {"0s"}
    signed_in.page.emulate_media(reduced_motion="reduce")
    assert durations() == {"0s"}


def test_forced_colours_and_a_zoom_of_200_percent_leave_everything_readable(
    settings: Settings, organization: Organization
) -> None:
    organization.rotate(organization.add("Billing agent", used=timedelta(hours=1)))
    settings.page.emulate_media(forced_colors="active")
    settings.enter(organization.admin_key)
    assert Axe().run(settings.page).violations_count == 0
    dot = "e => getComputedStyle(e, '::before').backgroundColor"
    state = settings.row("Billing agent").filter(has_text="Being replaced").locator(".state")
    assert state.evaluate(dot) != settings.page.evaluate("getComputedStyle(document.body).backgroundColor")
    settings.search.focus()
    assert settings.search.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
    settings.page.set_viewport_size({"width": 640, "height": 360})
    assert settings.page.evaluate("document.documentElement.scrollWidth") <= 640
    expect(settings.open_key("Admin").get_by_role("button", name="Close")).to_be_in_viewport()
    settings.page.emulate_media(forced_colors="none")
