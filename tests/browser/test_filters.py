"""The filters above the list: each shows what it says, and stays as it was chosen."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings


def test_the_list_is_narrowed_by_its_filters(settings: Settings, organization: Organization) -> None:
    pipeline = organization.add("Pipeline", "keys", age=timedelta(days=200), used=timedelta(days=1))
    organization.add("Old", age=timedelta(days=201), used=timedelta(days=40), by=pipeline.id)
    organization.add("Older", age=timedelta(days=202), used=timedelta(days=100))
    organization.add("Never", age=timedelta(days=100))
    organization.revoke(organization.add("Gone"))
    organization.rotate(organization.add("Rotated"))
    paused = organization.add("Paused")
    organization.api.admin("PATCH", f"/api/keys/{paused.id}", json={"disabled": True})
    settings.enter(organization.admin_key)

    def expect_shown(*names: str) -> None:
        expect(settings.names).to_have_text(names)
        expect(settings.count).to_contain_text(f"{len(names)} of ")

    for filter_name, option, names in (
        ("State", "Disabled", ["Paused"]),
        ("State", "Being replaced", ["Rotated"]),
        ("State", "Revoked", ["Gone"]),
        ("Scope", "Manage keys", ["Pipeline"]),
        ("Created by", "Pipeline", ["Old"]),
        ("Unused", "For 30 days", ["Never", "Old", "Older"]),
        ("Unused", "For 90 days", ["Never", "Older"]),
    ):
        settings.choose(filter_name, option)
        expect_shown(*names)
        settings.button("Clear filters").click()
    settings.choose("Unused", "Never used")
    expect(settings.row("Never")).to_be_visible()
    expect(settings.row("Old")).to_have_count(0)


def test_the_filter_for_creators_names_each_whatever_the_order_of_the_list(
    settings: Settings, organization: Organization
) -> None:
    pipeline = organization.add("Pipeline", "keys", age=timedelta(days=9))
    organization.add("Zulu", by=pipeline.id)
    organization.add("Alpha", by=organization.admin.id)
    settings.enter(organization.admin_key)
    creators = settings.page.get_by_label("Created by", exact=True).locator("option")
    for order in ("Created", "Name", "Name"):
        settings.button(order).click()
        expect(creators).to_have_text(["Anybody", "Pipeline", "an operator", "you"])
        settings.choose("Created by", "Pipeline")
        expect(settings.names).to_have_text(["Zulu"])
        settings.button("Clear filters").click()


@pytest.mark.parametrize(("name", "option"), [("Created by", "Pipeline"), ("Scope", "Verify keys")])
def test_a_filter_stays_when_no_key_fits_it_any_more(
    settings: Settings, organization: Organization, name: str, option: str
) -> None:
    pipeline = organization.add("Pipeline", "keys")
    gone = organization.add("Gone", "verify", by=pipeline.id)
    settings.enter(organization.admin_key)
    chosen = settings.page.get_by_label(name, exact=True).locator("option:checked")
    settings.choose(name, option)
    expect(settings.names).to_have_text(["Gone"])

    organization.revoke(gone)
    settings.button("Refresh").click()
    expect(settings.page.get_by_text("No key matches.")).to_be_visible()
    expect(settings.count).to_have_text("0 of 2 keys")
    expect(chosen).to_have_text(option)

    settings.choose("State", "Revoked")
    expect(settings.names).to_have_text(["Gone"])
    settings.choose("State", "Not revoked")
    expect(settings.page.get_by_text("No key matches.")).to_be_visible()
    expect(chosen).to_have_text(option)

    settings.button("Clear filters").click()
    settings.button("Refresh").click()
    expect(settings.page.get_by_label(name, exact=True).locator("option", has_text=option)).to_have_count(0)
    expect(settings.rows).to_have_count(2)


def test_without_usage_tracking_no_key_is_called_unused(
    settings: Settings, organization: Organization
) -> None:
    settings.without_usage()
    settings.enter(organization.admin_key)
    unused = settings.page.get_by_label("Unused", exact=True)
    expect(unused).to_be_disabled()
    expect(unused.locator("option").first).to_have_text("Not known")
    expect(settings.row("Admin")).to_contain_text("not known")
