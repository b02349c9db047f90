"""A click that was meant for what stood there before destroys nothing; the keyboard is not held up."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Organization
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
def last_step(signed_in: Settings, organization: Organization) -> Settings:
    """The last step of a rotation has just come on view, and the page's clock stands still."""
    organization.use(organization.api.rotate(organization.add("Billing agent").id)["id"], timedelta(hours=1))
    signed_in.page.reload()
    signed_in.act("Continue rotation", "Billing agent")
    signed_in.page.clock.install()
    signed_in.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    signed_in.button("Next").click()
    expect(signed_in.dialog).to_contain_text("No use of the old one was ever recorded")
    return signed_in


def test_a_click_right_after_a_step_revokes_nothing(
    last_step: Settings, organization: Organization, click: Callable[[Locator], None]
) -> None:
    button = last_step.button("Revoke old key")
    for _ in range(4):
        expect(button).to_be_disabled()
        click(button)
        last_step.page.clock.run_for(110)
    last_step.page.clock.resume()
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
    last_step.page.clock.resume()
    expect(last_step.button("Revoke old key")).to_be_enabled()
    click(last_step.button("Revoke old key"), count=2)
    last_step.page.wait_for_timeout(300)
    expect(last_step.dialog).to_be_visible()
    assert len(organization.active("Billing agent")) == 2


@pytest.mark.parametrize("share", [0.1, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("pause", [0, 90, 200, 300])
def test_two_clicks_on_next_revoke_nothing(
    signed_in: Settings, organization: Organization, share: float, pause: int
) -> None:
    organization.api.rotate(organization.add("Billing agent", used=timedelta(days=8)).id)
    signed_in.page.reload()
    signed_in.act("Continue rotation", "Billing agent")
    box = signed_in.button("Next").bounding_box()
    assert box is not None
    for _ in range(2):
        signed_in.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] * share)
        signed_in.page.wait_for_timeout(pause)
    expect(signed_in.button("Revoke old key")).to_be_enabled()
    assert len(organization.active("Billing agent")) == 2


def test_two_clicks_on_done_do_not_give_up_a_secret(
    signed_in: Settings, click: Callable[[Locator], None]
) -> None:
    secret = signed_in.create("Billing agent")
    signed_in.page.clock.install()
    signed_in.page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=1))
    signed_in.button("Done").click()
    leave = signed_in.button("Close without copying")
    click(leave)
    assert signed_in.secret() == secret
    signed_in.page.clock.run_for(500)
    click(leave)
    expect(signed_in.dialog).to_have_count(0)
