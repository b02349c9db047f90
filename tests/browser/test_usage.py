"""How often a key was used: in a chart, in a table, and for a screen reader."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Route, expect

from apikeys.keys.key import Key, timestamp
from apikeys.usage.call import Call
from apikeys.usage.store import UsageStore
from tests.browser.organization import Organization
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


@pytest.fixture
def look(settings: Settings, organization: Organization, dynamodb: "DynamoDBClient") -> Callable[..., None]:
    """Opens the usage of a key with calls that were answered with these statuses."""

    def look(*statuses: int) -> None:
        use(dynamodb, organization.add("Busy"), *statuses)
        settings.enter(organization.admin_key)
        settings.open_key("Busy")

    return look


def height(settings: Settings, part: str) -> float:
    return float(settings.dialog.locator(f".plot g .{part}").get_attribute("height") or 0)


def test_the_calls_of_thirty_days_are_drawn_and_refused_ones_are_distinct(
    settings: Settings, look: Callable[..., None]
) -> None:
    look(200, 200, 200, 403, 403, 500)
    expect(settings.dialog).to_contain_text("6 calls in the last 30 days")
    expect(settings.dialog.locator(".scale")).to_have_text("6 calls")
    for text in ("Answered: 3", "Not allowed by the key\u2019s scopes (403): 2", "Failed otherwise: 1"):
        expect(settings.dialog.locator(".legend")).to_contain_text(text)
    # 120 high in all, with a gap above each part.
    heights = [height(settings, name) for name in ("answered", "refused", "failed")]
    assert heights == [60 - 2, 40 - 2, 20 - 2]


def test_one_refused_call_can_be_seen_among_ten_thousand(
    settings: Settings, look: Callable[..., None]
) -> None:
    def add_ten_thousand(route: Route) -> None:
        usage = route.fetch().json()
        usage["days"][-1] |= {"calls": 10_001, "succeeded": 10_000}
        route.fulfill(json=usage)

    settings.page.route("**/usage?*", add_ten_thousand)
    look(403)
    expect(settings.dialog).to_contain_text("10,001 calls in the last 30 days")
    box = settings.dialog.locator(".plot g .refused").bounding_box()
    assert box is not None
    assert box["height"] >= 3
    edge = settings.dialog.locator(".plot").bounding_box()
    assert edge is not None
    assert box["y"] >= edge["y"]


def test_every_part_of_a_bar_has_its_own_pattern_and_a_gap_to_the_next(
    settings: Settings, look: Callable[..., None]
) -> None:
    look(200, 200, 200, 403, 403, 500)
    parts = settings.dialog.locator(".plot g rect")
    expect(parts).to_have_count(3)
    shapes = set()
    for name in ("answered", "refused", "failed"):
        fill = settings.dialog.locator(f".plot g .{name}").evaluate("e => getComputedStyle(e).fill")
        assert f"#{name}-fill" in fill
        pattern = settings.dialog.locator(f"#{name}-fill")
        mark = pattern.locator(".mark")
        shapes.add((pattern.get_attribute("patternTransform"), mark.get_attribute("width")))
    assert len(shapes) == 3
    boxes = [one.bounding_box() for one in parts.all()]
    for lower, upper in pairwise(box for box in boxes if box):
        assert lower["y"] - (upper["y"] + upper["height"]) >= 1.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_part_contrasts_with_the_background(
    settings: Settings,
    look: Callable[..., None],
    scheme: Literal["light", "dark"],
) -> None:
    settings.page.emulate_media(color_scheme=scheme)
    look(200, 403, 500)
    expect(settings.dialog.locator(".plot")).to_be_visible()
    ground = settings.dialog.evaluate("e => getComputedStyle(e).backgroundColor")
    for name in ("answered", "refused", "failed"):
        mark = settings.dialog.locator(f".mark.{name}").evaluate("e => getComputedStyle(e).fill")
        assert contrast(mark, ground) >= 3, name


def contrast(one: str, other: str) -> float:
    """Of two colours as the browser names them: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio"""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    shares = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("width", [1120, 320])
def test_the_values_of_each_day_are_in_a_table(
    settings: Settings, look: Callable[..., None], width: int
) -> None:
    settings.page.set_viewport_size({"width": width, "height": 720})
    look(200, 403)
    settings.dialog.get_by_text("Calls by day").click()
    table = settings.dialog.get_by_role("table", name="Calls by day")
    expect(table.get_by_role("columnheader")).to_have_count(4)
    expect(table.get_by_role("rowheader")).to_have_count(30)
    today = table.get_by_role("row").last
    expect(today).to_be_visible()
    assert [cell.inner_text() for cell in today.get_by_role("cell").all()] == ["1", "1", "0"]
    assert settings.dialog.evaluate("e => e.scrollWidth <= e.clientWidth")
    results = Axe().run(settings.page)
    assert results.violations_count == 0, results.generate_report()


def test_a_key_without_calls_is_described_in_a_sentence(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Quiet")
    settings.enter(organization.admin_key)
    settings.open_key("Quiet")
    expect(settings.dialog.get_by_text("No calls in the last 30 days.")).to_be_visible()
    expect(settings.dialog.locator("figure")).to_be_hidden()


def test_usage_that_is_not_recorded_is_not_called_zero(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Untracked")
    settings.page.route("**/usage?*", lambda route: route.fulfill(status=404, json={"error": "Not found"}))
    settings.enter(organization.admin_key)
    settings.open_key("Untracked")
    expect(settings.dialog.get_by_text("The use of this key is not recorded.")).to_be_visible()
    expect(settings.dialog).not_to_contain_text(re.compile("calls in the last"))
    expect(settings.dialog.locator("figure")).to_be_hidden()
