"""The panel of a key: all that is known of it, and all that can be done to it, at its own address."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import ONE_KEY, Settings

#: How the page calls the scopes that only an operator gives.
NAMES = {"*": "Full access", "verify": "Verify keys"}


def test_the_panel_shows_what_is_known_about_a_key(settings: Settings, organization: Organization) -> None:
    pipeline = organization.add("Pipeline", "keys", age=timedelta(days=9))
    key = organization.add("Billing agent", age=timedelta(days=3), used=timedelta(minutes=5), by=pipeline.id)
    changed = organization.api.admin(
        "PATCH",
        f"/api/keys/{key.id}",
        json={"allowed_addresses": ["198.51.100.0/24"], "metadata": {"team": "payroll"}},
    )
    assert changed.status_code == 200
    settings.enter(organization.admin_key)
    panel = settings.open_key("Billing agent")
    assert settings.page.url == f"{settings.url}#{key.id}"
    for text in (
        *(key.hint, "Runtime API", "198.51.100.0/24", "team: payroll", "by Pipeline", "by you"),
        *(f"{key.created_at[:10]} {key.created_at[11:19]} UTC", "3 days ago", "5 minutes ago"),
    ):
        expect(panel).to_contain_text(text)
    panel.get_by_role("button", name="Copy ID").click()
    assert settings.clipboard() == key.id
    settings.page.keyboard.press("Escape")
    expect(settings.dialog).to_have_count(0)
    assert settings.page.url == settings.url
    expect(settings.row("Billing agent").get_by_role("link")).to_be_focused()

    expect(settings.open_key("Pipeline").get_by_role("link", name="Billing agent")).to_be_visible()


def test_a_link_opens_a_key_of_any_state_and_age(settings: Settings, organization: Organization) -> None:
    gone = organization.add("Gone")
    organization.revoke(gone)
    settings.hold_session(key=organization.admin_key)
    settings.page.goto(f"{settings.url}#{gone.id}")
    expect(settings.dialog.get_by_role("heading", name="Gone")).to_be_visible()
    expect(settings.dialog.locator("[data-slot=when-revoked]")).to_contain_text("just now by an operator")
    expect(settings.dialog.get_by_role("button", name=re.compile("Rotate|Disable|^Revoke"))).to_have_count(0)
    settings.page.evaluate("location.hash = 'key_000000000000'")
    expect(settings.dialog).to_contain_text("key_000000000000 is not a key of this organization.")
    settings.page.route(ONE_KEY, lambda route: route.abort())
    settings.page.evaluate("location.hash = 'key_000000000001'")
    expect(settings.dialog).to_contain_text("The connection to the API broke.")


def test_name_and_description_are_edited_where_they_are_read(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    panel = settings.open_key("Billing agent")
    name, description = panel.get_by_label("Name", exact=True), panel.get_by_label("Description", exact=True)
    save = panel.get_by_role("button", name="Save")
    expect(save).to_be_hidden()
    name.fill("Payroll agent")
    panel.get_by_role("button", name="Discard").click()
    expect(name).to_have_value("Billing agent")
    name.fill("Payroll agent")
    description.fill("Runs at night.")
    save.click()
    expect(panel.get_by_text("Saved.")).to_be_visible()
    expect(panel.get_by_role("heading", name="Payroll agent")).to_be_visible()
    expect(settings.row("Payroll agent")).to_be_visible()
    record = organization.api.admin("GET", f"/api/keys/{key.id}").json()
    assert (record["name"], record["description"]) == ("Payroll agent", "Runs at night.")

    name.fill("x" * 101)
    save.click()
    expect(panel.get_by_text("at most 100 characters")).to_be_visible()
    name.fill("Payroll agent")
    description.fill("")
    save.click()
    expect(save).to_be_hidden()
    assert organization.api.admin("GET", f"/api/keys/{key.id}").json()["description"] is None


def test_a_key_is_disabled_enabled_rotated_and_revoked_from_its_panel(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    panel = settings.open_key("Billing agent")
    for verb in ("Disable", "Enable"):
        panel.get_by_role("button", name=verb).click()
        settings.button(f"{verb} key").click()
        expect(settings.dialog).to_have_count(1)
        assert organization.active("Billing agent")[0].disabled == (verb == "Disable")
    panel.get_by_role("button", name="Rotate").click()
    settings.button("Create replacement").click()
    settings.button("Copy secret").click()
    settings.button("Finish later").click()
    expect(panel.get_by_role("button", name="Continue rotation")).to_be_visible()
    expect(panel.get_by_role("region", name="Rotations").get_by_role("listitem")).to_have_count(2)
    panel.get_by_role("button", name="Revoke").click()
    settings.button("Revoke key").click()
    expect(panel.locator("[data-slot=when-revoked]")).to_contain_text("just now by you")
    assert organization.api.status(organization.secret(key)) == 401
    panel.get_by_role("region", name="Rotations").get_by_role("link").click()
    expect(panel.locator("[data-slot=state]")).to_have_text("Active")


def test_the_history_of_a_key_shows_who_did_what_and_when(
    settings: Settings, organization: Organization
) -> None:
    created = organization.api.admin("POST", "/api/keys", json={"name": "Billing agent"}).json()
    organization.api.secrets.append(created["secret"])
    organization.api.admin("PATCH", f"/api/keys/{created['id']}", json={"name": "Payroll agent"})
    organization.await_events(created["id"], 2)
    settings.enter(organization.admin_key)
    history = settings.open_key("Payroll agent").get_by_role("region", name="History")
    events = history.get_by_role("listitem")
    expect(events).to_have_count(2)
    expect(events.first).to_contain_text("Changed by you: name from “Billing agent” to “Payroll agent”")
    expect(events.last).to_contain_text(re.compile(r"Created by you .* UTC from 127\.0\.0\.1"))


def test_a_rotation_that_would_be_refused_is_not_offered(
    settings: Settings, organization: Organization
) -> None:
    settings.enter(organization.secret(organization.add("Pipeline", "keys")))
    expect(settings.row("Pipeline").get_by_role("button", name="Rotate")).to_have_count(0)
    panel = settings.open_key("Pipeline")
    expect(panel).to_contain_text(
        f"Cannot be rotated here. To give “Manage keys”, ask an admin of {organization.id}."
    )
    settings.page.keyboard.press("Escape")
    expect(settings.open_key("Admin")).to_contain_text(
        "Only an operator with access to the AWS account can create a key with “"
    )


def test_a_member_can_change_and_revoke_the_key_that_they_signed_in_with(
    settings: Settings, organization: Organization
) -> None:
    settings.enter(organization.secret(organization.add("Pipeline", "keys")))
    panel = settings.open_key("Pipeline")
    expect(panel.get_by_role("button", name="Disable")).to_be_visible()
    expect(panel.get_by_role("textbox", name="Name")).to_be_editable()
    panel.get_by_role("button", name="Revoke").click()
    settings.confirmation("Pipeline").or_(settings.button("Revoke key")).first.wait_for()
    settings.button("Revoke key").click()
    expect(settings.why_signed_out).to_contain_text("You revoked the key that you were signed in with.")
    assert organization.active("Pipeline") == []


@pytest.mark.parametrize(
    ("scope", "enabler"),
    [
        ("*", "an operator with access to the AWS account"),
        ("verify", "an operator with access to the AWS account"),
        ("keys", "an admin of {}"),
        ("runtime", "somebody"),
    ],
)
def test_who_can_enable_a_key_again_is_said_before_it_is_disabled(
    settings: Settings, organization: Organization, scope: str, enabler: str
) -> None:
    organization.add("Billing agent", scope)
    settings.enter(organization.admin_key)
    panel = settings.open_key("Billing agent")
    who = enabler.format(organization.id)
    expect(panel).to_contain_text(f"New calls are refused until {who} enables it.")
    panel.get_by_role("button", name="Disable").click()
    expect(settings.dialog.last).to_contain_text(
        f"Every new call with this key is refused at once, until {who} enables it again."
    )
    settings.button("Disable key").click()
    expect(panel.locator("[data-slot=state]")).to_have_text("Disabled")
    enable = panel.get_by_role("button", name="Enable")
    if "operator" in enabler:
        expect(enable).to_have_count(0)
        expect(panel).to_contain_text(
            f"Cannot be enabled here. Only {who} can enable a key with “{NAMES[scope]}”."
        )
    else:
        enable.click()
        settings.button("Enable key").click()
        expect(panel.locator("[data-slot=state]")).to_have_text("Active")


def test_the_last_key_with_full_access_is_not_ended_without_a_warning(
    settings: Settings, organization: Organization
) -> None:
    settings.enter(organization.admin_key)
    warning = settings.dialog.get_by_text("This is the last active key with full access.")
    for action in ("Disable", "Revoke"):
        settings.open_key("Admin").get_by_role("button", name=action).click()
        expect(warning).to_be_visible()
        expect(warning).to_contain_text("only an admin who signs in without a key, or an operator")
        expect(settings.dialog.get_by_text("You are signed in with this key")).to_be_visible()
        settings.page.keyboard.press("Escape")
        settings.page.keyboard.press("Escape")
        expect(settings.dialog).to_have_count(0)
    organization.add("Another admin", "*")
    with settings.page.expect_response(re.compile("scope=")):
        settings.act("Revoke", "Admin")
    expect(settings.button("Revoke key")).to_be_enabled()
    expect(warning).to_have_count(0)
