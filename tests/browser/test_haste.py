"""A click that was meant for what was there before destroys nothing; the keyboard is not delayed."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.organization import Organization
from tests.browser.rotation import expect_advice
from tests.browser.settings import Settings


@pytest.fixture
def click(page: Page) -> Callable[[Locator], None]:
    """Clicks where something is, whether or not it can be used; `count` is 2 for the second of two clicks."""

    def click(place: Locator, count: int = 1) -> None:
        box = place.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.8)
        page.mouse.down(click_count=count)
        page.mouse.up(click_count=count)

    return click


@pytest.fixture
def last_step(settings: Settings, organization: Organization) -> Settings:
    """The last step of a rotation has just appeared, and no pause ends by itself."""
    organization.use(organization.rotate(organization.add("Billing agent")), timedelta(hours=1))
    settings.enter(organization.admin_key)
    settings.act("Continue rotation", "Billing agent")
    settings.hold_pauses()
    settings.button("Next").click()
    expect(settings.dialog).to_contain_text("No use of the old one was ever recorded")
    return settings


def test_a_click_right_after_a_step_revokes_nothing(
    last_step: Settings, organization: Organization, click: Callable[[Locator], None]
) -> None:
    button = last_step.button("Revoke old key")
    for _ in range(4):
        expect(button).to_be_disabled()
        click(button)
        last_step.pass_time(120)
    last_step.pass_time(20)
    expect(button).to_be_enabled()
    assert len(organization.active("Billing agent")) == 2
    click(button)
    expect(last_step.dialog).to_have_count(0)
    assert len(organization.active("Billing agent")) == 1


def test_the_keyboard_revokes_at_once(last_step: Settings, organization: Organization) -> None:
    last_step.button("Revoke old key").focus()
    last_step.page.keyboard.press("Enter")
    expect(last_step.dialog).to_have_count(0)
    assert len(organization.active("Billing agent")) == 1


def test_the_second_of_two_clicks_revokes_nothing(
    last_step: Settings, organization: Organization, click: Callable[..., None]
) -> None:
    last_step.pass_time(500)
    expect(last_step.button("Revoke old key")).to_be_enabled()
    click(last_step.button("Revoke old key"), count=2)
    assert not last_step.is_busy()
    assert len(organization.active("Billing agent")) == 2


def test_two_clicks_on_next_revoke_nothing(settings: Settings, organization: Organization) -> None:
    organization.rotate(organization.add("Billing agent", used=timedelta(days=8)))
    settings.enter(organization.admin_key)
    settings.act("Continue rotation", "Billing agent")
    settings.hold_pauses()
    for share, pause in product([0.1, 0.9], [0, 300, 490]):
        box = settings.button("Next").bounding_box()
        assert box is not None
        place = box["x"] + box["width"] / 2, box["y"] + box["height"] * share
        settings.page.mouse.click(*place)
        expect_advice(settings, "has not been seen in use", "warning")
        settings.pass_time(pause)
        settings.page.mouse.click(*place)
        assert not settings.is_busy(), f"{pause} ms later, {share:.0%} down the button"
        settings.button("Back").click()
    assert len(organization.active("Billing agent")) == 2


def test_two_clicks_on_done_do_not_lose_a_secret(
    signed_in: Settings, click: Callable[[Locator], None]
) -> None:
    secret = signed_in.create("Billing agent")
    signed_in.hold_pauses()
    signed_in.button("Done").click()
    leave = signed_in.button("Close without copying")
    click(leave)
    assert signed_in.secret() == secret
    signed_in.pass_time(500)
    click(leave)
    expect(signed_in.dialog).to_have_count(0)
