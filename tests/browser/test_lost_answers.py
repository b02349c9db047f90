"""When nobody knows whether a change was made, the page says so, and says how to go on."""

from playwright.sync_api import Route, expect

from tests.browser.organization import Organization
from tests.browser.settings import ANY_CALL, ONE_KEY, Settings, answer


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


def test_a_created_key_whose_answer_was_lost_is_found_in_the_list(
    signed_in: Settings, organization: Organization
) -> None:
    signed_in.page.route(ANY_CALL, lose_the_answer)
    signed_in.start_creating("Billing agent")
    signed_in.button("Create key").click()
    expect(signed_in.alert).to_contain_text("The key was created, but its secret was lost")
    [key] = organization.active("Billing agent")
    expect(signed_in.alert).to_contain_text(f"Revoke {key.hint}, and create another key")
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


def test_a_rotation_whose_answer_was_lost_goes_on_without_its_secret(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.page.route(ONE_KEY, lose_the_answer)
    settings.act("Rotate", "Billing agent")
    settings.button("Create replacement").click()
    heading = settings.dialog.get_by_role("heading", name="The new secret was lost on the way")
    expect(heading).to_be_focused()
    expect(settings.dialog).to_contain_text("its secret did not reach this page")
    expect(settings.page.get_by_text("Put the new secret")).to_be_hidden()
    settings.page.unroute(ONE_KEY)
    settings.button("Revoke the replacement and start again").click()
    settings.button("Revoke key").click()
    settings.button("Create replacement").click()
    assert organization.api.status(settings.secret()) == 200
    assert len(organization.active("Billing agent")) == 2


def test_a_rotation_that_never_arrived_can_be_tried_again(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.page.route(ONE_KEY, lose_the_call)
    settings.act("Rotate", "Billing agent")
    settings.button("Create replacement").click()
    expect(settings.alert).to_contain_text("There is no replacement so far. Try again")
    settings.page.unroute(ONE_KEY)
    settings.button("Create replacement").click()
    assert organization.api.status(settings.secret()) == 200


def test_a_rotation_during_an_outage_has_an_unknown_outcome(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")
    settings.page.route(ANY_CALL, lambda route: route.abort())
    settings.button("Create replacement").click()
    expect(settings.alert).to_contain_text("It is unknown whether a replacement was created.")


def test_a_revocation_whose_answer_was_lost_may_be_repeated(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.page.route(ONE_KEY, lose_the_answer)
    settings.act("Revoke", "Billing agent")
    settings.button("Revoke key").click()
    expect(settings.alert).to_contain_text(
        "It is unknown whether the key was revoked. The list was read again;"
    )
    assert organization.api.status(organization.secret(key)) == 401
    settings.page.unroute(ONE_KEY)
    settings.button("Revoke key").click()
    expect(settings.notice).to_contain_text("Revoked Billing agent.")


def test_a_revocation_during_an_outage_has_an_unknown_outcome(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    with settings.page.expect_response(ONE_KEY):
        settings.act("Revoke", "Billing agent")
    settings.page.route(ANY_CALL, answer(503, "The key store cannot be reached. Try again in a moment."))
    settings.button("Revoke key").click()
    expect(settings.alert).to_have_text(
        "The key store cannot be reached. Try again in a moment. It is unknown whether the key was revoked. "
        "The list could not be read again either; revoking twice does no harm."
    )
    expect(settings.failure).to_contain_text("The list could not be read.")
    settings.page.unroute(ANY_CALL)
    settings.button("Revoke key").click()
    expect(settings.notice).to_contain_text("Revoked Billing agent.")


def test_a_rotation_that_the_store_refused_can_be_tried_again(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")
    settings.page.route("**/rotate", answer(503, "The key store cannot be reached."), times=1)
    settings.button("Create replacement").click()
    expect(settings.alert).to_contain_text("The key store cannot be reached. There is no replacement so far.")
    settings.button("Create replacement").click()
    assert organization.api.status(settings.secret()) == 200


def test_the_page_does_not_guess_about_a_rotation_that_was_not_made_and_cannot_be_looked_up(
    settings: Settings, organization: Organization
) -> None:
    organization.add("Billing agent")
    settings.enter(organization.admin_key)
    settings.act("Rotate", "Billing agent")
    settings.page.route(ANY_CALL, answer(409, "key_1 is already being replaced by key_2."))
    settings.button("Create replacement").click()
    expect(settings.alert).to_contain_text("The key is revoked, or being replaced already.")
    expect(settings.alert).not_to_contain_text("unknown")
