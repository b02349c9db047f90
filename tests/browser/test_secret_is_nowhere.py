"""Once its dialog is closed, a secret is nowhere in the browser, and it was never in a log."""

import json

import pytest
from playwright.sync_api import (
    expect,
)

from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.browser.tab import Tab

# All that a script of the page could still read: elements and their properties, storage, address, history.
EVERYTHING = """async () => JSON.stringify([
    document.documentElement.outerHTML,
    [...document.querySelectorAll("template")].map((template) => template.innerHTML),
    [...document.querySelectorAll("*")].map((element) => [element.value, element.title, element.ariaLabel]),
    [...document.querySelectorAll("*")].flatMap((element) => Object.values(element.dataset)),
    { ...localStorage }, { ...sessionStorage }, document.cookie, location.href, history.state, window.name,
    await indexedDB.databases(), await caches.keys(), performance.getEntries().map((entry) => entry.name),
    getSelection().toString(),
    Object.keys(window).map((name) => { try { return String(window[name]) } catch { return "" } }),
])"""


@pytest.mark.parametrize("way", ["created", "rotated", "not copied", "by hand"])
def test_a_secret_is_nowhere_once_its_dialog_is_closed(
    signed_in: Settings, organization: Organization, tab: Tab, way: str
) -> None:
    if way == "rotated":
        organization.add("Billing agent")
        signed_in.page.reload()
        signed_in.act("Rotate", "Billing agent")
        signed_in.button("Create replacement").click()
        secret = signed_in.secret()
    else:
        secret = signed_in.create("Billing agent")
    assert secret in signed_in.page.evaluate(EVERYTHING)
    signed_in.page.get_by_role("tab", name="Python").click()
    signed_in.button("Test key").click()
    expect(signed_in.page.get_by_text("Works: 4 tools")).to_be_visible()
    if way == "not copied":
        signed_in.page.keyboard.press("Escape")
        signed_in.button("Close without copying").click()
    elif way == "by hand":
        signed_in.page.evaluate(
            "getSelection().selectAllChildren(document.querySelector('#create [role=textbox]'))"
        )
        signed_in.page.keyboard.press("Control+c")
        signed_in.button("Done").click()
    else:
        signed_in.copy_and_close()
    expect(signed_in.dialog).to_have_count(0)

    left = signed_in.page.evaluate(EVERYTHING)
    messages = [message.text for message in tab.messages]
    requests = [json.dumps([sent.url, sent.headers, sent.post_data]) for sent in tab.requests]
    # Only the test of the key has sent it, as a client does.
    [tested] = [text for text in requests if secret in text]
    requests.remove(tested)
    assert "/api/runtime/capabilities" in tested
    for part in (secret, secret[-49:], secret[-49:-6], secret[14:26] + secret[26:40]):
        assert part not in left
        assert not any(part in text for text in messages + requests)


def test_going_back_to_the_page_does_not_bring_the_secret_back(
    signed_in: Settings, organization: Organization
) -> None:
    secret = signed_in.create("Billing agent")
    signed_in.page.once("dialog", lambda dialog: dialog.accept())
    signed_in.page.goto("about:blank")
    signed_in.page.go_back()
    expect(signed_in.row("Billing agent")).to_be_visible()
    assert secret not in signed_in.page.evaluate(EVERYTHING)
    assert organization.api.status(secret) == 200
