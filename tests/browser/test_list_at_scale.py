"""The list with thousands of keys: its work grows with what changes, and it is fast."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from apikeys.keys.key import IAM, Key, timestamp
from tests.browser.organization import Organization
from tests.browser.settings import LIST, Settings

PAGE = 100
_MANY = 5000


# Of the page's one thread, which on two busy cores takes twice as long.
_LETTER_MS = 100
_FOUND_MS = 1500

# What happens to the document below the rows, until `counted` is called.
_COUNT = """() => {
    const counts = { added: 0, removed: 0, hidden: 0, filled: 0 };
    const take = (changes) => {
        for (const { type, target, attributeName, addedNodes, removedNodes } of changes) {
            if (type === "childList" && target.id === "rows") {
                counts.added += addedNodes.length;
                counts.removed += removedNodes.length;
            } else if (attributeName === "hidden" && target.parentNode?.id === "rows") {
                counts.hidden += 1;
            } else if (known.has(target.closest?.("tr"))) {
                counts.filled += 1;
            }
        }
    };
    const rows = document.getElementById("rows");
    const known = new Set(rows.children);
    const observer = new MutationObserver(take);
    observer.observe(rows, { subtree: true, childList: true, attributes: true, characterData: true });
    window.counted = () => {
        take(observer.takeRecords());
        observer.disconnect();
        return counts;
    };
}"""


# Types into the search, and lets the pause after it end; each until the browser has painted what came of it.
_PAINTED = """const painted = () => new Promise((resolve) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port2.onmessage = resolve;
    port1.postMessage(null);
}));"""
_TYPE = f"""async (text) => {{
    {_PAINTED}
    const field = document.getElementById("query");
    field.value = text;
    field.dispatchEvent(new Event("input", {{ bubbles: true }}));
    await painted();
}}"""
_PAUSE = f"""async () => {{
    {_PAINTED}
    await clock.pass(80);
    await painted();
}}"""


@pytest.fixture
def many(settings: Settings, organization: Organization) -> Callable[[int], None]:
    """Sign in to that many keys. The API's answers are made here, so that only the page is measured."""

    def sign_in(number: int) -> None:
        now = datetime.now(UTC)
        records = [
            Key(
                id=f"key_{index:012}",
                name=f"Worker {index:04}",
                organization_id=organization.id,
                scopes=("runtime",),
                hint=f"sk_live_copia_0000…{index:04}",
                created_at=timestamp(now - timedelta(days=40, seconds=index)),
                created_by=IAM,
                last_used_at=timestamp(now - timedelta(days=3)),
            ).record()
            for index in range(number)
        ]

        def page(route: Route) -> None:
            query = parse_qs(urlsplit(route.request.url).query)
            start, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
            after = start + limit
            route.fulfill(
                json={
                    "keys": records[start:after],
                    "next_cursor": str(after) if after < len(records) else None,
                }
            )

        settings.page.route(LIST, page)
        settings.enter(organization.admin_key)

    return sign_in


def read_to_the_end(settings: Settings, number: int) -> None:
    """A search reads the list to its end."""
    settings.search.fill("worker")
    expect(settings.count).to_have_text(f"{number} of {number} keys")
    settings.search.fill("")
    expect(settings.count).to_have_text(f"{number} keys")


def counted(settings: Settings, act: Callable[[], None]) -> dict[str, Any]:
    settings.page.evaluate(_COUNT)
    act()
    counts: dict[str, Any] = settings.page.evaluate("counted()")
    return counts


def test_a_page_of_older_keys_adds_its_rows_and_touches_no_others(
    settings: Settings, many: Callable[[int], None]
) -> None:
    many(500)
    for number in range(200, 501, PAGE):

        def show_older(number: int = number) -> None:
            settings.button("Show older keys").click()
            expect(settings.rows).to_have_count(number)

        assert counted(settings, show_older) == {"added": PAGE, "removed": 0, "hidden": 0, "filled": 0}
    names = settings.names.all_text_contents()
    assert names == [f"Worker {number:04}" for number in range(500)]


def test_among_thousands_of_keys_each_row_is_built_once_and_a_letter_only_hides_rows_at_once(
    settings: Settings, many: Callable[[int], None], record_property: Callable[[str, object], None]
) -> None:
    many(_MANY)
    start = monotonic()
    counts = counted(settings, lambda: read_to_the_end(settings, _MANY))
    record_property("seconds to read the list to its end", round(monotonic() - start, 1))
    assert counts == {"added": _MANY - PAGE, "removed": 0, "hidden": 0, "filled": 0}

    settings.hold_pauses()
    took = worked(settings.page)
    letters, found, shown = [], [], _MANY
    for text in ["w", "worker 0", "worker 05", "worker 0500", "worker 05", "nothing", ""]:
        settings.page.evaluate(_COUNT)
        letters.append(took(partial(settings.page.evaluate, _TYPE, text)))
        found.append(took(partial(settings.page.evaluate, _PAUSE)))
        # In the name or in the id.
        texts = (f"worker {number:04} key_{number:012}" for number in range(_MANY))
        matching = sum(all(word in one for word in text.split()) for one in texts)
        assert settings.page.evaluate("counted()") == {
            "added": 0,
            "removed": 0,
            "hidden": abs(shown - matching),
            "filled": 0,
        }
        shown = matching
    record_property("milliseconds of work to the letter", round(max(letters)))
    record_property("after the pause, to what it finds", round(max(found)))
    assert max(letters) < _LETTER_MS
    assert max(found) < _FOUND_MS


def worked(page: Page) -> Callable[[Callable[[], object]], float]:
    """Measures how many milliseconds the page's thread works at what is done."""
    developer = page.context.new_cdp_session(page)
    developer.send("Performance.enable", {"timeDomain": "threadTicks"})

    def seconds() -> float:
        metrics = developer.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))

    def took(act: Callable[[], object]) -> float:
        before = seconds()
        act()
        return (seconds() - before) * 1000

    return took
