"""The page says what somebody else did to the keys during a rotation, and no working key is lost."""

import pytest
from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.rotation import expect_advice, expect_step, resume
from tests.browser.settings import Settings


def expect_the_way_back(settings: Settings, organization: Organization, hint: str) -> None:
    expect_step(settings, "Create the replacement")
    expect(settings.alert).to_contain_text(f"Someone has revoked the replacement {hint}.")
    assert len(organization.active("Billing agent")) == 1
    settings.button("Create replacement").click()
    assert organization.api.status(settings.secret()) == 200
    assert len(organization.active("Billing agent")) == 2


def test_a_replacement_that_was_revoked_in_the_meantime_leads_back_to_the_first_step(
    settings: Settings, organization: Organization
) -> None:
    _, new = resume(settings, organization)
    organization.revoke(new)
    settings.button("Next").click()
    expect_the_way_back(settings, organization, new.hint)


def test_the_old_key_is_not_revoked_once_the_new_one_is(
    settings: Settings, organization: Organization
) -> None:
    _, new = resume(settings, organization)
    settings.button("Next").click()
    expect_advice(settings, "has not been seen in use", "warning")
    organization.revoke(new)
    settings.button("Revoke old key").click()
    expect_the_way_back(settings, organization, new.hint)


@pytest.mark.parametrize("both", [False, True])
def test_an_old_key_that_somebody_else_has_revoked_ends_the_rotation(
    settings: Settings, organization: Organization, both: bool
) -> None:
    old, new = resume(settings, organization)
    organization.revoke(old)
    if both:
        organization.revoke(new)
    settings.button("Next").click()
    heading = "Both keys are revoked" if both else "The old key is revoked"
    expect(settings.dialog.get_by_role("heading", name=heading)).to_be_focused()
    outcome = "Neither" if both else f"so the rotation is done: {new.hint} has taken its place"
    expect(settings.dialog).to_contain_text(outcome)
    settings.button("Close").click()
    revoked = settings.row("Billing agent").filter(has_text="Revoked")
    expect(revoked).to_have_count(2 if both else 1)


def test_a_rotation_that_somebody_else_began_is_reported(
    settings: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")
    new = organization.rotate(old)
    settings.button("Create replacement").click()
    expect(settings.alert).to_have_text(f"{old.hint} is already being replaced, by {new.hint}.")
    expect_step(settings, "Update your client")
    expect(settings.dialog).to_contain_text(new.hint)


def test_a_key_that_was_revoked_in_the_meantime_cannot_be_rotated(
    settings: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")
    organization.revoke(old)
    settings.button("Create replacement").click()
    expect(settings.alert).to_contain_text(f"{old.hint} is revoked, so it cannot be rotated")
    expect(settings.row("Billing agent")).to_have_count(0)
