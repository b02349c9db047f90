"""Takes the pictures in docs/images again: `make test ARGS=tests/browser/screenshots.py`.

It is not collected with the tests, whose fixtures it uses. What the pictures show is made up.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import Browser, expect

from apikeys.keys.key import timestamp
from apikeys.keys.store import KeyStore
from apikeys.usage.call import Call
from apikeys.usage.store import UsageStore
from local.template.template import Template
from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.e2e.conftest import ROOT, Gateway

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

IMAGES = ROOT / "docs" / "images"

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def acme(
    gateway: Gateway, store: KeyStore, dynamodb: "DynamoDBClient", template: Template, now: datetime
) -> Iterator[Organization]:
    """An organization with some months behind it; its admin's secret is the first one."""
    table = template.functions["CreateKeyFunction"].environment["KEY_TABLE"]
    acme = Organization("acme", gateway, store, table=table, dynamodb=dynamodb, now=now)
    for key in store.page("acme", 1000).keys:
        dynamodb.delete_item(TableName=table, Key={"id": {"S": key.id}})
    admin = acme.add("Platform admin", "*", age=212 * DAY, used=MINUTE)
    acme.admin, acme.admin_key = admin, acme.secret(admin)
    acme.add("Rotation pipeline", "keys", age=150 * DAY, used=9 * HOUR, by=admin.id)
    copilot = acme.add("Support copilot", age=121 * DAY, used=MINUTE, by=admin.id)
    for day in range(30):
        statuses = [200] * (40 + day * 37 % 90) + [403] * (day == 21) * 9 + [500] * (day % 11 == 0) * 3
        calls = [
            Call(f"{copilot.id} {day} {number}", copilot.id, "acme", timestamp(now - day * DAY), status)
            for number, status in enumerate(statuses)
        ]
        UsageStore(dynamodb, "UsageTable", "CountedTable").count(copilot.id, calls)
    billing = acme.add("Billing agent, production", age=97 * DAY, used=2 * DAY, by=admin.id)
    acme.add("Data warehouse sync", "runtime", "keys", age=61 * DAY, used=26 * HOUR, by=admin.id)
    acme.add("مساعد المبيعات", age=35 * DAY, used=5 * DAY, by=admin.id)
    acme.add("Research agent, staging", age=12 * DAY, by=admin.id)
    for number in range(1, 6):
        acme.add(f"Field agent {number}", age=(130 + number) * DAY, used=number * 17 * DAY, by=admin.id)
    replacement = acme.rotate(billing)
    dynamodb.update_item(
        TableName=table,
        Key={"id": {"S": replacement.id}},
        UpdateExpression="SET created_at = :at",
        ExpressionAttributeValues={":at": {"S": timestamp(now - HOUR)}},
    )
    acme.use(replacement, 4 * MINUTE)
    yield acme
    acme.api.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_take_the_pictures(
    browser: Browser, gateway: Gateway, acme: Organization, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": 1280, "height": 720}, device_scale_factor=1.5
    )
    context.grant_permissions(["clipboard-write"])
    page = context.new_page()
    settings = Settings(page, gateway.url)

    def take(name: str) -> None:
        page.mouse.move(1, 1)
        page.screenshot(path=IMAGES / f"settings-page-{name}-{scheme}.png", animations="disabled")

    settings.sign_in(acme.admin_key)
    page.evaluate("document.activeElement.blur()")
    take("list")

    settings.open_key("Support copilot")
    expect(settings.dialog).to_contain_text("in the last 30 days")
    expect(settings.dialog.get_by_role("button", name="Revoke", exact=True)).to_be_enabled()
    page.evaluate("document.activeElement.blur()")
    take("key")
    settings.button("Close").click()

    settings.start_creating("Invoice reader")
    settings.button("Create key").click()
    settings.secret()
    settings.button("Test key").click()
    expect(settings.dialog).to_contain_text("Works: 4 tools")
    settings.button("Copy secret").click()
    expect(settings.copied).to_be_visible()
    settings.dialog.evaluate("dialog => dialog.scrollTo(0, 0)")
    take("secret")
    settings.button("Done").click()

    settings.act("Continue rotation", "Billing agent, production")
    settings.button("Next").click()
    expect(settings.dialog).to_contain_text("the old one has been quiet since")
    expect(settings.button("Revoke old key")).to_be_enabled()
    take("rotate")
    context.close()
