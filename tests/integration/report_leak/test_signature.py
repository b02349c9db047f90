"""GitHub's signature is checked against GitHub's own list of keys."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from apikeys.errors import UnauthorizedError, UnavailableError
from leaks.report_leak.signature import LIFETIME, PAUSE, Keys
from tests.leak_reports import PUBLISHED, PUBLISHED_BEFORE, GitHub, github, public, report

BODY = report("some token")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with github() as fake:
        yield fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(hub: GitHub, clock: Clock) -> Keys:
    return Keys(hub.url, clock)


@pytest.mark.parametrize("published", [PUBLISHED, PUBLISHED_BEFORE], ids=["now", "formerly"])
def test_the_sample_that_github_publishes_is_good(keys: Keys, published: tuple[str, bytes, str, str]) -> None:
    identifier, body, signed, _ = published
    keys.check(body, identifier, signed)
    for other in (body + b"\n", body[:-1], body.replace(b"some_token", b"some_tokem"), b""):
        with pytest.raises(UnauthorizedError):
            keys.check(other, identifier, signed)


def test_a_signature_is_good_only_for_its_body_and_key(hub: GitHub, keys: Keys) -> None:
    keys.check(BODY, hub.identifier, hub.sign(BODY))
    with pytest.raises(UnauthorizedError):
        keys.check(report("another token"), hub.identifier, hub.sign(BODY))
    with pytest.raises(UnauthorizedError):
        keys.check(BODY, PUBLISHED[0], hub.sign(BODY))


@pytest.mark.parametrize(
    ("identifier", "signed"),
    [("", None), ("A" * 64, None), ("a" * 63, None), ("../" + "a" * 61, None), (None, ""), (None, "x")]
    + [(None, text) for text in ("!" * 96, "A" * 96, "MAYCAQACAQA=", "MAYCAQECAQE=", "A" * 10_000)],
)
def test_a_malformed_signature_is_refused(
    hub: GitHub, keys: Keys, identifier: str | None, signed: str | None
) -> None:
    with pytest.raises(UnauthorizedError):
        keys.check(
            BODY,
            hub.identifier if identifier is None else identifier,
            hub.sign(BODY) if signed is None else signed,
        )


def test_only_one_encoding_of_a_signature_is_accepted(keys: Keys) -> None:
    identifier, body, signed, _ = PUBLISHED
    assert signed.endswith("xg==")
    with pytest.raises(UnauthorizedError):
        keys.check(body, identifier, signed.replace("xg==", "xh=="))


def test_the_list_is_kept_and_asked_for_again_when_it_is_old(hub: GitHub, keys: Keys, clock: Clock) -> None:
    for _ in range(3):
        keys.check(BODY, hub.identifier, hub.sign(BODY))
    assert hub.asked == 1
    clock.now += LIFETIME
    keys.check(BODY, hub.identifier, hub.sign(BODY))
    assert hub.asked == 2


def test_a_key_that_github_dropped_is_no_longer_good(hub: GitHub, keys: Keys, clock: Clock) -> None:
    keys.check(BODY, hub.identifier, hub.sign(BODY))
    given_up, hub.identifier = hub.identifier, "b" * 64
    clock.now += LIFETIME
    with pytest.raises(UnauthorizedError):
        keys.check(BODY, given_up, hub.sign(BODY))


def test_a_new_key_is_found_and_unknown_keys_cause_few_requests(
    hub: GitHub, keys: Keys, clock: Clock
) -> None:
    keys.check(BODY, hub.identifier, hub.sign(BODY))
    hub.identifier = "b" * 64
    clock.now += PAUSE
    keys.check(BODY, hub.identifier, hub.sign(BODY))
    assert hub.asked == 2
    for number in range(100):
        with pytest.raises(UnauthorizedError):
            keys.check(BODY, f"{number:064}", hub.sign(BODY))
    assert hub.asked == 2
    keys.check(BODY, hub.identifier, hub.sign(BODY))


def test_an_old_list_is_not_used_when_there_is_no_new_one(hub: GitHub, keys: Keys, clock: Clock) -> None:
    keys.check(BODY, hub.identifier, hub.sign(BODY))
    hub.status = 500
    clock.now += LIFETIME
    for _ in range(3):
        with pytest.raises(UnavailableError):
            keys.check(BODY, hub.identifier, hub.sign(BODY))
    assert hub.asked == 2
    hub.status = 200
    clock.now += PAUSE
    keys.check(BODY, hub.identifier, hub.sign(BODY))


def rsa_pem() -> str:
    key = rsa_key(public_exponent=65537, key_size=2048).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


BROKEN: dict[str, Any] = {
    "no JSON": b"<html>",
    "no list": b"[]",
    "null": b'{"public_keys": null}',
    "no key": b'{"public_keys": [{"key_identifier": "a"}]}',
    "a key that is none": {"a" * 64: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"},
    "another curve": {"a" * 64: public(generate_private_key(SECP384R1()))},
    "RSA": {"a" * 64: rsa_pem()},
    "too large": b'{"public_keys": []}' + b" " * 65536,
    "too deep": b"[" * 50_000,
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_malformed_list_is_not_used(hub: GitHub, keys: Keys, broken: str) -> None:
    hub.list = BROKEN[broken]
    with pytest.raises(UnavailableError):
        keys.check(BODY, hub.identifier, hub.sign(BODY))


def test_a_key_of_another_kind_does_not_spoil_the_list(hub: GitHub, keys: Keys) -> None:
    others = {"b" * 64: rsa_pem(), "c" * 64: "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}
    hub.list = {hub.identifier: public(hub.key), **others}
    keys.check(BODY, hub.identifier, hub.sign(BODY))
    with pytest.raises(UnauthorizedError):
        keys.check(BODY, "b" * 64, hub.sign(BODY))


def test_reading_a_slow_list_times_out(
    monkeypatch: pytest.MonkeyPatch, hub: GitHub, keys: Keys, clock: Clock
) -> None:
    read = urllib3.HTTPResponse.read1

    def slowly(response: urllib3.HTTPResponse, size: int) -> bytes:
        clock.now += 6
        return read(response, size)

    monkeypatch.setattr(urllib3.HTTPResponse, "read1", slowly)
    with pytest.raises(UnavailableError):
        keys.check(BODY, hub.identifier, hub.sign(BODY))


@pytest.mark.parametrize("status", [204, 302, 403, 404, 429, 500, 503])
def test_a_list_is_accepted_only_from_a_200(hub: GitHub, keys: Keys, status: int) -> None:
    hub.status = status
    with pytest.raises(UnavailableError):
        keys.check(BODY, hub.identifier, hub.sign(BODY))
    assert hub.asked == 1


def test_a_list_is_never_asked_for_where_others_can_change_it(clock: Clock) -> None:
    with pytest.raises(UnavailableError):
        Keys("http://api.github.example/keys", clock).check(BODY, "a" * 64, PUBLISHED[2])


def test_a_call_to_a_silent_github_times_out(clock: Clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/keys"
        with pytest.raises(UnavailableError):
            Keys(url, clock, urllib3.Timeout(0.1)).check(BODY, "a" * 64, PUBLISHED[2])
