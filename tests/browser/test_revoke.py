"""Revoking a key, and typing its name first if somebody may still use it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import (
    Route,
    expect,
)

from tests.browser.organization import Organization
from tests.browser.settings import ONE_KEY, Settings


def test_a_revoked_key_is_refused_and_stays_in_the_list_until_it_is_read_again(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Revoke", "Billing agent")
    expect(settings.dialog.get_by_role("heading")).to_have_text("Revoke Billing agent?")
    for text in (key.hint, "never seen", "refused at once", "end by themselves", "cannot be undone"):
        expect(settings.dialog).to_contain_text(text)
    settings.button("Revoke key").click()
    expect(settings.row("Billing agent")).to_contain_text("Revoked just now")
    expect(settings.row("Billing agent").get_by_role("button")).to_have_count(0)
    expect(settings.notice).to_contain_text("Revoked Billing agent.")
    expect(settings.heading).to_be_focused()  # no row comes after it
    settings.button("Refresh").click()
    expect(settings.row("Billing agent")).to_have_count(0)
    assert organization.api.status(organization.secret(key)) == 401


def test_a_cancelled_revocation_changes_nothing(settings: Settings, organization: Organization) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Revoke", "Billing agent")
    settings.page.keyboard.press("Escape")
    expect(settings.dialog).to_have_count(0)
    expect(settings.row("Billing agent").get_by_role("button", name="Revoke")).to_be_focused()
    assert organization.api.status(organization.secret(key)) == 200


def test_a_key_that_was_used_recently_needs_its_name(settings: Settings, organization: Organization) -> None:
    organization.add("Billing agent", used=timedelta(days=6))
    settings.enter(organization.admin_key)
    settings.act("Revoke", "Billing agent")
    field = settings.confirmation("Billing agent")
    for typed in ("", "Billing", "billing agent", "Billing agent2"):
        field.fill(typed)
        settings.button("Revoke key").click()
        expect(field).to_have_accessible_description(
            "This is not the key\u2019s name. The key was used 6 days ago, so somebody may still need it."
        )
        expect(field).to_be_focused()
    assert len(organization.active("Billing agent")) == 1
    field.fill("Billing  agent ")
    field.press("Enter")
    expect(settings.dialog).to_have_count(0)
    assert organization.active("Billing agent") == []


def test_a_key_that_was_not_used_for_long_needs_no_name(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Billing agent", used=timedelta(days=8))
    settings.enter(organization.admin_key)
    settings.act("Revoke", "Billing agent")
    expect(settings.dialog).to_contain_text("last used: 8 days ago")
    expect(settings.dialog.get_by_role("textbox")).to_have_count(0)
    settings.button("Revoke key").click()
    expect(settings.dialog).to_have_count(0)


def test_use_that_the_list_has_not_seen_yet_counts(settings: Settings, organization: Organization) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    expect(settings.row("Billing agent")).to_contain_text("never seen")
    organization.use(key, timedelta(minutes=2))
    settings.act("Revoke", "Billing agent")
    expect(settings.dialog).to_contain_text("last used: 2 minutes ago")
    expect(settings.confirmation("Billing agent")).to_be_visible()


def test_revoking_your_own_key_signs_you_out(settings: Settings, organization: Organization) -> None:
    [admin] = organization.active("Admin")
    settings.enter(organization.api.admin_key)
    organization.use(admin, timedelta(seconds=1))
    settings.act("Revoke", "Admin")
    expect(settings.dialog).to_contain_text("You are signed in with this key: you will be signed out.")
    settings.confirmation("Admin").fill("Admin")
    settings.button("Revoke key").click()
    expect(settings.why_signed_out).to_contain_text("You revoked the key that you were signed in with.")
    expect(settings.dialog).to_have_count(0)
    settings.page.reload()
    expect(settings.key_field).to_be_visible()


def test_haste_revokes_only_one_key(settings: Settings, organization: Organization) -> None:
    organization.add("Billing agent", age=timedelta(days=2))
    organization.add("Billing agent", age=timedelta(days=3))
    settings.enter(organization.admin_key)
    settings.row("Billing agent").first.get_by_role("button", name="Revoke").click()
    settings.button("Revoke key").dblclick()
    expect(settings.dialog).to_have_count(0)
    assert len(organization.active("Billing agent")) == 1


def hold_the_look(settings: Settings, organization: Organization) -> list[Route]:
    """The key was used a minute ago: the list does not know it yet, and the look at the key is slow."""
    key = organization.add("Billing agent")
    settings.page.reload()
    expect(settings.row("Billing agent")).to_contain_text("never seen")
    organization.use(key, timedelta(minutes=1))
    held = settings.hold(ONE_KEY)
    with settings.page.expect_request(ONE_KEY):
        settings.act("Revoke", "Billing agent")
    return held


def test_revoking_waits_for_the_look_at_the_last_use(signed_in: Settings, organization: Organization) -> None:
    held = hold_the_look(signed_in, organization)
    button = signed_in.button("Revoke key")
    before = button.bounding_box()
    button.click()
    expect(signed_in.button("Revoking…")).to_be_visible()
    [look] = held
    look.continue_()
    field = signed_in.confirmation("Billing agent")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile("The key was used 1 minute ago"))
    expect(button).to_be_enabled()
    assert len(organization.active("Billing agent")) == 1
    signed_in.button("Cancel").click()

    signed_in.page.unroute(ONE_KEY)
    held = signed_in.hold(ONE_KEY)
    with signed_in.page.expect_request(ONE_KEY):
        signed_in.act("Revoke", "Billing agent")
    assert button.bounding_box() == before
    held[0].continue_()
    expect(field).to_be_visible()
    assert button.bounding_box() == before


@pytest.mark.parametrize("way", ["late", "failing"])
def test_use_that_cannot_be_read_soon_is_unknown_and_needs_the_name(
    signed_in: Settings, organization: Organization, way: str
) -> None:
    held = hold_the_look(signed_in, organization)
    if way == "failing":
        held[0].abort()
    else:
        signed_in.pass_time(2000)
    field = signed_in.confirmation("Billing agent")
    expect(field).to_have_accessible_description(re.compile("could not be read"))
    expect(signed_in.dialog).to_contain_text("last used: unknown")
    signed_in.page.unroute(ONE_KEY)
    signed_in.button("Revoke key").click()
    assert len(organization.active("Billing agent")) == 1
    field.fill("Billing agent")
    signed_in.button("Revoke key").click()
    expect(signed_in.dialog).to_have_count(0)
    assert organization.active("Billing agent") == []


@pytest.mark.parametrize("used", [None, timedelta(minutes=1)])
def test_without_tracking_every_key_needs_its_name_and_no_old_time_is_shown(
    settings: Settings, organization: Organization, used: timedelta | None
) -> None:
    organization.add("Billing agent", used=used)
    settings.without_usage()
    settings.enter(organization.admin_key)
    settings.act("Revoke", "Billing agent")
    expect(settings.dialog).to_contain_text("last used: not known")
    expect(settings.dialog).not_to_contain_text(" ago")
    settings.button("Revoke key").click()
    expect(settings.confirmation("Billing agent")).to_be_focused()
    assert len(organization.active("Billing agent")) == 1
