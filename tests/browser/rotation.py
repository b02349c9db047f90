"""A rotation in progress: where it is, and what the page says about it."""

from playwright.sync_api import expect

from apikeys.keys.key import Key
from tests.browser.organization import Organization
from tests.browser.settings import Settings


def expect_step(settings: Settings, name: str) -> None:
    expect(settings.page.locator("#rotate-steps [aria-current=step]")).to_have_text(name)


def expect_advice(settings: Settings, text: str, kind: str) -> None:
    expect(settings.page.locator("#advice")).to_contain_text(text)
    expect(settings.page.locator("#advice")).to_have_class(kind)


def resume(settings: Settings, organization: Organization) -> tuple[Key, Key]:
    """A rotation that was left after its first step is taken up again."""
    old = organization.add("Billing agent")
    new = organization.rotate(old)
    settings.enter(organization.admin_key)
    settings.act("Continue rotation", "Billing agent")
    expect_step(settings, "Update your client")
    return old, new
