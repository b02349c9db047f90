"""A page of another origin cannot act for anyone: it cannot name a session, and no answer allows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Page, expect

from apikeys.cookie import COOKIE, HEADER, SESSIONS
from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.e2e.conftest import Gateway
from tests.e2e.people import ticket
from tests.served import served

# All that a page can send along with cookies. Each is over when it has been answered or refused.
FETCH = """async ([url, options]) => {
    try { return (await fetch(url, { credentials: "include", ...options })).type } catch { return "refused" }
}"""
IMAGE = """([url]) => new Promise((done) => {
    const image = new Image();
    image.onload = image.onerror = () => done();
    image.src = url;
})"""
# With a `name` and a `value`, its body is "name=value"; without, it is empty.
FORM = """([url, name = "", value = ""]) => new Promise((done) => {
    const frame = document.createElement("iframe");
    // A name of its own: a second form would otherwise be answered in the first one's frame.
    frame.name = crypto.randomUUID();
    document.body.append(frame);
    const form = Object.assign(document.createElement("form"), {
        action: url, method: "post", target: frame.name, enctype: "text/plain",
    });
    form.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(form);
    frame.onload = () => done();
    form.submit();
})"""
PLANTED = '{"name": "Planted"}'


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>Elsewhere</title><body>")

    def log_message(self, *_: object) -> None:
        pass


# A port makes another origin and no other site: the first is as near as a subdomain, and is sent the cookie.
@pytest.fixture(params=["127.0.0.1", "localhost"], ids=["of the same site", "of another site"])
def other_page(request: pytest.FixtureRequest, page: Page) -> Iterator[Page]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    with served(server):
        other = page.context.new_page()
        other.goto(f"http://{request.param}:{server.server_port}/")
        yield other


class Call(NamedTuple):
    """A call as the API got it from a browser, with the status of its answer."""

    method: str
    path: str
    cookie: str
    content_type: str
    body: bytes
    status: int = 0


class Attempts:
    """What the other page sends in somebody's session, through a mirror of the API that sees each call.

    The mirror is on the API's host, for which the browser has the cookie: a cookie belongs to all ports.
    """

    def __init__(self, other_page: Page, signed_in: Settings, gateway: Gateway) -> None:
        self._page = other_page
        self._api = gateway.url
        self._calls: list[Call] = []
        [cookie] = signed_in.page.context.cookies()
        session = SESSIONS.parse(cookie["value"])
        assert session is not None
        self.session_id = session.id
        self._cookie = f"{COOKIE}={session.reveal()}"
        self.is_of_the_same_site = "127.0.0.1" in other_page.url
        self.url = ""

    @contextmanager
    def mirrored(self) -> Iterator[None]:
        """For the block, `url` is the mirror."""
        attempts = self

        class Mirror(BaseHTTPRequestHandler):
            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                passed = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                answer = httpx.request(
                    self.command, attempts._api + self.path, content=body, headers=passed, timeout=60
                )
                cookie, kind = self.headers.get("Cookie") or "", self.headers.get("Content-Type") or ""
                attempts._calls.append(Call(self.command, self.path, cookie, kind, body, answer.status_code))
                self.send_response(answer.status_code)
                for name, value in answer.headers.multi_items():
                    if name not in {"content-length", "content-encoding", "transfer-encoding", "connection"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = do_PATCH = do_DELETE = do_OPTIONS = _pass_on  # noqa: N815 - the base class's

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
        with served(server):
            self.url = f"http://127.0.0.1:{server.server_port}"
            yield

    def send(self, script: str, path: str, *rest: object) -> Call:
        """The call, once it is over. The page must not be able to read an answer."""
        assert self._page.evaluate(script, [self.url + path, *rest]) in {None, "opaque", "refused"}
        [call] = self._calls
        self._calls.clear()
        return call

    def carries_the_session(self, call: Call) -> bool:
        """Whether the browser sent the session's cookie with the call."""
        return call.cookie == self._cookie

    def would_do(self, call: Call) -> bool:
        """Whether the same call does what it is for, if it has the cookie and names the session."""
        headers = {"Content-Type": call.content_type, "Cookie": self._cookie, HEADER: self.session_id}
        url = self._api + call.path
        return httpx.request(call.method, url, content=call.body, headers=headers, timeout=60).is_success


@pytest.fixture
def attempts(signed_in: Settings, other_page: Page, gateway: Gateway) -> Iterator[Attempts]:
    attempts = Attempts(other_page, signed_in, gateway)
    with attempts.mirrored():
        yield attempts


def test_nothing_that_another_page_sends_with_the_cookie_changes_anything(
    signed_in: Settings, organization: Organization, attempts: Attempts
) -> None:
    first, second = organization.add("Billing agent"), organization.add("Payroll agent")
    cookies = signed_in.page.context.cookies()
    sent = [
        attempts.send(FETCH, "/api/keys", {"method": "POST", "body": PLANTED, "mode": "no-cors"}),
        attempts.send(FETCH, "/api/keys", {"method": "POST", "body": PLANTED}),
        attempts.send(FETCH, f"/api/keys/{first.id}/rotate", {"method": "POST", "mode": "no-cors"}),
        attempts.send(FORM, "/api/keys", '{"name": "Planted", "description": "', '"}'),
        attempts.send(FORM, f"/api/keys/{second.id}/rotate"),
    ]
    assert {attempts.carries_the_session(call) for call in sent} == {attempts.is_of_the_same_site}
    assert {call.status for call in sent} == {401}
    assert organization.active("Planted") == []
    assert organization.active("Billing agent") == [first]
    assert organization.active("Payroll agent") == [second]
    assert signed_in.page.context.cookies() == cookies

    assert all(attempts.would_do(call) for call in sent)
    assert len(organization.active("Planted")) == 3
    assert len(organization.active("Billing agent")) == 2
    assert len(organization.active("Payroll agent")) == 2


def test_a_change_that_needs_a_preflight_never_leaves_another_page(
    signed_in: Settings, organization: Organization, attempts: Attempts
) -> None:
    key = organization.add("Billing agent")
    path = f"/api/keys/{key.id}"
    wanted = [
        Call("POST", "/api/keys", "", "text/plain", PLANTED.encode()),
        Call("PATCH", path, "", "text/plain", b'{"name": "Payroll agent"}'),
        Call("DELETE", path, "", "", b""),
        Call("DELETE", "/api/keys/session", "", "", b""),
    ]
    for call in wanted:
        options = {
            "method": call.method,
            "headers": {HEADER: attempts.session_id},
            **({"body": call.body.decode()} if call.body else {}),
        }
        asked = attempts.send(FETCH, call.path, options)
        assert (asked.method, asked.cookie) == ("OPTIONS", "")
    assert organization.active("Planted") == []
    assert organization.active("Billing agent") == [key]
    signed_in.button("Refresh").click()
    expect(signed_in.row("Billing agent")).to_be_visible()

    assert all(attempts.would_do(call) for call in wanted)
    assert len(organization.active("Planted")) == 1
    assert organization.active("Billing agent") == []


def test_another_page_cannot_read_what_the_session_opens(attempts: Attempts) -> None:
    # The API answers: it is the browser that keeps the answer from the page.
    for call in (
        attempts.send(FETCH, "/api/keys", {}),
        attempts.send(FETCH, "/api/keys/session", {"mode": "no-cors"}),
        attempts.send(IMAGE, "/api/keys"),
    ):
        assert attempts.carries_the_session(call) == attempts.is_of_the_same_site
        assert call.status == (200 if attempts.is_of_the_same_site else 401)


def test_another_page_cannot_sign_anyone_in_as_somebody_else(
    signed_in: Settings, organization: Organization, gateway: Gateway, attempts: Attempts
) -> None:
    cookies = signed_in.page.context.cookies()
    text = ticket(gateway, f"{organization.id}_other", "mallory")
    # A form cannot send this body: it would add a "=", which no field of the call takes.
    options = {"method": "POST", "body": f'{{"ticket": "{text}"}}'}
    sent = attempts.send(FETCH, "/settings/session", {**options, "mode": "no-cors"})
    assert (sent.method, sent.status) == ("POST", 403)
    asked = attempts.send(FETCH, "/settings/session", {**options, "headers": {HEADER: "sign-in"}})
    assert asked.method == "OPTIONS"
    assert signed_in.page.context.cookies() == cookies
    signed_in.page.reload()
    expect(signed_in.row("Admin")).to_be_visible()

    assert attempts.would_do(sent)


def test_a_session_that_somebody_planted_before_is_not_the_one_that_a_sign_in_opens(
    settings: Settings, organization: Organization, gateway: Gateway
) -> None:
    settings.hold_session(ticket=ticket(gateway, f"{organization.id}_other", "mallory"))
    [planted] = settings.page.context.cookies()
    settings.page.goto(f"{settings.url}#ticket={ticket(gateway, organization.id)}")
    expect(settings.who).to_contain_text("Ada")
    [own] = settings.page.context.cookies()
    assert own["value"] != planted["value"]
    settings.create("Billing agent")
    settings.copy_and_close()
    assert len(organization.active("Billing agent")) == 1
