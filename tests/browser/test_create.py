"""Creating a key: its name, its scopes, and the dialog."""

import re

import pytest
from playwright.sync_api import (
    expect,
)

from tests.browser.organization import Organization
from tests.browser.settings import LIST, Settings


def test_a_new_key_works_and_is_in_the_list(signed_in: Settings, organization: Organization) -> None:
    secret = signed_in.create("Billing agent")
    assert organization.api.status(secret) == 200
    signed_in.copy_and_close()
    expect(signed_in.row("Billing agent")).to_contain_text("just now")
    expect(signed_in.notice).to_have_text("Created Billing agent.")
    [key] = organization.active("Billing agent")
    assert key.scopes == ("runtime",)


def test_a_new_key_is_shown_although_the_list_lags_behind(
    signed_in: Settings, organization: Organization
) -> None:
    before = organization.api.admin("GET", "/api/keys").json()
    signed_in.page.route(LIST, lambda route: route.fulfill(json=before))
    signed_in.create("Ahead of the index")
    signed_in.copy_and_close()
    signed_in.button("Refresh").click()
    expect(signed_in.page.locator("#list")).to_have_attribute("aria-busy", "false")
    expect(signed_in.row("Ahead of the index")).to_be_visible()


def test_an_invalid_name_is_reported_next_to_the_field(signed_in: Settings) -> None:
    signed_in.start_creating("")
    field = signed_in.name_field
    for name, text in (
        ("", "Give the key a name"),
        ("   ", "Give the key a name"),
        ("x" * 101, "at most 100 characters"),
    ):
        field.fill(name)
        signed_in.button("Create key").click()
        expect(field).to_have_accessible_description(re.compile(text))
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_be_focused()


def test_a_name_of_100_emoji_is_accepted(signed_in: Settings) -> None:
    signed_in.create("🗝" * 100)
    signed_in.copy_and_close()
    expect(signed_in.row("🗝" * 100)).to_be_visible()


def test_a_key_needs_a_scope(signed_in: Settings, organization: Organization) -> None:
    signed_in.start_creating("No scope")
    signed_in.page.get_by_role("checkbox", name=re.compile("^Runtime API")).uncheck()
    signed_in.button("Create key").click()
    expect(signed_in.page.locator("#create-scopes-error")).to_contain_text("Choose at least one scope")
    assert organization.active("No scope") == []


def test_an_admin_may_give_the_scope_keys(signed_in: Settings, organization: Organization) -> None:
    signed_in.start_creating("Pipeline")
    signed_in.page.get_by_role("checkbox", name=re.compile("^Runtime API")).uncheck()
    signed_in.page.get_by_role("checkbox", name=re.compile("^Manage keys")).check()
    signed_in.button("Create key").click()
    expect(signed_in.page.get_by_role("tab", name="VS Code")).to_have_count(0)
    expect(signed_in.page.get_by_role("region", name="curl, step 2")).to_contain_text("/api/keys ")
    assert organization.active("Pipeline")[0].scopes == ("keys",)


def test_a_scope_that_the_caller_may_not_give_is_marked_before_trying(
    settings: Settings, organization: Organization
) -> None:
    settings.enter(organization.secret(organization.add("Pipeline", "keys")))
    settings.start_creating("Another pipeline")
    box = settings.page.get_by_role("checkbox", name=re.compile("^Manage keys"))
    expect(box).to_be_disabled()
    expect(box).to_have_accessible_name(re.compile("To give “Manage keys”, ask an admin of"))


def test_the_dialog_is_named_after_what_it_shows(signed_in: Settings) -> None:
    signed_in.start_creating("Billing agent")
    expect(signed_in.dialog).to_have_accessible_name("Create API key")
    signed_in.button("Create key").click()
    expect(signed_in.dialog).to_have_accessible_name("Save the secret of Billing agent")


@pytest.mark.parametrize("way", ["double click", "Enter twice"])
def test_haste_never_creates_two_keys(signed_in: Settings, organization: Organization, way: str) -> None:
    signed_in.start_creating("Once")
    if way == "double click":
        signed_in.button("Create key").dblclick()
    else:
        signed_in.name_field.focus()
        signed_in.page.keyboard.press("Enter")
        signed_in.page.keyboard.press("Enter")
    signed_in.secret()
    assert len(organization.active("Once")) == 1


def test_a_cancelled_dialog_creates_nothing_and_starts_fresh(
    signed_in: Settings, organization: Organization
) -> None:
    signed_in.start_creating("Never")
    signed_in.button("Cancel").click()
    expect(signed_in.dialog).to_have_count(0)
    expect(signed_in.button("Create API key").first).to_be_focused()
    signed_in.button("Create API key").first.click()
    expect(signed_in.name_field).to_have_value("")
    assert organization.active("Never") == []
