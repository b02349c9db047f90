"""What goes wrong between the page and the API is told in words, where it went wrong."""

import re
from collections.abc import Callable
from contextlib import nullcontext

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Route, expect

from tests.browser.conftest import Organization
from tests.browser.settings import Settings
from tests.e2e.conftest import Gateway

ANY_CALL = re.compile(r"/api/keys")
ONE_KEY = re.compile(r"/api/keys/key_")
LIST = re.compile(r"/api/keys\?")


def answer(status: int, error: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, json={"error": error})


def lose_the_answer(route: Route) -> None:
    """The call reaches the API; its answer does not come back."""
    if route.request.method in {"POST", "DELETE"}:
        route.fetch()
        route.abort("connectionreset")
    else:
        route.continue_()


def lose_the_call(route: Route) -> None:
    """The call does not reach the API."""
    if route.request.method in {"POST", "DELETE"}:
        route.abort("connectionreset")
    else:
        route.continue_()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, "name: must not hold control characters or line breaks."),
        (403, "The scope cannot be given."),
        (409, "The id drawn for the new key is taken. Try again."),
        (413, "The request is too large."),
        (429, "Too many calls. Wait a moment, then try again."),
    ],
)
def test_a_refusal_is_shown_in_the_dialog_that_caused_it(
    signed_in: Settings, organization: Organization, status: int, error: str
) -> None:
    signed_in.page.route(ANY_CALL, answer(status, error))
    signed_in.start_creating("Billing agent")
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_have_text(error)
    expect(signed_in.button("Create key")).to_be_enabled()

    signed_in.page.unroute(ANY_CALL)
    signed_in.button("Create key").click()
    signed_in.secret()
    assert len(organization.active("Billing agent")) == 1


def test_a_created_key_whose_answer_was_lost_is_found_in_the_list(
    signed_in: Settings, organization: Organization
) -> None:
    signed_in.page.route(ANY_CALL, lose_the_answer)
    signed_in.start_creating("Billing agent")
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_contain_text("The key was created all the same")
    [key] = organization.active("Billing agent")
    expect(signed_in.alert).to_contain_text(f"revoke {key.hint}, and create another one")
    expect(signed_in.alert).not_to_contain_text("unknown")
    signed_in.button("Cancel").click()
    expect(signed_in.row("Billing agent")).to_be_visible()


def test_a_creation_that_never_arrived_is_not_in_the_list(
    signed_in: Settings, organization: Organization
) -> None:
    signed_in.page.route(ANY_CALL, lose_the_call)
    signed_in.start_creating("Billing agent")
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_contain_text("It is unknown whether the key was created.")
    expect(signed_in.alert).to_contain_text("does not show it so far")
    assert organization.active("Billing agent") == []


def test_a_creation_during_an_outage_has_an_unknown_outcome(signed_in: Settings) -> None:
    signed_in.page.route(ANY_CALL, answer(503, "The key store cannot be reached. Try again in a moment."))
    signed_in.start_creating("Billing agent")
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_contain_text("The key store cannot be reached.")
    expect(signed_in.alert).to_contain_text("The list could not be read again either")


def test_an_error_without_words_gets_some(signed_in: Settings) -> None:
    signed_in.page.route(ANY_CALL, lambda route: route.fulfill(status=502, body="<html>Bad gateway</html>"))
    signed_in.start_creating("Billing agent")
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_contain_text("The API answered with status 502.")


def test_offline_is_told(signed_in: Settings, context: BrowserContext) -> None:
    signed_in.start_creating("Billing agent")
    context.set_offline(True)
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_have_text("You are offline. Nothing was sent.")
    signed_in.button("Cancel").click()
    signed_in.page.get_by_role("switch", name="Show revoked").check()
    expect(signed_in.page.locator("#failed-reason")).to_have_text(
        "The revoked keys could not be read. You are offline."
    )
    context.set_offline(False)
    signed_in.button("Try again").click()
    expect(signed_in.page.locator("#failed")).to_be_hidden()


def test_a_rotation_whose_answer_was_lost_goes_on_without_its_secret(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.page.route(ONE_KEY, lose_the_answer)
    signed_in.act("Rotate", "Billing agent")
    signed_in.button("Create replacement").click()
    heading = signed_in.dialog.get_by_role("heading", name="The new secret was lost on the way")
    expect(heading).to_be_focused()
    expect(signed_in.dialog).to_contain_text("its secret did not reach this page")
    expect(signed_in.page.get_by_text("Put the new secret")).to_be_hidden()
    signed_in.page.unroute(ONE_KEY)
    signed_in.button("Revoke the replacement and start again").click()
    signed_in.button("Revoke key").click()
    signed_in.button("Create replacement").click()
    assert organization.api.status(signed_in.secret()) == 200
    assert len(organization.active("Billing agent")) == 2


def test_a_rotation_that_never_arrived_can_be_tried_again(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.page.route(ONE_KEY, lose_the_call)
    signed_in.act("Rotate", "Billing agent")
    signed_in.button("Create replacement").click()
    expect(signed_in.alert).to_contain_text("There is no replacement so far. Try again")
    signed_in.page.unroute(ONE_KEY)
    signed_in.button("Create replacement").click()
    assert organization.api.status(signed_in.secret()) == 200


def test_a_rotation_during_an_outage_has_an_unknown_outcome(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")
    signed_in.page.route(ANY_CALL, lambda route: route.abort())
    signed_in.button("Create replacement").click()
    expect(signed_in.alert).to_contain_text("It is unknown whether a replacement was created.")


def test_a_revocation_whose_answer_was_lost_may_be_repeated(
    signed_in: Settings, organization: Organization
) -> None:
    key = organization.api.create(name="Billing agent")
    signed_in.page.reload()
    signed_in.page.route(ONE_KEY, lose_the_answer)
    signed_in.act("Revoke", "Billing agent")
    signed_in.button("Revoke key").click()
    expect(signed_in.alert).to_contain_text(
        "It is unknown whether the key was revoked. The list was read again;"
    )
    assert organization.api.status(key["secret"]) == 401
    signed_in.page.unroute(ONE_KEY)
    signed_in.button("Revoke key").click()
    expect(signed_in.notice).to_contain_text("Revoked Billing agent.")


def test_a_revocation_during_an_outage_has_an_unknown_outcome(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    with signed_in.page.expect_response(ONE_KEY):
        signed_in.act("Revoke", "Billing agent")
    signed_in.page.route(ANY_CALL, answer(503, "The key store cannot be reached. Try again in a moment."))
    signed_in.button("Revoke key").click()
    expect(signed_in.alert).to_have_text(
        "The key store cannot be reached. Try again in a moment. It is unknown whether the key was revoked. "
        "The list could not be read again either; revoking twice does no harm."
    )
    expect(signed_in.page.locator("#failed-reason")).to_contain_text("The list could not be read.")
    signed_in.page.unroute(ANY_CALL)
    signed_in.button("Revoke key").click()
    expect(signed_in.notice).to_contain_text("Revoked Billing agent.")


def test_a_rotation_that_the_store_refused_can_be_tried_again(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")
    signed_in.page.route("**/rotate", answer(503, "The key store cannot be reached."), times=1)
    signed_in.button("Create replacement").click()
    expect(signed_in.alert).to_contain_text(
        "The key store cannot be reached. There is no replacement so far."
    )
    signed_in.button("Create replacement").click()
    assert organization.api.status(signed_in.secret()) == 200


def test_a_rotation_that_neither_was_made_nor_can_be_looked_up_is_told_without_a_guess(
    signed_in: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    signed_in.act("Rotate", "Billing agent")
    signed_in.page.route(ANY_CALL, answer(409, "key_1 is already being replaced by key_2."))
    signed_in.button("Create replacement").click()
    expect(signed_in.alert).to_contain_text("The key is revoked, or being replaced already.")
    expect(signed_in.alert).not_to_contain_text("unknown")


@pytest.mark.parametrize("action", ["Rotate", "Revoke"])
def test_what_was_never_sent_has_no_unknown_outcome(
    signed_in: Settings, organization: Organization, context: BrowserContext, action: str
) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    with signed_in.page.expect_response(ONE_KEY) if action == "Revoke" else nullcontext():
        signed_in.act(action, "Billing agent")
    context.set_offline(True)
    signed_in.button("Create replacement" if action == "Rotate" else "Revoke key").click()
    expect(signed_in.alert).to_have_text("You are offline. Nothing was sent.")
    context.set_offline(False)


def test_a_key_that_does_not_exist_any_more_is_told(signed_in: Settings, organization: Organization) -> None:
    organization.add("Billing agent")
    signed_in.page.reload()
    with signed_in.page.expect_response(ONE_KEY):
        signed_in.act("Revoke", "Billing agent")
    signed_in.page.route(ONE_KEY, answer(404, "There is no such key."))
    signed_in.button("Revoke key").click()
    expect(signed_in.alert).to_have_text("There is no such key.")


def test_a_list_that_cannot_be_read_says_why_and_can_be_tried_again(
    settings: Settings, organization: Organization
) -> None:
    settings.page.route(LIST, answer(503, "The key store cannot be reached. Try again in a moment."))
    settings.open()
    settings.submit_key(organization.api.admin_key)
    reason = settings.page.locator("#failed-reason")
    expect(reason).to_contain_text("The list could not be read. The key store cannot be reached.")
    settings.page.unroute(LIST)
    settings.button("Try again").click()
    expect(settings.row("Admin")).to_be_visible()
    expect(reason).to_be_hidden()


def test_an_older_page_that_cannot_be_read_leaves_the_newer_ones(
    settings: Settings, organization: Organization
) -> None:
    for number in range(101):
        organization.add(f"Worker {number}")
    settings.sign_in(organization.api.admin_key)
    settings.page.route(LIST, answer(429, "Too many calls. Wait a moment, then try again."))
    settings.button("Show older keys").click()
    expect(settings.page.locator("#failed-reason")).to_contain_text("Too many calls.")
    expect(settings.rows).to_have_count(100)
    settings.page.unroute(LIST)
    settings.button("Try again").click()
    expect(settings.rows).to_have_count(102)


def revoke_session(organization: Organization) -> None:
    """The key that the page is signed in with is revoked by somebody else."""
    [session] = organization.active("Pipeline")
    organization.api.revoke(session.id)


@pytest.mark.parametrize("where", ["create", "rotate", "revoke", "search"])
def test_a_session_whose_key_is_revoked_returns_to_the_way_in(
    settings: Settings, organization: Organization, where: str
) -> None:
    for number in range(101):
        organization.add(f"Worker {number}")
    settings.sign_in(organization.api.create("keys", name="Pipeline")["secret"])
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
    expect(settings.page.locator("#sign-in-reason")).to_contain_text("Your key was refused")
    expect(settings.dialog).to_have_count(0)
    expect(settings.key_field).to_be_focused()
    expect(settings.rows).to_have_count(0)
    assert organization.active("Billing agent") == []


def test_a_secret_on_view_outlives_the_session(settings: Settings, organization: Organization) -> None:
    for number in range(101):
        organization.add(f"Worker {number}")
    settings.sign_in(organization.api.create("keys", name="Pipeline")["secret"])
    secret = settings.create("Billing agent")
    with settings.page.expect_response(lambda response: response.status == 401):
        revoke_session(organization)
        settings.page.evaluate("document.getElementById('more').click()")
    expect(settings.page.locator("#sign-in")).to_be_visible()
    assert settings.secret() == secret
    settings.button("Copy secret").click()
    settings.button("Done").click()
    expect(settings.page.locator("#sign-in-reason")).to_contain_text("Your key was refused")
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


def test_a_secret_that_comes_once_the_session_is_over_is_shown_and_stays_out_of_the_next_session(
    settings: Settings, organization: Organization, gateway: Gateway
) -> None:
    settings.sign_in(organization.api.create("keys", name="Pipeline")["secret"])
    held = hold(settings, "**/api/keys", "POST")
    settings.start_creating("Billing agent")
    with settings.page.expect_request(lambda request: request.method == "POST"):
        settings.button("Create key").click()
    revoke_session(organization)
    settings.page.evaluate("document.getElementById('revoked').click()")
    expect(settings.page.locator("#sign-in")).to_be_visible()
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


def test_a_creation_that_is_lost_once_the_session_is_over_is_told(
    settings: Settings, organization: Organization
) -> None:
    settings.sign_in(organization.api.create("keys", name="Pipeline")["secret"])
    held = settings.hold("**/api/keys")
    settings.start_creating("Billing agent")
    with settings.page.expect_request(lambda request: request.method == "POST"):
        settings.button("Create key").click()
    settings.page.evaluate("document.getElementById('sign-out').click()")
    expect(settings.page.locator("#sign-in")).to_be_visible()
    held[0].abort("connectionreset")
    expect(settings.alert).to_contain_text("It is unknown whether the key was created.")
    settings.button("Create key").click()  # nobody is signed in any more
    expect(settings.dialog).to_have_count(0)
    expect(settings.page.locator("#sign-in-reason")).to_be_hidden()


def test_what_one_session_asked_for_does_not_end_the_next(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Billing agent")
    settings.sign_in(organization.api.create("keys", name="Pipeline")["secret"])
    held = settings.hold(f"**/{key.id}")
    with settings.page.expect_request(ONE_KEY):
        settings.act("Revoke", "Billing agent")
    settings.page.evaluate("document.getElementById('sign-out').click()")
    settings.submit_key(organization.api.admin_key)
    expect(settings.row("Billing agent")).to_be_visible()
    with settings.page.expect_response(lambda response: response.status == 401):
        held[0].fulfill(status=401, json={"error": "Invalid API key"})
    settings.page.wait_for_timeout(200)
    expect(settings.row("Billing agent")).to_be_visible()


@pytest.mark.parametrize("status", [429, 503])
def test_a_reading_that_meets_a_busy_api_is_made_once_more(
    settings: Settings, organization: Organization, status: int
) -> None:
    settings.page.route(LIST, answer(status, "Try again in a moment."), times=1)
    settings.sign_in(organization.api.admin_key)
    expect(settings.row("Admin")).to_be_visible()


def test_a_change_that_meets_a_busy_api_is_never_repeated_by_itself(
    signed_in: Settings, organization: Organization
) -> None:
    signed_in.page.route(ANY_CALL, answer(429, "Too many calls. Wait a moment, then try again."), times=1)
    signed_in.start_creating("Billing agent")
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_contain_text("Too many calls.")
    assert organization.active("Billing agent") == []
