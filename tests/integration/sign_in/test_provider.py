import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apikeys.errors import ForbiddenError, ProviderUnavailableError, UnauthorizedError
from people.sign_in.provider import Person, Provider, Settings
from tests.integration.sign_in.conftest import CLIENT, FakeProvider, signing_key


def settings(issuer: str, **other: str) -> Settings:
    usual = Settings(issuer, CLIENT, "org_id", "org_name", "role", "admin")
    return usual._replace(**other)


def sign_in(provider: Provider, nonce: str = "the nonce") -> Person:
    return provider.person(code="c", verifier="v", redirect_uri="https://page.example/", nonce=nonce)


def test_a_person_signs_in(provider: FakeProvider) -> None:
    assert sign_in(Provider(settings(provider.issuer))) == Person(
        "ada", "Ada", "member", "org_acme", "org_acme"
    )


def test_the_code_is_exchanged_with_its_verifier(provider: FakeProvider) -> None:
    sign_in(Provider(settings(provider.issuer)))
    assert provider.exchanged == [
        {
            "grant_type": ["authorization_code"],
            "code": ["c"],
            "code_verifier": ["v"],
            "redirect_uri": ["https://page.example/"],
            "client_id": [CLIENT],
        }
    ]


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"role": "admin"}, "admin"),
        ({"role": ["dev", "admin"]}, "admin"),
        ({"role": "administrator"}, "member"),
        ({"role": ["dev"]}, "member"),
        ({"role": {"admin": True}}, "member"),
        ({}, "member"),
    ],
    ids=["the value", "one of the values", "a longer value", "other values", "an object", "no claim"],
)
def test_the_role_claim_makes_an_admin(provider: FakeProvider, claims: dict[str, Any], role: str) -> None:
    provider.token = provider.sign(provider.claims(**claims))
    assert sign_in(Provider(settings(provider.issuer))).role == role


def test_without_an_admin_value_nobody_is_an_admin(provider: FakeProvider) -> None:
    provider.token = provider.sign(provider.claims(role=""))
    assert sign_in(Provider(settings(provider.issuer, admin_value=""))).role == "member"


def test_the_error_for_a_person_without_an_organization_names_the_missing_claim(
    provider: FakeProvider,
) -> None:
    provider.token = provider.sign(provider.claims(org_id=None))
    with pytest.raises(ForbiddenError, match="org_id"):
        sign_in(Provider(settings(provider.issuer)))


@pytest.mark.parametrize(
    "claim",
    [["org_acme"], ["org_acme", "org_other"], [], 42, 0, True, {"org_acme": {}}],
    ids=["a list", "a list of two", "an empty list", "a number", "zero", "a truth value", "an object"],
)
def test_the_error_for_an_organization_that_is_not_a_string_says_so(
    provider: FakeProvider, claim: object
) -> None:
    provider.token = provider.sign(provider.claims(org_id=claim))
    with pytest.raises(ForbiddenError, match='"org_id" that is not a string') as refusal:
        sign_in(Provider(settings(provider.issuer)))
    assert "sent no claim" not in str(refusal.value)
    assert "org_acme" not in str(refusal.value)


@pytest.mark.parametrize(
    ("claim", "name"),
    [("Acme", "Acme"), ("", "org_acme"), (["Acme"], "org_acme"), (7, "org_acme")],
    ids=["a text", "an empty text", "a list", "a number"],
)
def test_an_organization_without_a_name_is_called_by_its_id(
    provider: FakeProvider, claim: object, name: str
) -> None:
    provider.token = provider.sign(provider.claims(org_name=claim))
    assert sign_in(Provider(settings(provider.issuer))).organization_name == name


def unsigned(provider: FakeProvider) -> str:
    parts = [{"alg": "none", "kid": "first"}, provider.claims()]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*texts, ""])


def signed_with_the_public_key(provider: FakeProvider) -> str:
    public = provider.keys["first"].public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    # PyJWT itself refuses to make such a token, so it is made by hand.
    parts = [{"alg": "HS256", "kid": "first"}, provider.claims()]
    texts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    mac = hmac.new(pem, ".".join(texts).encode(), hashlib.sha256).digest()
    return ".".join([*texts, base64.urlsafe_b64encode(mac).rstrip(b"=").decode()])


BAD_TOKENS: dict[str, Callable[[FakeProvider], str]] = {
    "another audience": lambda p: p.sign(p.claims(aud="another client")),
    "another issuer": lambda p: p.sign(p.claims(iss="https://other.example")),
    "expired": lambda p: p.sign(p.claims(exp=int(time.time()) - 121)),
    "not valid yet": lambda p: p.sign(p.claims(nbf=int(time.time()) + 1000)),
    "no expiry": lambda p: p.sign(p.claims(exp=None)),
    "no nonce": lambda p: p.sign(p.claims(nonce=None)),
    "another sign-in's nonce": lambda p: p.sign(p.claims(nonce="an old nonce")),
    "issued to another client": lambda p: p.sign(p.claims(azp="another client")),
    "several audiences and no authorized party": lambda p: p.sign(p.claims(aud=[CLIENT, "other"])),
    "an unknown signing key": lambda p: p.sign(p.claims(), key=signing_key("second"), kid="unknown"),
    "another key's signature": lambda p: p.sign(p.claims(), key=signing_key("second")),
    "no signature": unsigned,
    "signed with the public key": signed_with_the_public_key,
    "no token": lambda _: "a.b",
}


@pytest.mark.parametrize("bad", BAD_TOKENS.values(), ids=BAD_TOKENS)
def test_a_token_that_is_not_good_signs_nobody_in(
    provider: FakeProvider, bad: Callable[[FakeProvider], str]
) -> None:
    provider.token = bad(provider)
    with pytest.raises(UnauthorizedError):
        sign_in(Provider(settings(provider.issuer)))


@pytest.mark.parametrize("seconds", [-120, 120], ids=["slow", "fast"])
def test_clocks_that_differ_by_two_minutes_agree(provider: FakeProvider, seconds: int) -> None:
    now = int(time.time()) + seconds
    provider.token = provider.sign(provider.claims(iat=now, nbf=now, exp=now + 60))
    assert sign_in(Provider(settings(provider.issuer))).id == "ada"


def test_a_new_signing_key_is_found_at_once(provider: FakeProvider) -> None:
    client = Provider(settings(provider.issuer))
    sign_in(client)
    provider.signs_only_with("second")
    assert sign_in(client).id == "ada"
    assert provider.asked.count("/keys") == 2


def test_keys_and_endpoints_are_asked_for_once(provider: FakeProvider) -> None:
    client = Provider(settings(provider.issuer))
    sign_in(client)
    sign_in(client)
    assert provider.asked == ["/.well-known/openid-configuration", "/token", "/keys", "/token"]


def test_a_spent_code_is_refused(provider: FakeProvider) -> None:
    provider.answers["/token"] = (400, b'{"error": "invalid_grant"}')
    with pytest.raises(UnauthorizedError):
        sign_in(Provider(settings(provider.issuer)))


SETUP = "/.well-known/openid-configuration"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (SETUP, (500, b"{}")),
        (SETUP, (200, b"no JSON")),
        (SETUP, (200, b"[]")),
        (SETUP, (200, b'{"issuer": "https://other.example"}')),
        ("/token", (500, b"{}")),
        ("/token", (400, b'{"error": "invalid_client"}')),
        ("/token", (200, b"{}")),
        ("/token", (200, b" " * 300_000 + b"{}")),
        ("/keys", (503, b"{}")),
        ("/keys", (200, b"<html>")),
        ("/keys", (200, b'{"keys": []}')),
        ("/keys", (302, b"{}")),
    ],
    ids=[
        "broken discovery",
        "discovery of another kind",
        "discovery that is a list",
        "discovery of another issuer",
        "broken exchange",
        "refused client",
        "no token",
        "an endless answer",
        "broken keys",
        "keys of another kind",
        "no keys",
        "keys elsewhere",
    ],
)
def test_a_failing_provider_signs_nobody_in_or_out(
    provider: FakeProvider, path: str, answer: tuple[int, bytes]
) -> None:
    provider.answers[path] = answer
    client = Provider(settings(provider.issuer))
    with pytest.raises(ProviderUnavailableError):
        sign_in(client)
    del provider.answers[path]
    assert sign_in(client).id == "ada"


EVERYTHING = ("authorize", "token", "keys")


@pytest.mark.parametrize("was_down", [SETUP, "/token", "/keys"], ids=["discovery", "token", "keys"])
def test_a_provider_that_was_down_may_come_back_elsewhere(provider: FakeProvider, was_down: str) -> None:
    provider.answers[was_down] = (503, b"{}")
    client = Provider(settings(provider.issuer))
    with pytest.raises(ProviderUnavailableError):
        sign_in(client)
    provider.answers.clear()
    provider.moves(*EVERYTHING)
    assert sign_in(client).id == "ada"


@pytest.mark.parametrize("moved", [("token",), ("keys",), EVERYTHING], ids=["token", "keys", "everything"])
def test_a_provider_that_has_moved_is_found_by_the_sign_in_after_the_one_that_failed(
    provider: FakeProvider, moved: tuple[str, ...]
) -> None:
    client = Provider(settings(provider.issuer))
    sign_in(client)
    provider.moves(*moved)
    # A key that is known is not asked for again.
    provider.signs_only_with("second")
    with pytest.raises(ProviderUnavailableError):
        sign_in(client)
    assert sign_in(client).id == "ada"


def test_keys_that_have_moved_are_found_though_old_ones_are_left_where_they_were(
    provider: FakeProvider,
) -> None:
    client = Provider(settings(provider.issuer))
    sign_in(client)
    provider.answers["/keys"] = provider.document("/keys")
    provider.moves("keys")
    provider.signs_only_with("second")
    with pytest.raises(UnauthorizedError):
        sign_in(client)
    assert sign_in(client).id == "ada"


def test_the_page_learns_within_five_minutes_that_the_place_to_send_people_has_moved(
    provider: FakeProvider,
) -> None:
    now = 1000.0
    client = Provider(settings(provider.issuer), clock=lambda: now)
    before = client.authorization()["endpoint"]
    provider.moves("authorize")
    now += 299
    assert client.authorization()["endpoint"] == before
    now += 1
    assert client.authorization()["endpoint"] == f"{before}-moved"


@pytest.mark.parametrize(
    ("status", "said"), [(503, "gives no clear answer"), (401, "refuses this application")]
)
def test_a_token_endpoint_that_is_down_is_told_from_one_that_refuses_the_application(
    provider: FakeProvider, status: int, said: str
) -> None:
    provider.answers["/token"] = (status, b'{"error": "invalid_client"}')
    with pytest.raises(ProviderUnavailableError, match=said):
        sign_in(Provider(settings(provider.issuer)))


def test_the_error_says_that_the_provider_is_down() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ProviderUnavailableError):
        sign_in(Provider(settings(f"http://127.0.0.1:{port}")))


def test_a_call_to_a_silent_provider_times_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ProviderUnavailableError):
            sign_in(Provider(settings(issuer), urllib3.Timeout(connect=0.05, read=0.05)))


def test_an_answer_in_small_pieces_times_out(provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    read = urllib3.HTTPResponse.read1

    def slowly(response: urllib3.HTTPResponse, size: int) -> bytes:
        nonlocal now
        now += 6
        return read(response, size)

    monkeypatch.setattr(urllib3.HTTPResponse, "read1", slowly)
    with pytest.raises(ProviderUnavailableError):
        sign_in(Provider(settings(provider.issuer), clock=lambda: now))


def test_a_provider_without_tls_is_never_asked() -> None:
    with pytest.raises(ProviderUnavailableError):
        sign_in(Provider(settings("http://provider.example")))


def test_the_page_learns_where_to_send_people(provider: FakeProvider) -> None:
    assert Provider(settings(provider.issuer)).authorization() == {
        "endpoint": f"{provider.issuer}/authorize",
        "client_id": CLIENT,
    }
