"""What the page loads, and what it says when that fails."""

from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests.browser.settings import Settings
from tests.browser.tab import Tab
from tests.e2e.conftest import ROOT, Gateway

FOLDER = ROOT / "functions" / "settings_page"


def test_the_page_loads_each_file_once_and_nothing_else(settings: Settings, tab: Tab) -> None:
    settings.open()
    expect(settings.key_field).to_be_visible()
    served = {path.name for path in FOLDER.iterdir() if path.suffix in {".css", ".js"}} | {
        "routes.js",
        "deployment.js",
    }
    doors = settings.url.removesuffix("/api") + "/session"
    plain = [url.partition("?v=")[0] for url in tab.asked_for]
    assert sorted(plain) == sorted([settings.url, *(f"{settings.url}/{name}" for name in served), doors])


def test_the_page_weighs_less_than_64_kb_over_the_wire_and_next_to_nothing_again(
    browser: Browser, gateway: Gateway, record_property: Callable[[str, object], None]
) -> None:
    context = browser.new_context()  # which has loaded nothing yet
    settings = Settings(context.new_page(), gateway.url)
    received: list[int] = []
    wire = context.new_cdp_session(settings.page)
    wire.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    wire.send("Network.enable")
    settings.open()
    expect(settings.key_field).to_be_visible()
    first = sum(received)
    settings.page.goto("about:blank")
    settings.open()
    expect(settings.key_field).to_be_visible()
    again = sum(received) - first
    context.close()
    record_property("figure", f"settings page over the wire: {first:,} bytes, at the next load {again:,}")
    assert 20_000 < first < 64_000
    assert again < 2_000


def test_a_page_whose_scripts_do_not_load_says_so(settings: Settings) -> None:
    settings.page.route("**/text.js*", lambda route: route.abort())
    settings.open()
    expect(settings.page.get_by_text("part of the page was not loaded: reload it")).to_be_visible()
    settings.page.unroute("**/text.js*")
    settings.page.reload()
    expect(settings.key_field).to_be_visible()
    expect(settings.page.locator("#loading")).to_be_hidden()


def test_a_file_that_the_browser_holds_is_not_sent_again(settings: Settings) -> None:
    first = settings.page.request.get(f"{settings.url}/settings.js")
    again = settings.page.request.get(
        f"{settings.url}/settings.js", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (first.status, again.status) == (200, 304)
    assert again.body() == b""


def test_a_slash_too_many_leads_back_to_the_page(settings: Settings) -> None:
    settings.page.goto(settings.url + "/")
    assert settings.page.url == settings.url


def test_what_is_no_file_of_the_page_does_not_exist(settings: Settings) -> None:
    for path in ("/app.py", "/index.html", "/..%2Fapp.py", "/missing.js"):
        response = settings.page.request.get(settings.url + path)
        assert (response.status, response.json()) == (404, {"error": "Not found"})
