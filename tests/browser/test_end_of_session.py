"""A session can end in the middle of a task: no secret is lost, and none is left to the next session."""

import re

import pytest
from playwright.sync_api import (
    APIResponse,
    Route,
    expect,
)

from tests.browser.organization import Organization
from tests.browser.settings import ONE_KEY, Settings
from tests.e2e.conftest import Gateway


def revoke_session(organization: Organization) -> None:
    """The key that the page is signed in with is revoked by somebody else."""
    [session] = organization.active("Pipeline")
    organization.revoke(session)


@pytest.mark.parametrize("where", ["create", "rotate", "revoke", "search"])
def test_a_session_whose_key_is_revoked_returns_to_sign_in(
    settings: Settings, organization: Organization, where: str
) -> None:
    organization.add_many(101)
    settings.enter(organization.secret(organization.add("Pipeline", "keys")))
    if where == "create":
        settings.start_creating("Billing agent")
        revoke_session(organization)
        settings.button("Create key").click()
    elif where == "rotate":
        settings.act("Rotate", "Worker 7")
        revoke_session(organization)
        settings.button("Create replacement").click()
    elif where == "revoke":
        revoke_session(organization)
        settings.act("Revoke", "Worker 7")
    else:
        revoke_session(organization)
        settings.search.fill("worker")
    expect(settings.why_signed_out).to_contain_text("You were signed out")
    expect(settings.dialog).to_have_count(0)
    expect(settings.key_field).to_be_focused()
    expect(settings.rows).to_have_count(0)
    assert organization.active("Billing agent") == []


def test_a_secret_on_view_outlives_the_session(settings: Settings, organization: Organization) -> None:
    organization.add_many(101)
    settings.enter(organization.secret(organization.add("Pipeline", "keys")))
    secret = settings.create("Billing agent")
    with settings.page.expect_response(lambda response: response.status == 401):
        revoke_session(organization)
        settings.press_unseen("Show older keys")
    expect(settings.way_in).to_be_visible()
    assert settings.secret() == secret
    settings.button("Copy secret").click()
    settings.button("Done").click()
    expect(settings.why_signed_out).to_contain_text("You were signed out")
    assert secret not in settings.page.content()


def hold(settings: Settings, url: str | re.Pattern[str], method: str) -> list[tuple[Route, APIResponse]]:
    """The API answers such calls at once; the page hears of it when the test says so."""
    held: list[tuple[Route, APIResponse]] = []

    def take(route: Route) -> None:
        if route.request.method == method:
            held.append((route, route.fetch()))
        else:
            route.fallback()

    settings.page.route(url, take)
    return held


def test_a_secret_that_arrives_after_the_session_ended_is_shown_and_stays_out_of_the_next_session(
    settings: Settings, organization: Organization, gateway: Gateway
) -> None:
    settings.enter(organization.secret(organization.add("Pipeline", "keys")))
    held = hold(settings, "**/api/keys", "POST")
    settings.start_creating("Billing agent")
    with settings.page.expect_request(lambda request: request.method == "POST"):
        settings.button("Create key").click()
    revoke_session(organization)
    settings.press_unseen("Refresh")
    expect(settings.way_in).to_be_visible()
    [(route, response)] = held
    route.fulfill(response=response)

    secret = settings.secret()
    settings.page.keyboard.press("Escape")
    settings.button("Go back").click()
    settings.copy_and_close()
    assert secret not in settings.page.content()
    expect(settings.key_field).to_be_focused()

    settings.submit_key(gateway.admin_key(f"{organization.id}_other"))
    expect(settings.count).to_have_text("1 key")
    assert "Billing agent" not in settings.page.content()
    settings.button("Create API key").first.click()
    settings.button("Cancel").click()
    expect(settings.dialog).to_have_count(0)


def test_a_creation_that_is_lost_after_the_session_ended_is_reported(
    settings: Settings, organization: Organization
) -> None:
    settings.enter(organization.secret(organization.add("Pipeline", "keys")))
    held = settings.hold("**/api/keys")
    settings.start_creating("Billing agent")
    with settings.page.expect_request(lambda request: request.method == "POST"):
        settings.button("Create key").click()
    settings.press_unseen("Sign out")
    expect(settings.way_in).to_be_visible()
    held[0].abort("connectionreset")
    expect(settings.alert).to_contain_text("It is unknown whether the key was created.")
    settings.button("Create key").click()  # nobody is signed in any more
    expect(settings.dialog).to_have_count(0)
    expect(settings.why_signed_out).to_be_hidden()


def test_a_late_answer_to_one_session_does_not_end_the_next(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.secret(organization.add("Pipeline", "keys")))
    held = settings.hold(f"**/{key.id}")
    with settings.page.expect_request(ONE_KEY):
        settings.act("Revoke", "Billing agent")
    settings.press_unseen("Sign out")
    settings.submit_key(organization.admin_key)
    expect(settings.row("Billing agent")).to_be_visible()
    with settings.page.expect_response(lambda response: response.status == 401):
        held[0].fulfill(status=401, json={"error": "Invalid API key"})
    # Once a later answer has been taken in, the earlier one has been.
    organization.add("Made meanwhile")
    settings.button("Refresh").click()
    expect(settings.row("Made meanwhile")).to_be_visible()
    expect(settings.row("Billing agent")).to_be_visible()
