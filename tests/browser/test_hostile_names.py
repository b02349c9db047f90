"""A key's name is text, whatever it looks like: never markup or script, never a way to fake other text."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Organization
from tests.browser.settings import Settings

NAMES = [
    "<script>document.title='owned'</script>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<svg/onload=document.title='owned'>",
    "\"><script>document.title='owned'</script>",
    "' onfocus='document.title=1' autofocus='",
    "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\"></iframe>",
    "<style>*{display:none}</style>",
    "</bdi></td></tr></table><h1>Signed out</h1>",
    "<!-- comment",
    "&lt;b&gt;bold&lt;/b&gt;",
    "javascript:document.title='owned'",
    "${document.title='owned'}{{constructor.constructor('document.title=1')()}}",
    "__proto__",
    "constructor",
    "\u202eevil\u202c Revoke me instead",
    "\u2066\u202eisolated",
    "مفتاح الإنتاج",
    "a\u0300\u0301" * 20,
    "x" * 100,
    "\u200b",
]


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name.encode("unicode_escape").decode()[:30])
def test_a_name_is_shown_as_it_is_in_every_place(
    signed_in: Settings, organization: Organization, name: str
) -> None:
    page = signed_in.page
    organization.add(name)
    page.reload()
    row = signed_in.rows.filter(has_not_text="Admin")
    expect(row).to_have_count(1)
    assert row.locator("td .name").evaluate("element => element.textContent") == name
    elements = page.evaluate("document.querySelectorAll('*').length")

    row.get_by_role("button", name=re.compile("^Rotate")).click()
    assert signed_in.dialog.locator("h2 bdi").evaluate("element => element.textContent") == name
    signed_in.button("Create replacement").click()
    signed_in.copy_and_close()
    row.last.get_by_role("button", name=re.compile("^Revoke")).click()
    assert signed_in.dialog.locator("h2 bdi").evaluate("element => element.textContent") == name
    signed_in.button("Revoke key").click()
    expect(signed_in.dialog).to_have_count(0)
    assert signed_in.notice.locator("bdi").evaluate("element => element.textContent") == name

    expect(page).to_have_title("API keys · Settings")
    expect(row).to_have_count(1)
    assert page.locator("iframe, script:not([src]), img, style, svg:not(#usage svg)").count() == 0
    # A row was replaced by another, and a sentence with the name was added: nothing else came of it.
    assert page.evaluate("document.querySelectorAll('*').length") == elements + 1


def test_a_name_cannot_turn_the_text_around_it(signed_in: Settings, organization: Organization) -> None:
    organization.add("\u202eevil")
    signed_in.page.reload()
    row = signed_in.rows.filter(has_not_text="Admin")
    expect(row).to_have_count(1)
    for place in row.locator("bdi").all():
        assert place.evaluate("element => getComputedStyle(element).unicodeBidi") == "isolate"


def test_a_long_name_stays_within_the_page(signed_in: Settings, organization: Organization) -> None:
    organization.add("x" * 100)
    signed_in.page.set_viewport_size({"width": 320, "height": 640})
    signed_in.page.reload()
    signed_in.rows.filter(has_not_text="Admin").get_by_role("button", name=re.compile("^Revoke")).click()
    assert signed_in.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert signed_in.dialog.evaluate("element => element.scrollWidth <= element.clientWidth")
