"""The page follows what the system asks for, and its results are heard."""

import re

from playwright.sync_api import expect

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


def test_motion_is_reduced_where_it_is_unwanted(signed_in: Settings) -> None:
    def durations() -> set[str]:
        script = "[...document.querySelectorAll('*')].map((e) => getComputedStyle(e).transitionDuration)"
        return set(signed_in.page.evaluate(script))

    signed_in.page.emulate_media(reduced_motion="no-preference")
    assert durations() > {"0s"}
    signed_in.page.emulate_media(reduced_motion="reduce")
    assert durations() == {"0s"}
