"""A key's name is always text: never markup or script, never a way to fake other text."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import (
    Locator,
    expect,
)

from tests.browser.organization import Organization
from tests.browser.settings import Settings

AS_THEY_ARE = [
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
    "مفتاح الإنتاج",
    "می\u200cشود",
    "क्\u200dष",
    "👩🏽\u200d💻 ❤\ufe0f 1\ufe0f\u20e3",
    "a\u0300\u0301" * 20,
    "x" * 100,
]


# What would turn the text around, or could not be seen, is shown by a mark.
MARKED = {
    "\u202eevil\u202c Revoke me instead": "[U+202E]evil[U+202C] Revoke me instead",
    "\u2066\u202eisolated": "[U+2066][U+202E]isolated",
    "\u200eleft\u200fright\u061c": "[U+200E]left[U+200F]right[U+061C]",
    "Ad\u200bmin": "Ad[U+200B]min",
    "Ad\u200dmin": "Ad[U+200D]min",
    "Ad\u00admin": "Ad[U+00AD]min",
    "pay\u3164roll": "pay[U+3164]roll",
    "pay\u2800roll": "pay[U+2800]roll",
    "pay\U0001d159roll": "pay[U+1D159]roll",
    "flag \U000e0067": "flag [U+E0067]",
}


NAMES = {name: name for name in AS_THEY_ARE} | MARKED


def test_every_name_is_text_in_the_list(settings: Settings, organization: Organization) -> None:
    for number, name in enumerate(NAMES):
        organization.add(name, age=timedelta(days=2, seconds=number))
    settings.enter(organization.admin_key)
    expect(settings.rows).to_have_count(len(NAMES) + 1)
    shown = settings.names.evaluate_all("names => names.map((name) => name.textContent)")
    assert shown[1:] == list(NAMES.values())
    expect(settings.page).to_have_title("API keys · Settings")
    assert settings.page.locator("bdi > *").count() == 0


# One of each kind: markup, the end of the elements around it, a turn of the text, and length.
@pytest.mark.parametrize(
    "name",
    [
        "<img src=x onerror=\"document.title='owned'\">",
        "</bdi></td></tr></table><h1>Signed out</h1>",
        "\u202eevil\u202c Revoke me instead",
        "x" * 100,
    ],
    ids=["markup", "end", "turn", "length"],
)
def test_a_name_is_text_in_every_place(signed_in: Settings, organization: Organization, name: str) -> None:
    page = signed_in.page
    shown = NAMES[name]

    def expect_name(place: Locator) -> None:
        expect(place).to_be_visible()
        assert place.evaluate("element => element.textContent") == shown

    signed_in.create(name)
    expect_name(signed_in.dialog.locator("h2 bdi"))
    signed_in.copy_and_close()
    expect_name(signed_in.notice.locator("bdi"))
    row = signed_in.rows.filter(has_not_text="Admin")
    expect(row).to_have_count(1)
    expect_name(row.locator("td.key .name"))

    row.locator("td.key a").click()
    expect_name(signed_in.dialog.locator("[data-view]:not([hidden]) h2 bdi"))
    expect(signed_in.dialog.get_by_label("Name", exact=True)).to_have_value(name)
    signed_in.button("Close").click()

    row.get_by_role("button", name=re.compile("^Rotate")).click()
    expect_name(signed_in.dialog.locator("h2 bdi"))
    signed_in.button("Create replacement").click()
    signed_in.copy_and_close()

    [_, old] = organization.active(name)
    organization.use(old, timedelta(minutes=1))
    row.last.get_by_role("button", name=re.compile("^Revoke")).click()
    expect_name(signed_in.dialog.locator("h2 bdi"))
    expect_name(signed_in.dialog.locator("label bdi"))
    signed_in.dialog.get_by_role("textbox").fill(shown)
    signed_in.button("Revoke key").click()
    expect(signed_in.dialog).to_have_count(0)
    expect_name(signed_in.notice.locator("bdi"))

    expect(page).to_have_title("API keys · Settings")
    expect(row).to_have_count(2)  # the key, revoked, and its replacement
    from_text = (
        "iframe, script:not(head script), img, style:not(head style), svg:not(#key svg), h1:not(main *)"
    )
    assert page.locator(from_text).count() == 0
    assert page.locator("bdi > *").count() == 0


@pytest.mark.parametrize("name", ["<b>bold</b>", "\u202eevil"])
def test_the_name_of_the_signed_in_person_is_text_as_well(
    settings: Settings, organization: Organization, name: str
) -> None:
    author = organization.add(name, "keys")
    organization.add("Billing agent", by=author.id)
    settings.enter(organization.secret(author))
    shown = name.replace("\u202e", "[U+202E]")
    expect(settings.page.locator("#who [data-slot=name]")).to_have_text(shown)
    settings.button("Sign out").click()
    expect(settings.key_field).to_be_visible()
    settings.enter(organization.admin_key)
    expect(settings.row("Billing agent").locator("[data-slot=by]")).to_have_text(shown)


@pytest.mark.parametrize(
    ("name", "typed"),
    [("\u202enimda", "[U+202E]nimda"), ("\u202enimda", "\u202enimda"), ("می\u200cشود", "میشود")],
)
def test_what_is_shown_of_a_name_confirms_it(
    settings: Settings, organization: Organization, name: str, typed: str
) -> None:
    organization.add(name, used=timedelta(minutes=1))
    settings.enter(organization.admin_key)
    settings.rows.filter(has_not_text="Admin").get_by_role("button", name=re.compile("^Revoke")).click()
    field = settings.dialog.get_by_role("textbox")
    field.fill("admin")
    settings.button("Revoke key").click()
    expect(settings.page.get_by_text("This is not the key\u2019s name.")).to_be_visible()
    field.fill(typed)
    settings.button("Revoke key").click()
    expect(settings.dialog).to_have_count(0)


@pytest.mark.parametrize("words", ["[u+202e]EVIL", "\u202eevil"])
def test_a_name_is_found_as_it_is_shown_and_as_it_is(
    settings: Settings, organization: Organization, words: str
) -> None:
    organization.add("\u202eevil")
    organization.add("Harmless")
    settings.enter(organization.admin_key)
    settings.search.fill(words)
    expect(settings.rows).to_have_count(1)
    expect(settings.rows).to_contain_text("[U+202E]evil")


def test_a_name_cannot_turn_the_text_around_it(settings: Settings, organization: Organization) -> None:
    organization.add("\u202eevil")
    settings.enter(organization.admin_key)
    row = settings.rows.filter(has_not_text="Admin")
    expect(row).to_have_count(1)
    for place in row.locator("bdi").all():
        assert place.evaluate("element => getComputedStyle(element).unicodeBidi") == "isolate"


def test_a_long_name_stays_within_the_page(settings: Settings, organization: Organization) -> None:
    organization.add("x" * 100)
    settings.page.set_viewport_size({"width": 320, "height": 640})
    settings.enter(organization.admin_key)
    settings.rows.filter(has_not_text="Admin").get_by_role("button", name=re.compile("^Revoke")).click()
    assert settings.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert settings.dialog.evaluate("element => element.scrollWidth <= element.clientWidth")
