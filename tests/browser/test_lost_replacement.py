"""A key whose replacement is revoked is active again, in everything that the page does."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings


def test_such_a_key_is_active_in_the_list_and_in_the_csv(
    settings: Settings, organization: Organization, tmp_path: Path
) -> None:
    organization.revoke(organization.rotate(organization.add("Lost")))
    replacement = organization.rotate(organization.add("Under way"))
    paused = organization.add("Paused")
    organization.api.admin("PATCH", f"/api/keys/{paused.id}", json={"disabled": True})
    settings.enter(organization.admin_key)
    for state, names in (
        ("Active", [replacement.name, "Admin", "Lost"]),
        ("Being replaced", ["Under way"]),
    ):
        settings.choose("State", state)
        expect(settings.names).to_have_text(names)
        assert [row["name"] for row in settings.download_table(tmp_path)] == names


def test_such_a_key_counts_as_one_with_full_access(settings: Settings, organization: Organization) -> None:
    organization.revoke(organization.rotate(organization.add("Lost", "*")))
    settings.enter(organization.admin_key)
    with settings.page.expect_response(re.compile("scope=")):
        settings.act("Revoke", "Admin")
    expect(settings.button("Revoke key")).to_be_enabled()
    expect(settings.dialog.get_by_text("This is the last active key with full access.")).to_have_count(0)
