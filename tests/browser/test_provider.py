"""Signing in at a real OpenID provider: the npm package oidc-provider, as `make run-oidc` starts it."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.settings import Settings
from tests.e2e.conftest import ROOT, Gateway, local_gateway

FOLDER = ROOT / "local" / "oidc"


@pytest.fixture(scope="module")
def provider() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The provider's issuer, and its process."""
    process = subprocess.Popen(  # noqa: S603 - a program of the project
        [str(shutil.which("node")), "provider.js", "0"],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process:
        assert process.stdout
        yield process.stdout.readline().strip(), process
        process.terminate()


@pytest.fixture(scope="module")
def gateway(dynamodb_endpoint: str, provider: tuple[str, subprocess.Popen[str]]) -> Iterator[Gateway]:
    parameters = [f"OidcIssuer={provider[0]}", "OidcClientId=settings-page", "OidcRoleClaim=role"]
    with local_gateway(parameters, DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        yield running


def at_the_provider(settings: Settings, account: str) -> None:
    """From the page to the provider, and through its form."""
    page = settings.page
    page.context.route("https://fonts.googleapis.com/**", lambda route: route.abort())
    settings.open()
    settings.button("Sign in with your organization").click()
    page.get_by_placeholder("Enter any login").fill(account)
    page.get_by_placeholder("and password").fill("any")
    page.get_by_role("button", name="Sign-in").click()


def test_a_person_signs_in_creates_a_key_copies_it_and_signs_out(settings: Settings) -> None:
    at_the_provider(settings, "ada")
    expect(settings.who).to_contain_text("Acme · Ada Lovelace admin")
    assert settings.page.url == settings.url
    assert settings.page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [
        0,
        0,
        "",
    ]
    secret = settings.create("First client")
    settings.copy_and_close()
    assert settings.clipboard() == secret
    expect(settings.row("First client")).to_contain_text("just now")
    settings.button("Sign out").click()
    expect(settings.button("Sign in with your organization")).to_be_focused()
    expect(settings.key_field).to_be_hidden()
    assert not settings.is_remembered()


def test_a_person_of_another_organization_sees_none_of_it(settings: Settings) -> None:
    at_the_provider(settings, "mallory")
    expect(settings.who).to_contain_text("Globex · Mallory admin")
    expect(settings.row("First client")).to_have_count(0)


def test_a_person_without_an_organization_sees_what_is_missing(settings: Settings) -> None:
    at_the_provider(settings, "nobody")
    expect(settings.why_signed_out).to_contain_text('the identity provider sent no claim "org_id"')
    assert not settings.is_remembered()


def test_cancelling_at_the_provider_returns_to_sign_in(settings: Settings) -> None:
    settings.page.context.route("https://fonts.googleapis.com/**", lambda route: route.abort())
    settings.open()
    settings.button("Sign in with your organization").click()
    settings.page.get_by_text("[ Cancel ]").click()
    expect(settings.why_signed_out).to_contain_text("The identity provider did not sign you in.")
    assert settings.page.url == settings.url


def test_a_code_that_this_tab_did_not_ask_for_is_rejected(settings: Settings) -> None:
    settings.open()
    settings.page.goto(f"{settings.url}?code=somebodys&state=somebodys")
    expect(settings.why_signed_out).to_have_text("This sign-in was not begun in this tab. Sign in again.")
    assert settings.page.url == settings.url
    assert not settings.is_remembered()


def test_a_code_works_for_one_sign_in(settings: Settings) -> None:
    sent: list[str] = []
    settings.page.on("request", lambda request: sent.append(request.post_data or ""))
    at_the_provider(settings, "grace")
    expect(settings.who).to_contain_text("Grace Hopper member")
    [body] = [one for one in sent if '"provider"' in one]
    again = settings.page.request.post(
        settings.url.removesuffix("api") + "session",
        data=body,
        headers={"X-Settings-Page": "sign-in", "Content-Type": "application/json"},
    )
    assert again.status == 401
    assert "Set-Cookie" not in again.headers


# The last of the module: the provider does not come back.
def test_while_the_provider_is_down_nobody_can_sign_in_and_sessions_continue(
    settings: Settings, provider: tuple[str, subprocess.Popen[str]]
) -> None:
    at_the_provider(settings, "ada")
    expect(settings.row("First client")).to_be_visible()
    provider[1].terminate()
    provider[1].wait()
    settings.button("Refresh").click()
    expect(settings.row("First client")).to_be_visible()
    code = {"code": "x", "verifier": "v" * 43, "nonce": "n" * 43, "redirect_uri": settings.url}
    refused = settings.page.request.post(
        settings.url.removesuffix("api") + "session",
        data={"provider": code},
        headers={"X-Settings-Page": "sign-in"},
    )
    assert refused.status == 503
    assert refused.json()["error"] == "The identity provider gives no clear answer. Try again in a moment."
