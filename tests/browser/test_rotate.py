from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from apikeys.key import Key
from tests.browser.conftest import Organization
from tests.browser.settings import Settings


def expect_step(settings: Settings, name: str) -> None:
    expect(settings.page.locator("#rotate-steps [aria-current=step]")).to_have_text(name)


def test_a_rotation_creates_updates_and_revokes(signed_in: Settings, organization: Organization) -> None:
    old = organization.api.create(name="Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")
    expect_step(signed_in, "Create the replacement")
    signed_in.button("Create replacement").click()

    expect_step(signed_in, "Update your client")
    new = signed_in.secret()
    assert len(organization.active("Billing agent")) == 2
    signed_in.button("Copy secret").click()
    signed_in.button("Next").click()

    expect_step(signed_in, "Revoke the old key")
    expect(signed_in.dialog).to_contain_text("The new key has not been seen in use.")
    signed_in.button("Revoke old key").click()
    expect(signed_in.notice).to_have_text("Rotated Billing agent. The old key is revoked.")
    expect(signed_in.row("Billing agent")).to_have_count(1)
    assert organization.api.status(old["secret"]) == 401
    assert organization.api.status(new) == 200


def test_a_rotation_can_be_left_and_taken_up_again(signed_in: Settings, organization: Organization) -> None:
    old = organization.api.create(name="Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")
    signed_in.button("Create replacement").click()
    signed_in.copy_and_close()
    expect(signed_in.row("Billing agent").filter(has_text="Being replaced")).to_contain_text(old["hint"])
    expect(signed_in.row("Billing agent").filter(has_text="replaces")).to_contain_text("Active")

    signed_in.page.reload()
    signed_in.act("Continue rotation", "Billing agent")
    expect_step(signed_in, "Update your client")
    expect(signed_in.dialog).to_contain_text("Its secret cannot be shown again.")
    signed_in.button("Next").click()
    signed_in.button("Back").click()
    signed_in.button("Next").click()
    signed_in.button("Revoke old key").click()
    expect(signed_in.dialog).to_have_count(0)
    assert organization.api.status(old["secret"]) == 401


def test_the_last_step_shows_when_both_keys_were_used(
    signed_in: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent", used=timedelta(hours=2))
    new = organization.api.rotate(old.id)
    signed_in.page.reload()
    signed_in.act("Continue rotation", "Billing agent")
    signed_in.button("Next").click()
    expect(signed_in.dialog).to_contain_text("Last used: 2 hours ago")
    expect(signed_in.dialog).to_contain_text("Last used: no use recorded")

    organization.use(new["id"], timedelta(hours=3))
    signed_in.button("Look again").click()
    expect(signed_in.dialog).to_contain_text("Last used: 3 hours ago")
    expect(signed_in.dialog).to_contain_text("some client still sends it")

    organization.use(new["id"], timedelta(minutes=3))
    signed_in.button("Look again").click()
    expect(signed_in.dialog).to_contain_text("the old one has been quiet since")


def expect_advice(settings: Settings, text: str, kind: str) -> None:
    expect(settings.page.locator("#advice")).to_contain_text(text)
    expect(settings.page.locator("#advice")).to_have_class(kind)


@pytest.mark.parametrize("minutes", [1, 16, 34])
def test_an_old_key_is_not_called_quiet_while_a_use_may_not_have_been_heard_of(
    signed_in: Settings, organization: Organization, minutes: int
) -> None:
    old = organization.add("Billing agent", used=timedelta(minutes=minutes, seconds=10))
    organization.use(organization.api.rotate(old.id)["id"], timedelta(seconds=5))
    signed_in.page.reload()
    signed_in.act("Continue rotation", "Billing agent")
    signed_in.button("Next").click()
    ago = "1 minute ago" if minutes == 1 else f"{minutes} minutes ago"
    expect_advice(signed_in, f"The old key was still used {ago}.", "warning")

    organization.use(old.id, timedelta(minutes=36))
    signed_in.button("Look again").click()
    expect_advice(signed_in, "the old one has been quiet since", "fine")


def test_an_old_key_whose_use_was_never_recorded_is_not_called_quiet(
    signed_in: Settings, organization: Organization
) -> None:
    organization.use(organization.api.rotate(organization.add("Billing agent").id)["id"], timedelta(hours=1))
    signed_in.page.reload()
    signed_in.act("Continue rotation", "Billing agent")
    signed_in.button("Next").click()
    expect_advice(signed_in, "No use of the old one was ever recorded", "warning")


def test_without_tracking_the_page_says_that_it_cannot_tell(
    settings: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent", used=timedelta(days=3))
    organization.use(organization.api.rotate(old.id)["id"], timedelta(days=2))
    settings.page.route(
        "**/deployment.js*",
        lambda route: route.fulfill(
            content_type="text/javascript", body="export const TRACKS_USAGE = false;"
        ),
    )
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("Billing agent").first).to_contain_text("not recorded")
    expect(settings.row("Billing agent").get_by_role("button", name="Usage")).to_have_count(0)
    settings.act("Continue rotation", "Billing agent")
    settings.button("Next").click()
    expect_advice(settings, "cannot tell whether some client still sends the old key", "warning")
    expect(settings.dialog).not_to_contain_text(" ago")
    settings.button("Revoke old key").click()
    expect(settings.page.get_by_label("Type Billing agent to confirm")).to_be_focused()


def test_an_old_key_that_was_used_recently_needs_its_name(
    signed_in: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent", used=timedelta(hours=2))
    organization.api.rotate(old.id)
    signed_in.page.reload()
    signed_in.act("Continue rotation", "Billing agent")
    signed_in.button("Next").click()
    signed_in.button("Revoke old key").click()
    expect(signed_in.page.get_by_text("This is not the key\u2019s name.")).to_be_visible()
    signed_in.page.get_by_label("Type Billing agent to confirm").fill("billing agent")
    signed_in.button("Revoke old key").click()
    expect(signed_in.page.get_by_text("This is not the key\u2019s name.")).to_be_visible()
    signed_in.page.get_by_label("Type Billing agent to confirm").fill("Billing agent")
    signed_in.button("Revoke old key").click()
    expect(signed_in.dialog).to_have_count(0)


def test_a_lost_secret_leads_to_revoking_the_replacement(
    signed_in: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent")
    new = organization.api.rotate(old.id)
    signed_in.page.reload()
    signed_in.act("Continue rotation", "Billing agent")
    signed_in.button("revoke the replacement and start again").click()
    expect(signed_in.dialog).to_contain_text(new["hint"])
    signed_in.button("Revoke key").click()
    expect_step(signed_in, "Create the replacement")
    expect(signed_in.row("Billing agent")).to_have_count(1)
    expect(signed_in.row("Billing agent")).to_contain_text("Active")
    signed_in.button("Create replacement").click()
    assert organization.api.status(signed_in.secret()) == 200


def test_the_secret_of_a_replacement_cannot_be_closed_by_accident(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")
    signed_in.button("Create replacement").click()
    secret = signed_in.secret()
    for _ in range(3):
        signed_in.page.keyboard.press("Escape")
    assert signed_in.secret() == secret
    signed_in.button("Go back").click()
    signed_in.button("Next").click()
    signed_in.button("Go on without copying").click()
    expect_step(signed_in, "Revoke the old key")


def resume(settings: Settings, organization: Organization) -> tuple[Key, Mapping[str, Any]]:
    """A rotation that was left after its first step is taken up again."""
    old = organization.add("Billing agent")
    new = organization.api.rotate(old.id)
    settings.page.reload()
    settings.act("Continue rotation", "Billing agent")
    expect_step(settings, "Update your client")
    return old, new


def expect_the_way_back(settings: Settings, organization: Organization, hint: str) -> None:
    expect_step(settings, "Create the replacement")
    expect(settings.alert).to_contain_text(f"The replacement {hint} was revoked meanwhile.")
    assert len(organization.active("Billing agent")) == 1
    settings.button("Create replacement").click()
    assert organization.api.status(settings.secret()) == 200
    assert len(organization.active("Billing agent")) == 2


def test_a_replacement_that_was_revoked_meanwhile_leads_back_to_the_first_step(
    signed_in: Settings, organization: Organization
) -> None:
    _, new = resume(signed_in, organization)
    organization.api.revoke(new["id"])
    signed_in.button("Next").click()
    expect_the_way_back(signed_in, organization, new["hint"])


def test_the_old_key_is_not_revoked_once_the_new_one_is(
    signed_in: Settings, organization: Organization
) -> None:
    _, new = resume(signed_in, organization)
    signed_in.button("Next").click()
    expect_advice(signed_in, "has not been seen in use", "warning")
    organization.api.revoke(new["id"])
    signed_in.button("Revoke old key").click()
    expect_the_way_back(signed_in, organization, new["hint"])


@pytest.mark.parametrize("both", [False, True])
def test_an_old_key_that_somebody_else_has_revoked_ends_the_rotation(
    signed_in: Settings, organization: Organization, both: bool
) -> None:
    old, new = resume(signed_in, organization)
    organization.api.revoke(old.id)
    if both:
        organization.api.revoke(new["id"])
    signed_in.button("Next").click()
    heading = "Both keys are revoked" if both else "The old key is revoked"
    expect(signed_in.dialog.get_by_role("heading", name=heading)).to_be_focused()
    outcome = "Neither" if both else f"so the rotation is done: {new['hint']} has taken its place"
    expect(signed_in.dialog).to_contain_text(outcome)
    signed_in.button("Close").click()
    expect(signed_in.row("Billing agent")).to_have_count(0 if both else 1)


def test_use_that_cannot_be_read_is_unknown_and_needs_the_name(
    signed_in: Settings, organization: Organization
) -> None:
    resume(signed_in, organization)
    signed_in.page.route("**/api/keys/key_*", lambda route: route.abort())
    signed_in.button("Next").click()
    expect_advice(signed_in, "When the keys were last used could not be read", "warning")
    expect(signed_in.dialog.locator(".compare")).to_contain_text("Last used: unknown")
    expect(signed_in.page.get_by_label("Type Billing agent to confirm")).to_be_visible()
    signed_in.page.unroute("**/api/keys/key_*")
    signed_in.button("Look again").click()
    expect_advice(signed_in, "has not been seen in use", "warning")
    expect(signed_in.page.get_by_label("Type Billing agent to confirm")).to_have_count(0)


def test_nothing_is_revoked_while_it_is_not_known_whether_the_replacement_works(
    signed_in: Settings, organization: Organization
) -> None:
    _, new = resume(signed_in, organization)
    signed_in.page.route(f"**/api/keys/{new['id']}", lambda route: route.abort())
    signed_in.button("Next").click()
    expect_advice(signed_in, "When the keys were last used could not be read", "warning")
    signed_in.button("Revoke old key").click()
    expect(signed_in.alert).to_contain_text("so nothing was revoked")
    assert len(organization.active("Billing agent")) == 2


def test_the_button_that_revokes_stays_in_place_while_the_use_is_looked_up(
    signed_in: Settings, organization: Organization
) -> None:
    old, _ = resume(signed_in, organization)
    organization.use(old.id, timedelta(minutes=1))
    held = signed_in.hold("**/api/keys/key_*")
    signed_in.button("Next").click()
    button = signed_in.dialog.locator("[type=submit]:visible")
    before = button.bounding_box()
    for route in held:
        route.continue_()
    expect(signed_in.page.get_by_label("Type Billing agent to confirm")).to_be_visible()
    assert button.bounding_box() == before


def test_every_step_is_heard_and_its_outcome_once_the_page_can_be_heard_again(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")

    def expect_heard(name: str) -> None:
        heading = signed_in.dialog.get_by_role("heading", name=name, exact=True)
        expect(heading).to_be_focused()
        expect(signed_in.dialog).to_have_accessible_name(f"Rotate Billing agent {name}")

    expect_heard("Step 1 of 3: create the replacement")
    signed_in.button("Create replacement").click()
    expect_heard("Step 2 of 3: save the new secret, then update your client")
    signed_in.button("Copy secret").click()
    expect(signed_in.copied).to_be_visible()
    signed_in.button("Next").click()
    expect_heard("Step 3 of 3: revoke the old key")
    expect(signed_in.button("Revoke old key")).to_be_enabled()
    expect(signed_in.notice).to_be_empty()
    signed_in.button("Finish later").click()
    expect(signed_in.notice).to_contain_text("Created a replacement for Billing agent.")


def test_haste_never_creates_two_replacements(signed_in: Settings, organization: Organization) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")
    signed_in.button("Create replacement").dblclick()
    signed_in.secret()
    assert len(organization.active("Billing agent")) == 2


def test_a_rotation_that_somebody_else_began_is_told(signed_in: Settings, organization: Organization) -> None:
    old = organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")
    new = organization.api.rotate(old.id)
    signed_in.button("Create replacement").click()
    expect(signed_in.alert).to_have_text(f"{old.hint} is already being replaced, by {new['hint']}.")
    expect_step(signed_in, "Update your client")
    expect(signed_in.dialog).to_contain_text(new["hint"])


def test_a_key_that_was_revoked_meanwhile_cannot_be_rotated(
    signed_in: Settings, organization: Organization
) -> None:
    old = organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")
    organization.api.revoke(old.id)
    signed_in.button("Create replacement").click()
    expect(signed_in.alert).to_contain_text(f"{old.hint} is revoked, so it cannot be rotated")
    expect(signed_in.row("Billing agent")).to_have_count(0)


def test_who_may_not_rotate_a_key_is_told_before_trying(
    settings: Settings, organization: Organization
) -> None:
    settings.sign_in(organization.api.create("keys", name="Pipeline")["secret"])
    settings.act("Rotate", "Pipeline")
    expect(settings.dialog).to_contain_text("Only a key with the scope * can give the scope keys.")
    expect(settings.button("Create replacement")).to_be_hidden()
    settings.button("Close").click()
    settings.act("Rotate", "Admin")
    expect(settings.dialog).to_contain_text("The scope * is given by an operator alone")
