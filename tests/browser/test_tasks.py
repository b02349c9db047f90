"""Three people's tasks from the first click to the end, counted in clicks and seconds."""

import json
from collections.abc import Callable
from datetime import timedelta
from time import monotonic

import pytest
from playwright.sync_api import Page, expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings

# Counts what a person clicks. A key that is pressed clicks as well, without a detail.
_COUNT = """() => {
    window.clicks = 0;
    const count = ({ detail }) => { if (detail > 0) window.clicks += 1; };
    document.addEventListener("click", count, { capture: true });
}"""


@pytest.fixture
def clicks(page: Page) -> Callable[[], int]:
    """How many clicks there were since this was first asked."""

    def clicks() -> int:
        if page.evaluate("window.clicks === undefined"):
            page.evaluate(_COUNT)
        counted: int = page.evaluate("window.clicks")
        return counted

    return clicks


@pytest.fixture
def seconds(record_property: Callable[[str, object], None]) -> Callable[[], float]:
    """How long it took so far."""
    start: list[float] = []

    def seconds() -> float:
        start.append(monotonic())
        record_property("seconds", round(start[-1] - start[0], 1))
        return start[-1] - start[0]

    return seconds


def test_a_first_key_for_vs_code_takes_four_clicks(
    signed_in: Settings, organization: Organization, clicks: Callable[[], int], seconds: Callable[[], float]
) -> None:
    seconds()
    assert clicks() == 0
    signed_in.button("Create API key").click()
    signed_in.page.keyboard.type("VS Code")
    signed_in.page.keyboard.press("Enter")
    signed_in.button("Copy secret").click()
    secret = signed_in.clipboard()
    signed_in.page.get_by_role("tab", name="VS Code").click()
    signed_in.dialog.get_by_role("tabpanel").get_by_role("button", name="Copy").click()
    expect(signed_in.dialog.get_by_text("Copied.", exact=True)).to_be_attached()
    assert clicks() == 4
    file = json.loads(signed_in.clipboard())
    assert list(file["servers"]["runtime"]["headers"]) == ["Authorization"]
    signed_in.page.keyboard.press("Escape")
    expect(signed_in.row("VS Code")).to_be_visible()
    assert organization.api.status(secret) == 200
    assert seconds() < 60


def test_a_string_that_leaked_is_revoked_with_three_clicks(
    settings: Settings, organization: Organization, clicks: Callable[[], int], seconds: Callable[[], float]
) -> None:
    leaked = organization.add("Billing agent", used=timedelta(minutes=1))
    settings.enter(organization.admin_key)
    seconds()
    assert clicks() == 0
    settings.search.click()
    settings.page.keyboard.insert_text(f"RUNTIME_KEY={organization.secret(leaked)}")
    settings.found.get_by_role("button", name="Revoke Billing agent").click()
    settings.confirmation("Billing agent").press_sequentially("Billing agent")
    settings.button("Revoke key").click()
    expect(settings.found).to_contain_text("Billing agent was revoked just now by you.")
    assert clicks() == 3
    assert organization.api.status(organization.secret(leaked)) == 401
    assert seconds() < 60


def test_131_unused_keys_of_300_are_revoked_in_less_than_a_minute(
    settings: Settings, organization: Organization, clicks: Callable[[], int], seconds: Callable[[], float]
) -> None:
    organization.add_many(
        299,
        age=timedelta(days=200),
        used=lambda number: timedelta(days=120 if number < 131 else 3),
    )
    settings.enter(organization.admin_key)
    seconds()
    assert clicks() == 0
    settings.choose("Unused", "For 90 days")
    expect(settings.count).to_have_text("131 of 300 keys")
    settings.page.get_by_label("Select all keys that are shown").click()
    settings.button("Revoke…").click()
    settings.page.get_by_label("Type 131 to confirm").fill("131")
    settings.button("Revoke keys").click()
    expect(settings.notice).to_have_text("Revoked 131 keys. New calls with them are refused.")
    assert seconds() < 60
    assert clicks() <= 5
    settings.button("Clear filters").click()
    settings.button("Refresh").click()
    expect(settings.count).to_have_text("169 keys")
