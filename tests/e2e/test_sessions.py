import uuid
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.e2e.api import Api, error
from tests.e2e.conftest import Gateway
from tests.e2e.people import COOKIE, Browser, ticket


@pytest.fixture
def organization() -> str:
    return f"org_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def signed_in(local: Gateway, organization: str) -> Iterator[Callable[..., Browser]]:
    """Signs a person in with a ticket."""
    browsers: list[Browser] = []

    def sign_in(person: str = "ada", role: str = "member") -> Browser:
        browser = Browser(local.url)
        browsers.append(browser)
        response = browser.sign_in(ticket=ticket(local, organization, person, role))
        assert response.status_code == 201, response.text
        local.secrets.append(browser.secret)
        return browser

    yield sign_in
    for browser in browsers:
        with browser:
            pass


def create(browser: Browser, *scopes: str) -> dict[str, str]:
    response = browser.call("POST", "/api/keys", json={"name": "CI", "scopes": scopes or ["runtime"]})
    assert response.status_code == 201, response.text
    key: dict[str, str] = response.json()
    return key


def test_a_ticket_signs_a_person_in_once(local: Gateway, organization: str) -> None:
    text = ticket(local, organization)
    with Browser(local.url) as browser, Browser(local.url) as second:
        response = browser.sign_in(ticket=text)
        assert response.status_code == 201
        local.secrets.append(browser.secret)
        assert {
            name: value for name, value in response.json().items() if name not in ("id", "expires_at")
        } == {
            "organization_id": organization,
            "organization_name": "Acme",
            "person_id": "ada",
            "person_name": "Ada",
            "role": "member",
            "opened_by": "ticket",
        }
        assert browser.secret not in response.text
        attributes = response.headers["set-cookie"].split("; ")[1:]
        assert attributes == ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"]
        assert response.headers["cache-control"] == "no-store"
        again = second.sign_in(ticket=text)
        assert again.status_code == 401
        assert "Ask for a new one" in error(again)
        assert browser.status() == 200


@pytest.mark.parametrize("text", ["", "x", "ticket_" + "0" * 61], ids=["empty", "short", "made up"])
def test_an_invalid_ticket_signs_nobody_in(local: Gateway, text: str) -> None:
    with Browser(local.url) as browser:
        assert browser.sign_in(ticket=text).status_code in (400, 401)
        assert browser.status() == 401


@pytest.mark.parametrize("presented", [{}, {"ticket": "x", "key": "x"}], ids=["nothing", "two"])
def test_a_sign_in_with_nothing_or_with_two_things_is_told_what_to_send(
    local: Gateway, presented: dict[str, str]
) -> None:
    with Browser(local.url) as browser:
        response = browser.sign_in(**presented)
        assert response.status_code == 400
        assert error(response) == "Send exactly one of ticket, key and provider."


def test_a_session_manages_keys_under_the_persons_name(
    signed_in: Callable[..., Browser], local: Gateway
) -> None:
    browser = signed_in()
    made = create(browser)
    local.secrets.append(made["secret"])
    assert (made["created_by"], made["created_by_name"]) == ("ada", "Ada")
    revoked = browser.call("DELETE", f"/api/keys/{made['id']}").json()
    assert (revoked["revoked_by"], revoked["revoked_by_name"]) == ("ada", "Ada")


def test_the_session_says_who_is_signed_in(signed_in: Callable[..., Browser]) -> None:
    browser = signed_in(role="admin")
    assert browser.call("GET", "/api/keys/session").json() == browser.session


def test_a_session_opens_nothing_but_the_management_of_keys(signed_in: Callable[..., Browser]) -> None:
    browser = signed_in(role="admin")
    assert browser.call("GET", "/api/runtime/capabilities").status_code == 401
    assert browser.call("POST", "/api/mcp", json={}).status_code == 401


def test_the_secret_of_a_session_does_not_work_as_a_key(signed_in: Callable[..., Browser], api: Api) -> None:
    browser = signed_in(role="admin")
    for headers in ({"x-api-key": browser.secret}, {"Authorization": f"Bearer {browser.secret}"}):
        assert browser.call("GET", "/api/keys", headers=headers).status_code == 401
        assert browser.call("GET", "/api/keys", headers={**headers, "Cookie": ""}).status_code == 401
    assert (
        browser.call("GET", "/api/keys", headers={"Cookie": f"{COOKIE}={api.admin_key}"}).status_code == 401
    )


def test_a_key_in_a_header_wins_over_a_session(signed_in: Callable[..., Browser], api: Api) -> None:
    browser = signed_in(role="admin")
    assert browser.call("GET", "/api/keys", headers={"x-api-key": "anything"}).status_code == 401
    theirs = browser.call("GET", "/api/keys", headers={"x-api-key": api.admin_key}).json()["keys"]
    assert {key["organization_id"] for key in theirs} == {"org_sessions"}


def test_a_change_without_the_pages_header_is_refused(signed_in: Callable[..., Browser]) -> None:
    browser = signed_in()
    made = create(browser)
    for value in ("", "sign-in", "ses_000000000000"):
        headers = {"X-Settings-Page": value}
        assert browser.call("POST", "/api/keys", headers=headers, json={"name": "CSRF"}).status_code == 401
        assert browser.call("DELETE", f"/api/keys/{made['id']}", headers=headers).status_code == 401
    names = [key["name"] for key in browser.call("GET", "/api/keys").json()["keys"]]
    assert names == ["CI"]


def test_signing_in_without_the_pages_header_is_refused(local: Gateway, organization: str) -> None:
    with Browser(local.url) as browser:
        response = browser.call(
            "POST", "/settings/session", json={"ticket": ticket(local, organization)}, headers={"Cookie": ""}
        )
        assert response.status_code == 403


def test_signing_out_ends_only_that_session_everywhere(
    signed_in: Callable[..., Browser],
) -> None:
    browser, other = signed_in(), signed_in()
    response = browser.call("DELETE", "/api/keys/session")
    assert response.status_code == 200
    assert response.headers["set-cookie"].startswith(f"{COOKIE}=; Max-Age=0; ")
    assert browser.status() == 401
    assert other.status() == 200


@pytest.mark.parametrize("door", ["ticket", "key"])
def test_a_browser_that_signs_in_again_does_not_leave_its_former_session_open(
    local: Gateway, organization: str, signed_in: Callable[..., Browser], door: str
) -> None:
    browser, other = signed_in(), signed_in()
    former = browser.secret
    assert browser.sign_in(ticket="ticket_" + "0" * 61).status_code == 401
    assert browser.status() == 200
    another = f"{organization}_other"
    with closing(local.api(another)) as api:
        presented = ticket(local, another) if door == "ticket" else api.create("keys")["secret"]
        assert browser.sign_in(**{door: presented}).status_code == 201
    local.secrets.append(browser.secret)
    left = {"Cookie": f"{COOKIE}={former}", "X-Settings-Page": ""}
    assert browser.call("GET", "/api/keys/session", headers=left).status_code == 401
    assert (browser.status(), other.status()) == (200, 200)


def test_an_operator_can_end_sessions(
    signed_in: Callable[..., Browser], local: Gateway, organization: str
) -> None:
    ada, bob = signed_in("ada"), signed_in("bob")
    pending = ticket(local, organization, "ada")
    ended, _ = local.invoke("EndSessionsFunction", {"organization_id": organization, "person_id": "ada"})
    assert ended == {"ended": 2}
    assert (ada.status(), bob.status()) == (401, 200)
    assert ada.sign_in(ticket=pending).status_code == 401
    assert local.invoke("EndSessionsFunction", {"organization_id": organization})[0] == {"ended": 1}
    assert bob.status() == 401


def test_an_operator_can_end_the_sessions_that_were_opened_with_a_key(
    signed_in: Callable[..., Browser], local: Gateway, organization: str
) -> None:
    ada = signed_in("ada")
    with closing(local.api(organization)) as api, Browser(local.url) as one, Browser(local.url) as other:
        key, another = api.create("keys"), api.create("keys")
        for browser, presented in ((one, key), (other, another)):
            assert browser.sign_in(key=presented["secret"]).status_code == 201
            local.secrets.append(browser.secret)
        event = {"organization_id": organization, "key_id": key["id"]}
        assert local.invoke("EndSessionsFunction", event)[0] == {"ended": 1}
        assert (one.status(), other.status(), ada.status()) == (401, 200, 200)
        assert one.sign_in(key=key["secret"]).status_code == 201
        local.secrets.append(one.secret)


@pytest.mark.parametrize(
    ("whose", "text"),
    [
        ({"key_id": "ada"}, "key_id: must be the id of a key, such as key_8zBk3w73pEIt."),
        ({"person_id": "ada", "key_id": "key_8zBk3w73pEIt"}, "Send person_id or key_id, not both."),
    ],
    ids=["another id", "both"],
)
def test_an_operator_who_names_no_one_owner_of_sessions_ends_none(
    signed_in: Callable[..., Browser], local: Gateway, organization: str, whose: dict[str, str], text: str
) -> None:
    ada = signed_in("ada")
    refusal, failed = local.invoke("EndSessionsFunction", {"organization_id": organization, **whose})
    assert failed
    assert refusal["errorMessage"] == text
    assert ada.status() == 200


def test_a_key_is_exchanged_for_a_session_that_ends_with_it(local: Gateway, organization: str) -> None:
    with closing(local.api(organization)) as api, Browser(local.url) as browser:
        key = api.create("keys")
        assert browser.sign_in(key=key["secret"]).status_code == 201
        local.secrets.append(browser.secret)
        assert (browser.session["role"], browser.session["opened_by"]) == ("member", key["id"])
        made = create(browser)
        assert made["created_by"] == key["id"]
        assert made["created_by_name"] is None
        api.revoke(key["id"])
        assert browser.status() == 401
        assert browser.sign_in(key=key["secret"]).status_code == 401


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"disabled": True}, 401),
        ({"scopes": ["runtime"]}, 401),
        ({"allowed_addresses": ["198.51.100.7"]}, 401),
        ({"name": "Renamed", "metadata": {"team": "billing"}}, 200),
    ],
    ids=["disabled", "without the scope", "from fewer addresses", "renamed"],
)
def test_a_session_ends_when_the_key_that_opened_it_is_limited(
    local: Gateway, organization: str, change: dict[str, object], status: int
) -> None:
    with closing(local.api(organization)) as api, Browser(local.url) as browser:
        key = api.create("keys", "runtime")
        assert browser.sign_in(key=key["secret"]).status_code == 201
        local.secrets.append(browser.secret)
        api.change(key["id"], **change)
        assert browser.status() == status


def test_a_person_can_revoke_the_key_they_signed_in_with_and_that_ends_the_session(
    local: Gateway, organization: str
) -> None:
    with closing(local.api(organization)) as api, Browser(local.url) as browser:
        key, other = api.create("keys"), api.create("keys")
        assert browser.sign_in(key=key["secret"]).status_code == 201
        local.secrets.append(browser.secret)
        assert browser.call("DELETE", f"/api/keys/{other['id']}").status_code == 403
        own = f"/api/keys/{key['id']}"
        assert browser.call("DELETE", own).status_code == 409
        widened = browser.call("PATCH", own, json={"scopes": ["keys", "runtime"]})
        assert widened.status_code == 403
        revoked = browser.call("DELETE", f"{own}?self=true")
        assert (revoked.status_code, revoked.json()["revoked_by"]) == (200, key["id"])
        assert browser.status() == 401


def test_signing_in_again_and_again_is_never_refused_and_ends_only_the_persons_first_session(
    local: Gateway, organization: str, signed_in: Callable[..., Browser]
) -> None:
    somebody_else = signed_in("bob")
    with closing(local.api(organization)) as api, Browser(local.url) as first, Browser(local.url) as second:
        key = api.create("keys")
        for browser in (first, second):
            assert browser.sign_in(key=key["secret"]).status_code == 201
            local.secrets.append(browser.secret)
        for _ in range(19):
            with Browser(local.url) as further:
                assert further.sign_in(key=key["secret"]).status_code == 201
                local.secrets.append(further.secret)
                assert further.status() == 200
        assert (first.status(), second.status(), somebody_else.status()) == (401, 200, 200)


def test_a_key_without_key_management_cannot_sign_in(local: Gateway, organization: str) -> None:
    with closing(local.api(organization)) as api, Browser(local.url) as browser:
        response = browser.sign_in(key=api.create("runtime")["secret"])
        assert response.status_code == 403
        assert '"keys"' in error(response)


def test_an_admin_gives_the_scope_keys_and_a_member_does_not(signed_in: Callable[..., Browser]) -> None:
    member, admin = signed_in("ada"), signed_in("bob", role="admin")
    refused = member.call("POST", "/api/keys", json={"name": "CI", "scopes": ["keys"]})
    assert refused.status_code == 403
    assert error(refused) == 'To give the scope "keys", ask an admin of Acme.'
    made = create(admin, "keys")
    assert member.call("POST", f"/api/keys/{made['id']}/rotate").status_code == 403
    assert member.call("DELETE", f"/api/keys/{made['id']}").status_code == 403
    assert admin.call("DELETE", f"/api/keys/{made['id']}").status_code == 200
    everything = admin.call("POST", "/api/keys", json={"name": "CI", "scopes": ["*"]})
    assert everything.status_code == 403


def test_a_session_sees_only_its_own_organization(signed_in: Callable[..., Browser], api: Api) -> None:
    browser = signed_in(role="admin")
    theirs = api.create("runtime")["id"]
    for method, path in (
        ("GET", f"/api/keys/{theirs}"),
        ("DELETE", f"/api/keys/{theirs}"),
        ("POST", f"/api/keys/{theirs}/rotate"),
    ):
        response = browser.call(method, path)
        assert response.status_code == 404
        assert error(response) == "There is no such key."
    assert browser.call("GET", "/api/keys").json()["keys"] == []
