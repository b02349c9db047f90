"""The page as a person meets it: by its labels, buttons and texts.

Owns every way in which a test finds and does something on the page, so that a change of the page is one here.
"""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import httpx
from playwright.sync_api import Locator, Page, Route, expect

from apikeys.cookie import COOKIE, HEADER
from tests.browser.tab import PATIENCE_MS

# The calls that the page makes.
ANY_CALL = re.compile(r"/api/keys")
ONE_KEY = re.compile(r"/api/keys/key_")
LIST = re.compile(r"/api/keys\?")
SESSION = re.compile(r"/api/keys/session$")
DOORS = re.compile(r"/settings/session$")


def answer(status: int, error: str) -> Callable[[Route], None]:
    """An API that answers every call with this error."""
    return lambda route: route.fulfill(status=status, json={"error": error})


class Settings:
    """Settings → API in one tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = f"{url}/settings/api"
        self._session_url = f"{url}/settings/session"
        self.heading = page.get_by_role("heading", name="API keys", exact=True)
        self.way_in = page.locator("#sign-in")
        self.why_signed_out = page.locator("#sign-in-reason")
        self.sign_in_error = page.locator("#sign-in-error")
        self.key_field = page.get_by_role("textbox", name="API key")
        self.who = page.locator("#who")
        self.notice = page.locator("#notice")
        self.count = page.locator("#count")
        self.failure = page.locator("#failed-reason")
        self.dialog = page.locator("dialog[open]")
        self.alert = self.dialog.locator("[data-alert]:visible")
        self.copied = page.get_by_role("status").filter(has_text="Secret copied.")
        self.search = page.get_by_role("searchbox")
        self.name_field = page.locator("#create").get_by_label("Name", exact=True)
        self.found = page.locator("#found")
        self.next_row = page.locator("#rows tr:not([hidden]) a:focus")
        self.rows = page.locator("#rows tr:not([hidden])")
        self.names = self.rows.locator("td.key .name")

    # The way in and out.

    def open(self) -> None:
        """Open the page in a browser without a session."""
        self.page.context.clear_cookies()
        self.page.goto(self.url)

    def enter(self, key: str) -> None:
        """Open the page signed in with the key, without the way in; the list has been read."""
        self.hold_session(key=key)
        self.page.goto(self.url)
        self._expect_list()

    def hold_session(self, **presented: str) -> None:
        """Sign in with a call; the browser holds the session's cookie as if it had made the call."""
        response = httpx.post(
            self._session_url, json=presented, headers={HEADER: "sign-in"}, timeout=PATIENCE_MS / 1000
        )
        assert response.status_code == 201, response.text
        # Playwright refuses the prefix __Host- over plain HTTP, which Chromium takes from this machine.
        developer = self.page.context.new_cdp_session(self.page)
        held = developer.send(
            "Network.setCookie",
            {
                "name": COOKIE,
                "value": response.cookies[COOKIE],
                "url": self.url,
                "path": "/",
                "secure": True,
                "httpOnly": True,
                "sameSite": "Strict",
            },
        )
        developer.detach()
        assert held["success"]

    def sign_in(self, key: str) -> None:
        """Sign in as a person does; the list has been read."""
        self.open()
        self.submit_key(key)
        self._expect_list()

    def _expect_list(self) -> None:
        expect(self.heading).to_be_visible()
        expect(self.count).to_contain_text("key")

    def submit_key(self, key: str) -> None:
        self.key_field.fill(key)
        self.button("Sign in").click()

    def is_remembered(self) -> bool:
        """Whether the browser would still be signed in after another load."""
        return COOKIE in {cookie["name"] for cookie in self.page.context.cookies()}

    # What can be seen and pressed.

    def button(self, name: str) -> Locator:
        """The visible button with exactly this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def press_unseen(self, name: str, role: Literal["button"] = "button") -> None:
        """Press what a dialog covers, or what is to be pressed without moving the focus."""
        self.page.get_by_role(role, name=name, exact=True, include_hidden=True).evaluate("e => e.click()")

    def row(self, name: str) -> Locator:
        """The rows of the keys with exactly this name."""
        exactly = re.compile(f"^{re.escape(name)}$")
        return self.rows.filter(has=self.page.locator("td.key .name", has_text=exactly))

    def act(self, action: str, name: str) -> None:
        """Click a button of the one row with this name that has it."""
        self.row(name).get_by_role("button", name=re.compile(f"^{action} ")).click()

    def choose(self, filter_name: str, option: str) -> None:
        """Narrow the list, or widen it to what is left out."""
        self.page.get_by_label(filter_name, exact=True).select_option(option)

    def show_revoked(self) -> None:
        self.choose("State", "All")

    def open_key(self, name: str) -> Locator:
        """Click the name of the one key that is called so: its panel."""
        self.row(name).locator("td.key a").click()
        panel = self.page.locator("dialog#key")
        expect(panel.get_by_role("heading", name=name, exact=True)).to_be_visible()
        return panel

    def download_table(self, folder: Path) -> list[dict[str, str]]:
        """The rows of the list as CSV."""
        file = folder / "keys.csv"
        with self.page.expect_download() as saved:
            self.button("Download as CSV").click()
        saved.value.save_as(file)
        with file.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def without_usage(self) -> None:
        """From the next load on, the page of a deployment that does not record the use of keys."""
        self._told('"tracks_usage":true', '"tracks_usage":false')

    def with_scopes(self, table: dict[str, list[str]]) -> None:
        """From the next load on, the page of a deployment that adds these scopes."""
        routes = json.dumps(table).removesuffix("}")
        givers = json.dumps(dict.fromkeys(table, "keys")).removesuffix("}")
        self._told('"routes":{', f'"routes":{routes},', '"givers":{', f'"givers":{givers},')

    def _told(self, *texts: str) -> None:
        """Change what the deployment tells the page: each second text replaces the one before it."""

        def tell(route: Route) -> None:
            response = route.fetch()
            body = response.text()
            for one, other in zip(texts[::2], texts[1::2], strict=True):
                body = body.replace(one, other, 1)
            route.fulfill(response=response, body=body)

        self.page.route(self.url, tell)

    def confirmation(self, name: str) -> Locator:
        """The field that asks for the name of a key before it is revoked."""
        return self.page.get_by_label(f"Type {name} to confirm")

    # Creating a key, and its secret.

    def start_creating(self, name: str) -> None:
        self.button("Create API key").first.click()
        self.name_field.fill(name)

    def create(self, name: str) -> str:
        """Create a key and leave its secret on view."""
        self.start_creating(name)
        self.button("Create key").click()
        return self.secret()

    def secret(self) -> str:
        """The secret that is on view."""
        field = self.page.get_by_role("textbox", name="Secret")
        expect(field).to_be_visible()
        return field.inner_text()

    def copy_and_close(self) -> None:
        self.button("Copy secret").click()
        expect(self.copied).to_be_visible()
        self.dialog.get_by_role("button", name=re.compile("^(Done|Finish later)$")).click()
        expect(self.dialog).to_have_count(0)

    def clipboard(self) -> str:
        """What a person would paste elsewhere."""
        elsewhere = self.page.context.new_page()
        elsewhere.set_content("<textarea></textarea>")
        field = elsewhere.get_by_role("textbox")
        field.press("Control+v")
        text = field.input_value()
        elsewhere.close()
        return text

    def is_busy(self) -> bool:
        """Whether the action of the pressed button is still running."""
        return self.dialog.get_attribute("aria-busy") == "true"

    # The clock, and the calls on their way. See clock.js.

    def hold_pauses(self) -> None:
        """From now on, until another load, no pause ends by itself."""
        self.page.evaluate("clock.hold()")

    def pass_time(self, milliseconds: int) -> None:
        """Advance the page's clock."""
        self.page.evaluate("ms => clock.pass(ms)", milliseconds)

    def hold(self, url: str | re.Pattern[str], method: str | None = None) -> list[Route]:
        """The calls of `url`, made with `method` if given: each waits until the test lets it go on."""
        held: list[Route] = []

        def take(route: Route) -> None:
            if method in {None, route.request.method}:
                held.append(route)
            else:
                route.fallback()

        self.page.route(url, take)
        return held
