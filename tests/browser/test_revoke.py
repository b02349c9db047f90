from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Organization
from tests.browser.settings import Settings


def test_a_revoked_key_is_refused_and_leaves_the_list(
    signed_in: Settings, organization: Organization
) -> None:
    key = organization.api.create(name="Billing agent")
    signed_in.page.reload()
    signed_in.act("Revoke", "Billing agent")
    expect(signed_in.dialog.get_by_role("heading")).to_have_text("Revoke Billing agent?")
    for text in (key["hint"], "no use recorded", "refused at once", "end by themselves", "cannot be undone"):
        expect(signed_in.dialog).to_contain_text(text)
    signed_in.button("Revoke key").click()
    expect(signed_in.row("Billing agent")).to_have_count(0)
    expect(signed_in.notice).to_contain_text("Revoked Billing agent.")
    expect(signed_in.heading).to_be_focused()
    assert organization.api.status(key["secret"]) == 401


def test_a_cancelled_revocation_changes_nothing(signed_in: Settings, organization: Organization) -> None:
    key = organization.api.create(name="Billing agent")
    signed_in.page.reload()
    signed_in.act("Revoke", "Billing agent")
    signed_in.page.keyboard.press("Escape")
    expect(signed_in.dialog).to_have_count(0)
    expect(signed_in.row("Billing agent").get_by_role("button", name="Revoke")).to_be_focused()
    assert organization.api.status(key["secret"]) == 200


def test_with_revoked_keys_on_view_the_key_stays_as_revoked(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    signed_in.page.get_by_role("switch", name="Show revoked").check()
    signed_in.act("Revoke", "Billing agent")
    signed_in.button("Revoke key").click()
    expect(signed_in.row("Billing agent")).to_contain_text("Revoked")


@pytest.mark.parametrize("typed", ["", "Billing", "billing agent", "Billing agent2"])
def test_a_key_that_was_used_recently_needs_its_name(
    signed_in: Settings, organization: Organization, typed: str
) -> None:
    organization.add("Billing agent", used=timedelta(days=6))
    signed_in.page.reload()
    signed_in.act("Revoke", "Billing agent")
    field = signed_in.page.get_by_label("Type Billing agent to confirm")
    field.fill(typed)
    signed_in.button("Revoke key").click()
    expect(field).to_have_accessible_description(
        "This is not the key\u2019s name. The key was used 6 days ago, so somebody may still need it."
    )
    expect(field).to_be_focused()
    assert len(organization.active("Billing agent")) == 1
    field.fill("Billing  agent ")
    field.press("Enter")
    expect(signed_in.dialog).to_have_count(0)
    assert organization.active("Billing agent") == []


def test_a_key_that_was_not_used_for_long_needs_no_name(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent", used=timedelta(days=8))
    signed_in.page.reload()
    signed_in.act("Revoke", "Billing agent")
    expect(signed_in.dialog).to_contain_text("last used: 8 days ago")
    expect(signed_in.dialog.get_by_role("textbox")).to_have_count(0)
    signed_in.button("Revoke key").click()
    expect(signed_in.dialog).to_have_count(0)


def test_use_that_the_list_has_not_seen_yet_counts(signed_in: Settings, organization: Organization) -> None:
    key = organization.add("Billing agent")
    signed_in.page.reload()
    expect(signed_in.row("Billing agent")).to_contain_text("no use recorded")
    organization.use(key.id, timedelta(minutes=2))
    signed_in.act("Revoke", "Billing agent")
    expect(signed_in.dialog).to_contain_text("last used: 2 minutes ago")
    expect(signed_in.page.get_by_label("Type Billing agent to confirm")).to_be_visible()


def test_revoking_ones_own_key_signs_out(settings: Settings, organization: Organization) -> None:
    pipeline = organization.api.create("keys", name="Pipeline")
    settings.sign_in(pipeline["secret"])
    organization.use(pipeline["id"], timedelta(seconds=1))
    settings.act("Revoke", "Pipeline")
    expect(settings.dialog).to_contain_text("You are signed in with this key: revoking it signs you out.")
    settings.page.get_by_label("Type Pipeline to confirm").fill("Pipeline")
    settings.button("Revoke key").click()
    expect(settings.page.locator("#sign-in-reason")).to_contain_text(
        "You revoked the key that you were signed in with."
    )
    expect(settings.dialog).to_have_count(0)
    assert settings.page.evaluate("sessionStorage.length") == 0


def test_haste_revokes_one_key_alone(signed_in: Settings, organization: Organization) -> None:
    organization.add("Billing agent", age=timedelta(days=2))
    organization.add("Billing agent", age=timedelta(days=3))
    signed_in.page.reload()
    signed_in.row("Billing agent").first.get_by_role("button", name="Revoke").click()
    signed_in.button("Revoke key").dblclick()
    expect(signed_in.dialog).to_have_count(0)
    assert len(organization.active("Billing agent")) == 1
