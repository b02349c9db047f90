"""In each of its states the page can be read, reached and seen by everybody."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.browser.states import STATES


@pytest.fixture
def furnished(settings: Settings, organization: Organization) -> Settings:
    """The page with a key in every state."""
    organization.revoke(organization.add("Gone"))
    organization.add("Busy", used=timedelta(minutes=2))
    organization.add("Quiet")
    organization.rotate(organization.add("Billing agent", used=timedelta(hours=1)))
    settings.enter(organization.admin_key)
    return settings


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_the_page_is_accessible(furnished: Settings, state: Callable[[Settings], None]) -> None:
    state(furnished)
    faults = [
        *in_the_light(furnished.page),
        *in_the_dark(furnished.page),
        *in_forced_colors(furnished.page),
        *of_the_targets(furnished.page),
        *of_the_width(furnished),
        *of_the_focus(furnished),
    ]
    assert faults == []


def in_the_light(page: Page) -> list[str]:
    results = Axe().run(page)
    return [results.generate_report()] if results.violations_count else []


def in_the_dark(page: Page) -> list[str]:
    """What axe finds in colours, which are all that the scheme changes. Axe is on the page already."""
    page.emulate_media(color_scheme="dark")
    faults: list[str] = page.evaluate("""async () => {
        const { violations } = await axe.run({ runOnly: ["color-contrast"] });
        const nodes = violations.flatMap((violation) => violation.nodes);
        return nodes.map((node) => `dark: ${node.html} ${node.failureSummary}`);
    }""")
    return faults


def in_forced_colors(page: Page) -> list[str]:
    """What cannot be seen where the system chooses the colours: anything in the colour of its background.

    Axe takes the colours that are painted. https://www.w3.org/TR/css-color-adjust-1/#forced
    """
    page.emulate_media(forced_colors="active", color_scheme="light")
    faults: list[str] = page.evaluate("""async () => {
        const { violations } = await axe.run({ runOnly: ["color-contrast"] });
        const nodes = violations.flatMap((violation) => violation.nodes);
        return nodes.map((node) => `forced colours: ${node.html} ${node.failureSummary}`);
    }""")
    page.emulate_media(forced_colors="none")
    return faults


def of_the_targets(page: Page) -> list[str]:
    """What is too small to be hit. A box's own margin makes up for it: https://www.w3.org/TR/WCAG22/#target-size-minimum"""
    small: list[str] = (
        page.evaluate("""() => [...document.querySelectorAll("button, a, input, select, summary")]
        .filter((one) => one.checkVisibility() && one.type !== "checkbox")
        .filter((one) => !one.closest("p, li") || one.matches("button"))
        .map((one) => [one.outerHTML, one.getBoundingClientRect()])
        .filter(([, { width, height }]) => Math.min(width, height) < 23.99)
        .map(([html, { width, height }]) => `target: ${html} has ${width} by ${height}`)""")
    )
    return small


def of_the_width(settings: Settings) -> list[str]:
    """What is too wide for a wide screen, for a window at 200 %, or for a phone: the page, or a dialog."""
    faults: list[str] = []
    for width, height in ((1920, 1080), (640, 360), (320, 640)):
        settings.page.set_viewport_size({"width": width, "height": height})
        faults += settings.page.evaluate("""() =>
            [document.documentElement, ...document.querySelectorAll("dialog[open]")]
                .filter((element) => element.scrollWidth > Math.min(innerWidth, element.clientWidth))
                .map((element) => `${innerWidth} pixels: ${element.tagName} is ${element.scrollWidth} wide`)
        """)
    return faults


def of_the_focus(settings: Settings) -> list[str]:
    """What in a dialog has the focus without showing it."""
    faults = []
    for dialog in settings.dialog.all():
        if not dialog.evaluate(
            "dialog => { dialog.querySelector('[tabindex]:not([hidden] *)').focus(); "
            "return dialog.contains(document.activeElement); }"
        ):
            continue  # another one is on top of it
        dialog.evaluate("dialog => dialog.querySelector(':is(h2, h3):not([hidden] *)[tabindex]').focus()")
        reached = 0
        for _ in range(12):
            settings.page.keyboard.press("Tab")
            focus = dialog.evaluate(
                "dialog => dialog.contains(document.activeElement) && "
                "[document.activeElement.outerHTML, getComputedStyle(document.activeElement).outline]"
            )
            reached += bool(focus)
            if focus and focus[1].split(" ")[-2:] != ["solid", "2px"]:
                faults.append(f"focus: {focus}")
        if not reached:
            faults.append("focus: it never reaches the dialog")
    return faults
