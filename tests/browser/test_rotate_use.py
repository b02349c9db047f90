"""Before the old key is revoked, the page explains what the last uses of both keys mean."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.rotation import expect_advice, resume
from tests.browser.settings import ONE_KEY, Settings


def test_the_last_step_shows_when_both_keys_were_used(settings: Settings, organization: Organization) -> None:
    old = organization.add("Billing agent", used=timedelta(hours=2))
    new = organization.rotate(old)
    settings.enter(organization.admin_key)
    settings.act("Continue rotation", "Billing agent")
    settings.button("Next").click()
    expect(settings.dialog).to_contain_text("Last used: 2 hours ago")
    expect(settings.dialog).to_contain_text("Last used: never seen")
    updated = settings.page.locator("#rotate-steps li").nth(1)
    expect(updated).not_to_have_attribute("data-done", "")

    organization.use(new, timedelta(hours=3))
    settings.button("Look again").click()
    expect(settings.dialog).to_contain_text("Last used: 3 hours ago")
    expect(settings.dialog).to_contain_text("some client still sends it")
    expect(updated).to_have_attribute("data-done", "")

    organization.use(new, timedelta(minutes=3))
    settings.button("Look again").click()
    expect(settings.dialog).to_contain_text("the old one has been quiet since")


@pytest.mark.parametrize("minutes", [1, 16, 34])
def test_an_old_key_is_not_called_quiet_while_a_use_may_not_be_recorded_yet(
    settings: Settings, organization: Organization, minutes: int
) -> None:
    old = organization.add("Billing agent", used=timedelta(minutes=minutes, seconds=10))
    organization.use(organization.rotate(old), timedelta(seconds=5))
    settings.enter(organization.admin_key)
    settings.act("Continue rotation", "Billing agent")
    settings.button("Next").click()
    ago = "1 minute ago" if minutes == 1 else f"{minutes} minutes ago"
    expect_advice(settings, f"The old key was still used {ago}.", "warning")

    organization.use(old, timedelta(minutes=36))
    settings.button("Look again").click()
    expect_advice(settings, "the old one has been quiet since", "fine")


def test_an_old_key_whose_use_was_never_recorded_is_not_called_quiet(
    settings: Settings, organization: Organization
) -> None:
    organization.use(organization.rotate(organization.add("Billing agent")), timedelta(hours=1))
    settings.enter(organization.admin_key)
    settings.act("Continue rotation", "Billing agent")
    settings.button("Next").click()
    expect_advice(settings, "No use of the old one was ever recorded", "warning")


def test_without_tracking_the_page_says_that_it_cannot_tell(
    settings: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent", used=timedelta(days=3))
    organization.use(organization.rotate(old), timedelta(days=2))
    settings.without_usage()
    settings.enter(organization.admin_key)
    expect(settings.row("Billing agent").first).to_contain_text("not known")
    settings.act("Continue rotation", "Billing agent")
    settings.button("Next").click()
    expect_advice(settings, "cannot tell whether some client still sends the old key", "warning")
    expect(settings.dialog).not_to_contain_text(" ago")
    settings.button("Revoke old key").click()
    expect(settings.confirmation("Billing agent")).to_be_focused()


def test_an_old_key_that_was_used_recently_needs_its_name(
    settings: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent", used=timedelta(hours=2))
    organization.rotate(old)
    settings.enter(organization.admin_key)
    settings.act("Continue rotation", "Billing agent")
    settings.button("Next").click()
    settings.button("Revoke old key").click()
    expect(settings.page.get_by_text("This is not the key\u2019s name.")).to_be_visible()
    settings.confirmation("Billing agent").fill("billing agent")
    settings.button("Revoke old key").click()
    expect(settings.page.get_by_text("This is not the key\u2019s name.")).to_be_visible()
    settings.confirmation("Billing agent").fill("Billing agent")
    settings.button("Revoke old key").click()
    expect(settings.dialog).to_have_count(0)


def test_use_that_cannot_be_read_is_unknown_and_needs_the_name(
    settings: Settings, organization: Organization
) -> None:
    resume(settings, organization)
    settings.page.route(ONE_KEY, lambda route: route.abort())
    settings.button("Next").click()
    expect_advice(settings, "When the keys were last used could not be read", "warning")
    expect(settings.dialog.locator(".compare")).to_contain_text("Last used: unknown")
    expect(settings.confirmation("Billing agent")).to_be_visible()
    settings.page.unroute(ONE_KEY)
    settings.button("Look again").click()
    expect_advice(settings, "has not been seen in use", "warning")
    expect(settings.confirmation("Billing agent")).to_have_count(0)


def test_nothing_is_revoked_while_it_is_not_known_whether_the_replacement_works(
    settings: Settings, organization: Organization
) -> None:
    _, new = resume(settings, organization)
    settings.page.route(f"**/api/keys/{new.id}", lambda route: route.abort())
    settings.button("Next").click()
    expect_advice(settings, "When the keys were last used could not be read", "warning")
    settings.button("Revoke old key").click()
    expect(settings.alert).to_contain_text("so nothing was revoked")
    assert len(organization.active("Billing agent")) == 2


def test_the_button_that_revokes_stays_in_place_while_the_use_is_looked_up(
    settings: Settings, organization: Organization
) -> None:
    old, _ = resume(settings, organization)
    organization.use(old, timedelta(minutes=1))
    held = settings.hold(ONE_KEY)
    settings.button("Next").click()
    button = settings.dialog.locator("[type=submit]:visible")
    before = button.bounding_box()
    for route in held:
        route.continue_()
    expect(settings.confirmation("Billing agent")).to_be_visible()
    assert button.bounding_box() == before
