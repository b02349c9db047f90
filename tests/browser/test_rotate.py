"""The three steps of a rotation, interrupted and resumed."""

from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.rotation import expect_step
from tests.browser.settings import Settings


def test_a_rotation_creates_updates_and_revokes(settings: Settings, organization: Organization) -> None:
    old = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")
    expect_step(settings, "Create the replacement")
    settings.button("Create replacement").click()

    expect_step(settings, "Update your client")
    new = settings.secret()
    assert len(organization.active("Billing agent")) == 2
    settings.button("Copy secret").click()
    settings.button("Next").click()

    expect_step(settings, "Revoke the old key")
    expect(settings.dialog).to_contain_text("The new key has not been seen in use.")
    settings.button("Revoke old key").click()
    expect(settings.notice).to_have_text("Rotated Billing agent. The old key is revoked.")
    expect(settings.row("Billing agent").filter(has_text="Revoked just now")).to_have_count(1)
    assert organization.api.status(organization.secret(old)) == 401
    assert organization.api.status(new) == 200


def test_a_rotation_can_be_interrupted_and_resumed(settings: Settings, organization: Organization) -> None:
    old = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")
    settings.button("Create replacement").click()
    settings.copy_and_close()
    expect(settings.row("Billing agent").filter(has_text="Being replaced")).to_contain_text(old.hint)
    expect(settings.row("Billing agent").filter(has_text="replaces")).to_have_count(1)

    settings.page.reload()
    settings.act("Continue rotation", "Billing agent")
    expect_step(settings, "Update your client")
    expect(settings.dialog).to_contain_text("Its secret cannot be shown again.")
    settings.button("Next").click()
    settings.button("Back").click()
    settings.button("Next").click()
    settings.button("Revoke old key").click()
    expect(settings.dialog).to_have_count(0)
    assert organization.api.status(organization.secret(old)) == 401


def test_a_lost_secret_leads_to_revoking_the_replacement(
    settings: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent")
    new = organization.rotate(old)
    settings.enter(organization.admin_key)
    settings.act("Continue rotation", "Billing agent")
    settings.button("revoke the replacement and start again").click()
    expect(settings.dialog).to_contain_text(new.hint)
    settings.button("Revoke key").click()
    expect_step(settings, "Create the replacement")
    expect(settings.row("Billing agent").filter(has_text="Revoked just now")).to_have_count(1)
    settings.button("Create replacement").click()
    assert organization.api.status(settings.secret()) == 200


def test_the_secret_of_a_replacement_cannot_be_closed_by_accident(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")
    settings.button("Create replacement").click()
    secret = settings.secret()
    for _ in range(3):
        settings.page.keyboard.press("Escape")
    assert settings.secret() == secret
    settings.button("Go back").click()
    settings.button("Next").click()
    settings.button("Go on without copying").click()
    expect_step(settings, "Revoke the old key")


def test_every_step_is_heard_and_its_outcome_once_the_page_can_be_heard_again(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")

    def expect_heard(name: str) -> None:
        heading = settings.dialog.get_by_role("heading", name=name, exact=True)
        expect(heading).to_be_focused()
        expect(settings.dialog).to_have_accessible_name(f"Rotate Billing agent {name}")

    expect_heard("Step 1 of 3: create the replacement")
    settings.button("Create replacement").click()
    expect_heard("Step 2 of 3: save the new secret, then update your client")
    settings.button("Copy secret").click()
    expect(settings.copied).to_be_visible()
    settings.button("Next").click()
    expect_heard("Step 3 of 3: revoke the old key")
    expect(settings.button("Revoke old key")).to_be_enabled()
    expect(settings.notice).to_be_empty()
    settings.button("Finish later").click()
    expect(settings.notice).to_contain_text("Created a replacement for Billing agent.")


def test_haste_never_creates_two_replacements(settings: Settings, organization: Organization) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")
    settings.button("Create replacement").dblclick()
    settings.secret()
    assert len(organization.active("Billing agent")) == 2
