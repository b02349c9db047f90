"""Somebody pastes a leaked text: the key is found in any state, and no secret stays anywhere."""

import json
from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.organization import Organization
from tests.browser.settings import Settings
from tests.browser.tab import Tab
from tests.browser.test_secret_is_nowhere import EVERYTHING
from tests.e2e.conftest import Gateway


def paste(settings: Settings, text: str) -> None:
    """Paste as a person does, line breaks included."""
    settings.search.fill("")
    settings.search.focus()
    settings.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    settings.page.keyboard.press("Control+v")


def test_every_kind_of_leaked_text_gets_an_answer_in_words(
    settings: Settings, organization: Organization, gateway: Gateway, tab: Tab
) -> None:
    busy = organization.add("Busy", used=timedelta(minutes=2))
    gone = organization.add("Gone", age=timedelta(days=40))
    organization.revoke(gone)
    other = gateway.admin_key(f"{organization.id}_other")
    settings.enter(organization.admin_key)
    settings.page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    for text in (
        organization.secret(busy),
        f"Authorization: Bearer {organization.secret(busy)}",
        f'12:00 POST "x-api-key={organization.secret(busy)}"\n12:01 next line',
        organization.secret(busy)[:30],
        busy.id,
    ):
        paste(settings, text)
        expect(settings.search).to_have_value(busy.id)
        expect(settings.found).to_contain_text("Busy is active. Last used 2 minutes ago.")
        expect(settings.rows).to_have_count(1)

    paste(settings, organization.secret(gone))
    expect(settings.found).to_contain_text(
        "Gone was revoked just now by an operator. It opens nothing any more."
    )
    expect(settings.found.get_by_role("button")).to_have_count(0)

    paste(settings, other)
    expect(settings.found).to_contain_text("is not a key of this organization.")

    paste(settings, f"{organization.secret(busy)}\n{organization.secret(gone)}")
    expect(settings.found.locator(".found-line")).to_have_count(2)

    for key, sentence in ((busy, "Busy is active"), (gone, "Gone was revoked")):
        settings.search.fill(key.hint)
        expect(settings.found).to_contain_text(sentence)
    settings.search.fill("sk_live_copia_0000…0000")
    expect(settings.found).to_contain_text("is not a key of this organization.")
    settings.search.fill("busy")
    expect(settings.found).to_be_hidden()

    left = settings.page.evaluate(EVERYTHING)
    sent = [json.dumps([one.url, one.headers, one.post_data]) for one in tab.requests]
    for secret in (organization.secret(busy), organization.secret(gone), other):
        assert secret not in left
        assert not any(secret in text for text in sent)


def test_a_found_key_can_be_disabled_enabled_and_revoked_next_to_the_answer(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Leaked")
    settings.enter(organization.admin_key)
    settings.search.fill(organization.secret(key))
    settings.found.get_by_role("button", name="Disable Leaked").click()
    settings.button("Disable key").click()
    expect(settings.found).to_contain_text("Leaked is disabled")
    assert organization.active("Leaked")[0].disabled
    settings.found.get_by_role("button", name="Enable Leaked").click()
    settings.button("Enable key").click()
    expect(settings.found).to_contain_text("Leaked is active")
    assert not organization.active("Leaked")[0].disabled
    settings.found.get_by_role("button", name="Revoke Leaked").click()
    settings.button("Revoke key").click()
    expect(settings.found).to_contain_text("Leaked was revoked just now by you.")
    assert organization.api.status(organization.secret(key)) == 401
    settings.found.get_by_role("link", name="Leaked").click()
    expect(settings.dialog).to_contain_text("Revoked")


def test_a_missing_answer_is_reported(signed_in: Settings) -> None:
    signed_in.page.route("**/find", lambda route: route.abort())
    signed_in.search.fill("key_000000000000")
    expect(signed_in.found).to_contain_text("The connection to the API broke.")
