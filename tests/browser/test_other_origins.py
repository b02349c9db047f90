"""A page of another origin cannot act for anyone: it cannot name a session, and no answer allows it."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.e2e.conftest import Gateway
from tests.e2e.people import ticket
from tests.served import served

# All that a page can send along with cookies. Each is over when it has been answered or refused.
FETCH = """async ([url, options]) => {
    try { return (await fetch(url, { credentials: "include", ...options })).type } catch { return "refused" }
}"""
IMAGE = """(url) => new Promise((done) => {
    const image = new Image();
    image.onload = image.onerror = () => done();
    image.src = url;
})"""
FORM = """([url, method, name, value]) => new Promise((done) => {
    const frame = document.createElement("iframe");
    // A name of its own: a second form would otherwise be answered in the first one's frame.
    frame.name = crypto.randomUUID();
    document.body.append(frame);
    const form = Object.assign(document.createElement("form"), {
        action: url, method, target: frame.name, enctype: "text/plain",
    });
    form.append(Object.assign(document.createElement("input"), { name, value }));
    document.body.append(form);
    frame.onload = () => done();
    form.submit();
})"""


class _Empty(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>Elsewhere</title><body>")

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def elsewhere() -> Iterator[int]:
    """Another server of this machine; its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Empty)
    with served(server):
        yield server.server_port


# A port makes another origin and no other site: the first is as near as a subdomain, and is sent the cookie.
@pytest.fixture(params=["127.0.0.1", "localhost"], ids=["of the same site", "of another site"])
def other_page(request: pytest.FixtureRequest, page: Page) -> Iterator[Page]:
    with elsewhere() as port:
        other = page.context.new_page()
        other.goto(f"http://{request.param}:{port}/")
        yield other


def test_nothing_that_another_page_sends_changes_anything(
    signed_in: Settings, organization: Organization, gateway: Gateway, other_page: Page
) -> None:
    key = organization.add("Billing agent")
    keys = f"{gateway.url}/api/keys"
    session = f"{keys}/session"
    body = '{"name": "Planted"}'
    cookies = signed_in.page.context.cookies()
    for url, options in [
        (keys, {"method": "POST", "body": body, "mode": "no-cors"}),
        (keys, {"method": "POST", "body": body}),
        (keys, {"method": "POST", "body": body, "headers": {"X-Settings-Page": "any"}}),
        (f"{keys}/{key.id}", {"method": "DELETE"}),
        (f"{keys}/{key.id}", {"method": "PATCH", "body": '{"disabled": true}'}),
        (f"{keys}/{key.id}/rotate", {"method": "POST", "mode": "no-cors"}),
        (session, {"method": "DELETE"}),
        (session, {"method": "GET"}),
    ]:
        # Opaque: the page cannot read the answer.
        assert other_page.evaluate(FETCH, [url, options]) in {"opaque", "refused"}, (url, options)
    other_page.evaluate(IMAGE, keys)
    other_page.evaluate(FORM, [keys, "post", '{"name": "Planted", "description": "', '"}'])
    other_page.evaluate(FORM, [f"{keys}/{key.id}/rotate", "post", "{", "}"])

    assert organization.active("Planted") == []
    assert organization.active("Billing agent") == [key]
    assert signed_in.page.context.cookies() == cookies
    signed_in.button("Refresh").click()
    expect(signed_in.row("Billing agent")).to_be_visible()


def test_another_page_cannot_sign_anyone_in_as_somebody_else(
    signed_in: Settings, organization: Organization, gateway: Gateway, other_page: Page
) -> None:
    cookies = signed_in.page.context.cookies()
    text = ticket(gateway, f"{organization.id}_other", "mallory")
    url = f"{gateway.url}/settings/session"
    body = f'{{"ticket": "{text}"}}'
    other_page.evaluate(FETCH, [url, {"method": "POST", "body": body, "mode": "no-cors"}])
    other_page.evaluate(
        FETCH, [url, {"method": "POST", "body": body, "headers": {"X-Settings-Page": "sign-in"}}]
    )
    other_page.evaluate(FORM, [url, "post", '{"ticket": "' + text + '", "x": "', '"}'])
    assert signed_in.page.context.cookies() == cookies
    signed_in.page.reload()
    expect(signed_in.row("Admin")).to_be_visible()


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
