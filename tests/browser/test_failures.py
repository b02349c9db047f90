"""The page says in words what went wrong between it and the API, and says it where it went wrong."""

from contextlib import nullcontext

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.organization import Organization
from tests.browser.settings import ANY_CALL, LIST, ONE_KEY, Settings, answer


def test_a_refusal_is_shown_in_the_dialog_that_caused_it(
    signed_in: Settings, organization: Organization
) -> None:
    signed_in.start_creating("Billing agent")
    for status, error in (
        (400, "name: must not contain control characters or line breaks."),
        (403, "The scope cannot be given."),
        (409, "The new key's id is already in use. Try again."),
        (413, "The request is too large."),
        (429, "Too many calls. Wait a moment, then try again."),
    ):
        signed_in.page.route(ANY_CALL, answer(status, error), times=1)
        signed_in.button("Create key").click()
        expect(signed_in.alert).to_have_text(error)
        expect(signed_in.button("Create key")).to_be_enabled()
    assert organization.active("Billing agent") == []
    signed_in.button("Create key").click()
    signed_in.secret()
    assert len(organization.active("Billing agent")) == 1


def test_an_error_without_a_text_gets_one(signed_in: Settings) -> None:
    signed_in.page.route(ANY_CALL, lambda route: route.fulfill(status=502, body="<html>Bad gateway</html>"))
    signed_in.start_creating("Billing agent")
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_contain_text("The API answered with status 502.")


def test_being_offline_is_reported(signed_in: Settings, context: BrowserContext) -> None:
    signed_in.start_creating("Billing agent")
    context.set_offline(True)
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_have_text("You are offline. Nothing was sent.")
    signed_in.button("Cancel").click()
    signed_in.show_revoked()
    expect(signed_in.failure).to_have_text("The revoked keys could not be read. You are offline.")
    context.set_offline(False)
    signed_in.button("Try again").click()
    expect(signed_in.page.locator("#failed")).to_be_hidden()


@pytest.mark.parametrize("action", ["Rotate", "Revoke"])
def test_a_call_that_was_never_sent_has_no_unknown_outcome(
    settings: Settings, organization: Organization, context: BrowserContext, action: str
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    with settings.page.expect_response(ONE_KEY) if action == "Revoke" else nullcontext():
        settings.act(action, "Billing agent")
    context.set_offline(True)
    settings.button("Create replacement" if action == "Rotate" else "Revoke key").click()
    expect(settings.alert).to_have_text("You are offline. Nothing was sent.")
    context.set_offline(False)


def test_a_key_that_no_longer_exists_is_reported(settings: Settings, organization: Organization) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    with settings.page.expect_response(ONE_KEY):
        settings.act("Revoke", "Billing agent")
    settings.page.route(ONE_KEY, answer(404, "There is no such key."))
    settings.button("Revoke key").click()
    expect(settings.alert).to_have_text("There is no such key.")


def test_a_list_that_cannot_be_read_says_why_and_can_be_tried_again(
    settings: Settings, organization: Organization
) -> None:
    settings.page.route(LIST, answer(503, "The key store cannot be reached. Try again in a moment."))
    settings.open()
    settings.submit_key(organization.admin_key)
    reason = settings.failure
    expect(reason).to_contain_text("The list could not be read. The key store cannot be reached.")
    settings.page.unroute(LIST)
    settings.button("Try again").click()
    expect(settings.row("Admin")).to_be_visible()
    expect(reason).to_be_hidden()


def test_newer_pages_stay_when_an_older_one_cannot_be_read(
    settings: Settings, organization: Organization
) -> None:
    organization.add_many(101)
    settings.enter(organization.admin_key)
    settings.page.route(LIST, answer(429, "Too many calls. Wait a moment, then try again."))
    settings.button("Show older keys").click()
    expect(settings.failure).to_contain_text("Too many calls.")
    expect(settings.rows).to_have_count(100)
    settings.page.unroute(LIST)
    settings.button("Try again").click()
    expect(settings.rows).to_have_count(102)


@pytest.mark.parametrize("status", [429, 503])
def test_a_read_is_retried_while_the_api_is_busy(
    settings: Settings, organization: Organization, status: int
) -> None:
    settings.page.route(LIST, answer(status, "Try again in a moment."), times=3)
    settings.enter(organization.admin_key)
    expect(settings.row("Admin")).to_be_visible()
