from playwright.sync_api import Request, expect

from tests.browser.settings import Settings
from tests.e2e.conftest import ROOT

FOLDER = ROOT / "functions" / "settings_page"


def test_the_page_loads_each_file_once_and_nothing_else(settings: Settings) -> None:
    urls: list[str] = []

    def remember(request: Request) -> None:
        urls.append(request.url)

    settings.page.on("request", remember)
    settings.open()
    expect(settings.key_field).to_be_visible()
    served = {path.name for path in FOLDER.iterdir() if path.suffix in {".css", ".js"}} | {
        "routes.js",
        "deployment.js",
    }
    assert sorted(urls) == sorted([settings.url, *(f"{settings.url}/{name}" for name in served)])


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
