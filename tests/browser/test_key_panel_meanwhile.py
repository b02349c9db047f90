"""The panel of a key while calls are under way: what their answers must not undo, repeat or misplace."""

import re

import pytest
from playwright.sync_api import Request, expect

from tests.browser.organization import Organization
from tests.browser.settings import ONE_KEY, Settings


def is_change(request: Request) -> bool:
    """Whether the call changes a key."""
    return request.method == "PATCH"


def test_what_is_typed_while_a_save_is_under_way_stays(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    panel = settings.open_key("Billing agent")
    name, description = panel.get_by_label("Name", exact=True), panel.get_by_label("Description", exact=True)
    held = settings.hold(ONE_KEY, "PATCH")
    name.fill(" Payroll agent")
    with settings.page.expect_request(is_change):
        panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Saving…")).to_be_visible()
    description.fill("Runs at night.")
    held[0].continue_()
    expect(panel.get_by_text("Saved.")).to_be_visible()
    expect(name).to_have_value("Payroll agent")
    expect(description).to_have_value("Runs at night.")
    settings.page.unroute(ONE_KEY)
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("button", name="Save")).to_be_hidden()
    record = organization.api.admin("GET", f"/api/keys/{key.id}").json()
    assert (record["name"], record["description"]) == ("Payroll agent", "Runs at night.")


@pytest.mark.parametrize("outcome", ["saved", "refused"])
def test_what_came_of_a_save_is_not_shown_under_another_key(
    settings: Settings, organization: Organization, outcome: str
) -> None:
    organization.add("Billing agent")
    other = organization.add("Pipeline")
    settings.enter(organization.admin_key)
    panel = settings.open_key("Billing agent")
    name, save = panel.get_by_label("Name", exact=True), panel.get_by_role("button", name="Save")
    held = settings.hold(ONE_KEY, "PATCH")
    for key in ("Billing agent", "Pipeline"):
        name.fill(f"{key} 2")
        with settings.page.expect_request(is_change):
            save.click()
        expect(panel.get_by_text("Saving…")).to_be_visible()
        settings.page.evaluate("id => { location.hash = id }", other.id)
        expect(panel.get_by_role("heading", name="Pipeline")).to_be_visible()
    # The answer to the first save: of the second, nobody knows yet.
    if outcome == "saved":
        held[0].continue_()
        expect(settings.row("Billing agent 2")).to_have_count(1)
    else:
        with settings.page.expect_response(lambda response: is_change(response.request)):
            held[0].fulfill(status=409, json={"error": "Not now."})
    expect(panel.get_by_text("Saving…")).to_be_visible()
    held[1].continue_()
    expect(panel.get_by_text("Saved.")).to_be_visible()
    expect(name).to_have_value("Pipeline 2")
    expect(panel.get_by_text("Not now.")).to_have_count(0)


def test_each_event_is_shown_once_even_if_the_key_was_opened_again_meanwhile(
    settings: Settings, organization: Organization
) -> None:
    created = organization.api.admin("POST", "/api/keys", json={"name": "Billing agent"}).json()
    organization.api.secrets.append(created["secret"])
    organization.await_events(created["id"], 1)
    settings.enter(organization.admin_key)
    held = settings.hold("**/history")
    with settings.page.expect_request("**/history"):
        settings.open_key("Billing agent")
    early = held[0].fetch()
    settings.page.keyboard.press("Escape")
    organization.api.admin("PATCH", f"/api/keys/{created['id']}", json={"description": "Runs at night."})
    organization.await_events(created["id"], 2)
    with settings.page.expect_request("**/history"):
        panel = settings.open_key("Billing agent")
    with settings.page.expect_response("**/history"):
        held[0].fulfill(response=early)
    held[1].continue_()
    events = panel.get_by_role("region", name="History").get_by_role("listitem")
    expect(events).to_have_text([re.compile("^Changed"), re.compile("^Created")])


def test_an_answer_that_is_late_does_not_undo_a_change(
    settings: Settings, organization: Organization
) -> None:
    key = organization.add("Billing agent")
    settings.enter(organization.admin_key)
    one = f"**/{key.id}"
    held = settings.hold(one, "GET")
    with settings.page.expect_request(one):
        panel = settings.open_key("Billing agent")
    early = held[0].fetch()
    panel.get_by_role("button", name="Disable").click()
    settings.button("Disable key").click()
    state = panel.locator("[data-slot=state]")
    expect(state).to_have_text("Disabled")
    with settings.page.expect_response(one):
        held[0].fulfill(response=early)
    # Once a later call has been answered, the late answer has been taken in.
    organization.add("Another")
    settings.press_unseen("Refresh")
    expect(settings.row("Another")).to_have_count(1)
    expect(state).to_have_text("Disabled")
    expect(settings.row("Billing agent")).to_contain_text("Disabled")
