"""One tab of the browser, which a worker's tests use one after the other.

A separate tab for each test would cost eight times as much as another load in the same one. Owns
that a test finds nothing of the one before: what is set here for a test ends with it.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize
from playwright.sync_api import Error as PlaywrightError

# As long as a machine that is busy with other tests may take.
PATIENCE_MS = 60_000

_SIZE: ViewportSize = {"width": 1280, "height": 720}
_CLOCK = Path(__file__).with_name("clock.js").read_text()

_log = logging.getLogger(__name__)


class Tab:
    """A page, the addresses that it asked for in this test, and what it complained about."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.requests: list[Request] = []
        self.messages: list[ConsoleMessage] = []
        self._errors: list[str] = []
        self._open()

    def _open(self) -> None:
        self.context: BrowserContext = self._browser.new_context()
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self.context.new_page()
        self.page.on("request", self._on_request)
        self.page.on("requestfailed", lambda request: _log.warning("%s %s", request.url, request.failure))
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self._errors.append(str(error)))

    def _on_request(self, request: Request) -> None:
        self.requests.append(request)

    def _on_console(self, message: ConsoleMessage) -> None:
        self.messages.append(message)

    @property
    def asked_for(self) -> list[str]:
        """The addresses of what this test has asked for so far."""
        return [request.url for request in self.requests]

    @contextmanager
    def lent(self, now: datetime) -> Iterator[Page]:
        """The page, for one test. Its clock is stopped at `now`: see clock.js."""
        if self.page.is_closed():
            self._open()
        for seen in (self.requests, self.messages, self._errors):
            seen.clear()
        self.page.set_viewport_size(_SIZE)
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        with each_load(self.page, _CLOCK.replace("START", str(int(now.timestamp() * 1000)))):
            yield self.page
            self._log_what_is_on_view()
            self._clear()
        complaints = [message.text for message in self.messages if _is_complaint(message)]
        assert self._errors + complaints == []

    def _log_what_is_on_view(self) -> None:
        """Shown with a test that fails."""
        with suppress(PlaywrightError):
            _log.warning(self.page.evaluate("document.body.innerText"))

    def _clear(self) -> None:
        self.context.set_offline(False)
        self.context.clear_cookies()
        # While one is left, Playwright itself answers the preflights of every page, and allows them.
        self.context.unroute_all(behavior="ignoreErrors")
        for other in self.context.pages:
            if other is not self.page:
                other.close()
        if not self.page.is_closed():
            self.page.unroute_all(behavior="ignoreErrors")
            self.page.goto("about:blank")


@contextmanager
def each_load(page: Page, script: str) -> Iterator[None]:
    """Run the script first in everything that the page loads, until the end of the block."""
    developer = page.context.new_cdp_session(page)
    developer.send("Page.enable")
    developer.send("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    yield
    with suppress(PlaywrightError):  # where the page has been closed
        developer.detach()


def _is_complaint(message: ConsoleMessage) -> bool:
    """Whether the page itself complains; the browser notes each refused or lost call as well."""
    return message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource")
