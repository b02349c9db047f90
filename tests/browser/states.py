"""The states that the page can be in, each reached from a list that holds a key in every state."""

from playwright.sync_api import Route, expect

from tests.browser.settings import DOORS, LIST, ONE_KEY, Settings
from tests.e2e.api import eventually


def sign_in(settings: Settings) -> None:
    settings.button("Sign out").click()


def refused(settings: Settings) -> None:
    settings.button("Sign out").click()
    settings.submit_key("nonsense")


def sent_back(settings: Settings) -> None:
    refusal = {"error": "Invalid API key"}
    settings.page.route(LIST, lambda route: route.fulfill(status=401, json=refusal))
    settings.page.reload()
    expect(settings.why_signed_out).to_be_visible()


def loading(settings: Settings) -> None:
    settings.hold(DOORS)
    settings.page.reload()
    expect(settings.page.locator("#loading")).to_be_visible()


def broken(settings: Settings) -> None:
    settings.page.route(DOORS, lambda route: route.abort())
    settings.page.reload()
    expect(settings.button("Reload")).to_be_visible()


def empty(settings: Settings) -> None:
    page: dict[str, object] = {"keys": [], "next_cursor": None}
    settings.page.route(LIST, lambda route: route.fulfill(json=page))
    settings.page.reload()
    expect(settings.page.locator("#empty")).to_be_visible()


def reading(settings: Settings) -> None:
    settings.hold(LIST)
    settings.page.reload()
    expect(settings.count).to_have_text("Reading the list…")


def noticed(settings: Settings) -> None:
    settings.create("Another")
    settings.button("Copy secret").click()
    settings.button("Done").click()
    expect(settings.notice).not_to_be_empty()


def listed(settings: Settings) -> None:
    settings.show_revoked()
    expect(settings.row("Gone")).to_be_visible()


def searched_in_vain(settings: Settings) -> None:
    settings.search.fill("nothing like this")


def broken_list(settings: Settings) -> None:
    settings.page.route(LIST, lambda route: route.abort())
    settings.show_revoked()
    expect(settings.failure).to_be_visible()


def creating(settings: Settings) -> None:
    settings.start_creating("")
    settings.button("Create key").click()


def secret(settings: Settings) -> None:
    settings.create("Another")
    settings.page.get_by_role("tab", name="VS Code").click()
    settings.button("Copy secret").click()


def leaving(settings: Settings) -> None:
    settings.create("Another")
    settings.page.keyboard.press("Escape")


def rotating(settings: Settings) -> None:
    settings.act("Rotate", "Quiet")


def updating(settings: Settings) -> None:
    settings.act("Continue rotation", "Billing agent")


def comparing(settings: Settings) -> None:
    updating(settings)
    settings.button("Next").click()
    expect(settings.button("Revoke old key")).to_be_enabled()


def revoking(settings: Settings) -> None:
    settings.act("Revoke", "Busy")
    settings.button("Revoke key").click()


def refused_creation(settings: Settings) -> None:
    settings.page.route("**/api/keys", lambda route: route.fulfill(status=429, json={"error": "Wait."}))
    settings.start_creating("Another")
    settings.button("Create key").click()
    expect(settings.alert).to_have_text("Wait.")


def copying_forbidden(settings: Settings) -> None:
    settings.page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('forbidden')) }"
    )
    settings.create("Another")
    settings.button("Copy secret").click()
    expect(settings.page.get_by_text("press Ctrl+C")).to_be_visible()


def rotation_secret(settings: Settings) -> None:
    rotating(settings)
    settings.button("Create replacement").click()
    settings.secret()
    settings.page.get_by_role("tab", name="curl").click()


def rotation_left_without_copying(settings: Settings) -> None:
    rotation_secret(settings)
    settings.button("Next").click()
    expect(settings.button("Go on without copying")).to_be_enabled()


def secret_lost(settings: Settings) -> None:
    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort("connectionreset")

    rotating(settings)
    settings.page.route("**/rotate", lose_the_answer)
    settings.button("Create replacement").click()
    expect(settings.button("Revoke the replacement and start again")).to_be_visible()


def look_failed(settings: Settings) -> None:
    updating(settings)
    settings.page.route(ONE_KEY, lambda route: route.abort())
    settings.button("Next").click()
    expect(settings.dialog).to_contain_text("Last used: unknown")


def revoked_meanwhile(settings: Settings, one: str) -> None:
    def show_as_revoked(route: Route) -> None:
        key = route.fetch().json()
        revoked = (key["replaces"] is None) == (one == "old")
        route.fulfill(json={**key, "revoked_at": key["created_at"] if revoked else None})

    updating(settings)
    settings.page.route(ONE_KEY, show_as_revoked)
    settings.button("Next").click()


def rotation_ended(settings: Settings) -> None:
    revoked_meanwhile(settings, "old")
    expect(settings.dialog).to_contain_text("the rotation is done")


def replacement_revoked(settings: Settings) -> None:
    revoked_meanwhile(settings, "new")
    expect(settings.alert).to_contain_text("Someone has revoked the replacement")


def revocation_unknown(settings: Settings) -> None:
    settings.act("Revoke", "Quiet")
    settings.page.route(ONE_KEY, lambda route: route.abort())
    settings.button("Revoke key").click()
    expect(settings.alert).to_contain_text("It is unknown whether the key was revoked.")


def key(settings: Settings) -> None:
    panel = settings.open_key("Admin")
    expect(panel).to_contain_text("No calls in the last 30 days.")
    panel.get_by_text("Connect a client with this key").click()


def edited_key(settings: Settings) -> None:
    panel = settings.open_key("Quiet")
    panel.get_by_label("Name", exact=True).fill("")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Give the key a name")).to_be_visible()


def rotated_key(settings: Settings) -> None:
    settings.row("Billing agent").first.locator("td.key a").click()
    expect(settings.dialog.locator("[aria-current=true]")).to_be_visible()


def missing_key(settings: Settings) -> None:
    settings.page.evaluate("location.hash = 'key_000000000000'")
    expect(settings.dialog).to_contain_text("is not a key of this organization")


def usage_failed(settings: Settings) -> None:
    settings.page.route("**/usage?*", lambda route: route.abort())
    expect(settings.open_key("Quiet")).to_contain_text("The connection to the API broke.")


def disabling(settings: Settings) -> None:
    settings.open_key("Admin").get_by_role("button", name="Disable").click()
    expect(settings.page.locator("#disable")).to_contain_text("This is the last active key with full access.")


def connecting(settings: Settings) -> None:
    settings.button("Connect a client").click()
    settings.button("Test key").click()


def found(settings: Settings) -> None:
    settings.search.fill("key_000000000000")
    expect(settings.found).to_contain_text("is not a key of this organization.")


def selected(settings: Settings) -> None:
    settings.page.get_by_label("Select all keys that are shown").check()


def revoking_many(settings: Settings) -> None:
    selected(settings)
    settings.button("Revoke…").click()
    message = settings.page.get_by_text("This is not the number of keys.")

    def said() -> bool:
        # A click right after the dialog opened does nothing, on purpose.
        settings.button("Revoke keys").click()
        return message.is_visible()

    assert eventually(said)


DIALOGS = [
    creating,
    refused_creation,
    secret,
    copying_forbidden,
    leaving,
    rotating,
    rotation_secret,
    rotation_left_without_copying,
    secret_lost,
    updating,
    comparing,
    look_failed,
    rotation_ended,
    replacement_revoked,
    revoking,
    revocation_unknown,
    revoking_many,
    disabling,
    connecting,
    key,
    edited_key,
    rotated_key,
    missing_key,
    usage_failed,
]


STATES = [
    loading,
    broken,
    sign_in,
    refused,
    sent_back,
    empty,
    reading,
    listed,
    noticed,
    found,
    selected,
    searched_in_vain,
    broken_list,
    *DIALOGS,
]
