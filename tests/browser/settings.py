"""The page as a person meets it: by its labels, buttons and texts."""

import re

from playwright.sync_api import Locator, Page, Route, expect


class Settings:
    """Settings → API in one tab."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = f"{url}/settings/api"
        self.heading = page.get_by_role("heading", name="API keys", exact=True)
        self.notice = page.locator("#notice")
        self.count = page.locator("#count")
        self.failure = page.locator("#failed-reason")
        self.dialog = page.locator("dialog[open]")
        self.alert = self.dialog.locator("[data-alert]:visible")
        self.copied = page.get_by_role("status").filter(has_text="Secret copied.")
        self.key_field = page.get_by_role("textbox", name="API key")
        self.search = page.get_by_role("searchbox")
        self.rows = page.locator("#rows tr:not([hidden])")

    def open(self) -> None:
        self.page.goto(self.url)

    def sign_in(self, key: str) -> None:
        self.open()
        self.submit_key(key)
        expect(self.heading).to_be_visible()
        expect(self.count).to_contain_text("key")

    def submit_key(self, key: str) -> None:
        self.key_field.fill(key)
        self.button("Sign in").click()

    def button(self, name: str) -> Locator:
        """The visible button with exactly this name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def row(self, name: str) -> Locator:
        """The rows of the keys with exactly this name."""
        exactly = re.compile(f"^{re.escape(name)}$")
        return self.rows.filter(has=self.page.locator("td .name", has_text=exactly))

    def act(self, action: str, name: str) -> None:
        """Click a button of the one row with this name that has it."""
        self.row(name).get_by_role("button", name=re.compile(f"^{action} ")).click()

    def start_creating(self, name: str) -> None:
        self.button("Create API key").first.click()
        self.page.get_by_label("Name", exact=True).fill(name)

    def hold(self, url: str | re.Pattern[str]) -> list[Route]:
        """The calls of `url` from now on: each waits until the test lets it go on."""
        held: list[Route] = []

        def take(route: Route) -> None:
            held.append(route)

        self.page.route(url, take)
        return held

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

    def clipboard(self) -> str:
        """What a person would paste elsewhere."""
        elsewhere = self.page.context.new_page()
        elsewhere.set_content("<textarea></textarea>")
        field = elsewhere.get_by_role("textbox")
        field.press("Control+v")
        text = field.input_value()
        elsewhere.close()
        return text

    def copy_and_close(self) -> None:
        self.button("Copy secret").click()
        expect(self.copied).to_be_visible()
        self.dialog.get_by_role("button", name=re.compile("^(Done|Finish later)$")).click()
        expect(self.dialog).to_have_count(0)
