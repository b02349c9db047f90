"""How often a key was used: seen, and heard."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from apikeys.key import Key, timestamp
from apikeys.usage import Call
from apikeys.usage_store import UsageStore
from tests.browser.conftest import Organization
from tests.browser.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def use(dynamodb: "DynamoDBClient", key: Key, *statuses: int) -> None:
    """Let the key have made calls with these statuses today."""
    now = timestamp(datetime.now(UTC))
    calls = [
        Call(f"{key.id} {number}", key.id, key.organization_id, now, status)
        for number, status in enumerate(statuses)
    ]
    UsageStore(dynamodb, "UsageTable", "CountedTable").count(key.id, calls)


def test_the_calls_of_thirty_days_are_drawn_and_refused_ones_told_apart(
    settings: Settings, organization: Organization, dynamodb: "DynamoDBClient"
) -> None:
    use(dynamodb, organization.add("Busy"), 200, 200, 200, 403, 403, 500)
    settings.sign_in(organization.api.admin_key)
    settings.act("Usage", "Busy")
    expect(settings.dialog).to_contain_text("6 calls in the last 30 days")
    for text in ("Answered: 3", "Refused for want of a scope (403): 2", "Failed otherwise: 1"):
        expect(settings.dialog.locator(".legend")).to_contain_text(text)
    heights = {
        name: float(settings.dialog.locator(f"rect.{name}").get_attribute("height") or 0)
        for name in ("answered", "refused", "failed")
    }
    assert heights == {"answered": 60, "refused": 40, "failed": 20}
    assert (
        len(
            {
                settings.dialog.locator(f"rect.{name}").evaluate("e => getComputedStyle(e).fill")
                for name in heights
            }
        )
        == 3
    )


def test_the_chart_can_be_heard_as_a_table(
    settings: Settings, organization: Organization, dynamodb: "DynamoDBClient"
) -> None:
    use(dynamodb, organization.add("Busy"), 200, 403)
    settings.sign_in(organization.api.admin_key)
    settings.act("Usage", "Busy")
    table = settings.dialog.get_by_role("table", name="Calls by day")
    expect(table.get_by_role("rowheader")).to_have_count(30)
    today = table.get_by_role("row").last
    assert [cell.inner_text() for cell in today.get_by_role("cell").all()] == ["1", "1", "0"]
    results = Axe().run(settings.page)
    assert results.violations_count == 0, results.generate_report()


def test_a_key_without_calls_says_so(settings: Settings, organization: Organization) -> None:
    organization.add("Quiet")
    settings.sign_in(organization.api.admin_key)
    settings.act("Usage", "Quiet")
    expect(settings.dialog).to_contain_text("0 calls in the last 30 days")
    expect(settings.dialog.locator("rect")).to_have_count(0)


def test_usage_that_is_not_recorded_is_not_called_zero(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Untracked")
    settings.page.route("**/usage?*", lambda route: route.fulfill(status=404, json={"error": "Not found"}))
    settings.sign_in(organization.api.admin_key)
    settings.act("Usage", "Untracked")
    expect(settings.alert).to_have_text("The usage of this key is not recorded.")
    expect(settings.dialog).not_to_contain_text(re.compile("calls in the last"))
    expect(settings.dialog.locator("figure")).to_be_hidden()


def test_focus_comes_back_to_the_button(settings: Settings, organization: Organization) -> None:
    organization.add("Quiet")
    settings.sign_in(organization.api.admin_key)
    settings.act("Usage", "Quiet")
    settings.page.keyboard.press("Escape")
    expect(settings.row("Quiet").get_by_role("button", name=re.compile("^Usage"))).to_be_focused()
