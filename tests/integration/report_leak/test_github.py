"""GitHub reports secrets, in this process."""

import hashlib
import json
import os
import signal
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from threading import Barrier, Event
from typing import Any

import pytest

from apikeys.dynamodb import unavailable
from apikeys.keys.key import Key
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES, Secret, SecretFormat
from leaks.report_leak import github as app
from leaks.report_leak.each import AT_ONCE
from operation import environment
from tests.integration.report_leak.conftest import Context, Leaks
from tests.keys import revoke
from tests.leak_reports import IDENTIFIER, PUBLISHED, SIGNATURE, GitHub, github, report


@pytest.fixture
def hub(leaks: Leaks, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    leaks.writes.heal()
    with github() as fake:
        monkeypatch.setenv("GITHUB_KEYS_URL", fake.url)
        app._keys.cache_clear()  # noqa: SLF001 - as in a new process
        yield fake


def post(body: bytes | str, headers: dict[str, Any], **event: Any) -> tuple[int, Any]:
    text = body.decode() if isinstance(body, bytes) else body
    event = {
        "requestContext": {"extendedRequestId": "gateway-1"},
        "httpMethod": "POST",
        "multiValueHeaders": {
            name: value if isinstance(value, list) else [value] for name, value in headers.items()
        },
        "body": text,
        "isBase64Encoded": False,
        **event,
    }
    answer: dict[str, Any] = app.handler(event, Context())  # type: ignore[arg-type]
    return answer["statusCode"], json.loads(answer["body"])


def label(secret: str, is_ours: str) -> dict[str, str]:
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return {"token_hash": digest, "token_type": "copia_api_key", "label": f"{is_ours}_positive"}


def test_each_match_is_acted_on_and_labelled(hub: GitHub, leaks: Leaks) -> None:
    (one, first), (two, second), (old, third) = (leaks.key() for _ in range(3))
    revoke(leaks.keys, old.organization_id, old.id, "2026-11-24T10:00:00.000Z")
    nobodys = SecretFormat("sk_live_copia_").new(os.urandom(ENTROPY_BYTES)).reveal()
    tokens = [first.reveal(), nobodys, "sk_live_copia_" + "x" * 61, second.reveal(), third.reveal()]
    body = report(*tokens)
    status, labels = post(body, hub.headers(body))
    assert status == 200
    assert labels == [
        label(token, is_ours)
        for token, is_ours in zip(tokens, ("true", "false", "false", "true", "true"), strict=True)
    ]
    assert leaks.keys.get(one.organization_id, one.id).disabled
    assert leaks.keys.get(two.organization_id, two.id).changed_by == "github"
    [event] = leaks.events(one)
    assert (event["type"], event["by"], event["request_id"]) == ("leaked", "github", "gateway-1")
    assert event["leak"] == {
        "source": "GitHub: content",
        "url": "https://github.com/octocat/Hello-World/blob/1/a.env",
        "found": "active",
        "state": "disabled",
    }
    assert len(leaks.events(old)) == 1


@pytest.mark.usefixtures("hub")
def test_the_sample_that_github_publishes_is_answered() -> None:
    identifier, body, signed, _ = PUBLISHED
    hashed = hashlib.sha256(b"some_token").hexdigest()
    assert post(body, {IDENTIFIER: identifier, SIGNATURE: signed}) == (
        200,
        [{"token_hash": hashed, "token_type": "some_type", "label": "false_positive"}],
    )


def test_a_replay_gets_the_same_answer_and_changes_nothing_more(hub: GitHub, leaks: Leaks) -> None:
    key, secret = leaks.key()
    body = report(secret.reveal())
    first = post(body, hub.headers(body))
    once = leaks.keys.get(key.organization_id, key.id)
    assert post(body, hub.headers(body)) == first == (200, [label(secret.reveal(), "true")])
    assert leaks.keys.get(key.organization_id, key.id) == once


@pytest.mark.parametrize("nothing", [{}, {"url": None, "source": None}, {"url": "", "source": ""}])
def test_a_match_without_a_place_is_acted_on(hub: GitHub, leaks: Leaks, nothing: dict[str, None]) -> None:
    key, secret = leaks.key()
    body = json.dumps([{"token": secret.reveal(), "type": "t", **nothing}]).encode()
    assert post(body, hub.headers(body))[0] == 200
    [event] = leaks.events(key)
    assert (event["leak"]["source"], event["leak"]["url"]) == ("GitHub: unknown", None)


def test_headers_are_known_in_any_case_and_fields_may_be_added_or_missing(hub: GitHub, leaks: Leaks) -> None:
    key, secret = leaks.key()
    body = json.dumps([{"token": secret.reveal(), "type": "t", "url": "", "more": {"x": 1}}]).encode()
    headers = {name.upper(): value for name, value in hub.headers(body).items()}
    assert post(body, headers)[0] == 200
    [event] = leaks.events(key)
    assert event["leak"] == {"source": "GitHub: unknown", "url": None, "found": "active", "state": "disabled"}


def test_no_part_of_a_secret_in_a_long_url_or_source_is_published(hub: GitHub, leaks: Leaks) -> None:
    key, secret = leaks.key()
    place = {"url": "https://github.com/" + "x" * 910 + secret.reveal(), "source": "s" * 20 + secret.reveal()}
    body = report(secret.reveal(), **place)
    assert post(body, hub.headers(body))[0] == 200
    [event] = leaks.events(key)
    assert secret.reveal()[20:40] not in json.dumps(event)
    assert event["leak"]["url"].endswith(secret.hint)


def test_a_base64_body_is_decoded(hub: GitHub, leaks: Leaks) -> None:
    _, secret = leaks.key()
    body = report(secret.reveal())
    status, labels = post(b64encode(body), hub.headers(body), isBase64Encoded=True)
    assert (status, labels[0]["label"]) == (200, "true_positive")
    assert post(b64encode(body) + b"!", hub.headers(body), isBase64Encoded=True)[0] == 401


def test_a_report_that_github_did_not_sign_stops_nothing(hub: GitHub, leaks: Leaks) -> None:
    key, secret = leaks.key()
    body = report(secret.reveal())
    good = hub.headers(body)
    for status, sent, headers in (
        (401, body, {}),
        (401, body, {IDENTIFIER: good[IDENTIFIER]}),
        (401, body, {SIGNATURE: good[SIGNATURE]}),
        (401, body, good | {SIGNATURE: hub.sign(body + b" ")}),
        (401, body, good | {SIGNATURE: [good[SIGNATURE], good[SIGNATURE]]}),
        (401, body, good | {IDENTIFIER: "b" * 64}),
        (401, body + b" ", good),
        (401, b"", good),
        (413, b" " * (256 * 1024 + 1), good),
    ):
        answered, told = post(sent, headers)
        assert answered == status
        assert told.keys() == {"error"}
        assert secret.reveal()[-49:-6] not in str(told)
    assert leaks.keys.get(key.organization_id, key.id) == key
    assert leaks.events(key) == []


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"null",
        b"[1]",
        b"no JSON",
        b'[{"type": "t"}]',
        b'[{"token": 1, "type": "t"}]',
        b'[{"token": "x", "type": null}]',
        b"[" * 100_000,
    ],
)
def test_400_for_a_signed_body_that_is_not_a_report(hub: GitHub, body: bytes) -> None:
    assert post(body, hub.headers(body))[0] == 400


def test_503_while_the_list_of_keys_cannot_be_fetched_and_nothing_is_stopped(
    hub: GitHub, leaks: Leaks
) -> None:
    key, secret = leaks.key()
    hub.status = 500
    body = report(secret.reveal())
    assert post(body, hub.headers(body))[0] == 503
    assert leaks.keys.get(key.organization_id, key.id) == key


def test_503_when_the_store_fails_and_the_repetition_completes_it(hub: GitHub, leaks: Leaks) -> None:
    keys = [leaks.key() for _ in range(3)]
    body = report(*(secret.reveal() for _, secret in keys))
    leaks.writes.break_write(2, after=False)
    assert post(body, hub.headers(body))[0] == 503
    leaks.writes.heal()
    assert post(body, hub.headers(body))[0] == 200
    assert all(leaks.keys.get(key.organization_id, key.id).disabled for key, _ in keys)
    assert all(leaks.events(key) for key, _ in keys)


def test_503_while_one_key_cannot_be_read_and_all_others_are_stopped_and_reported(
    hub: GitHub, leaks: Leaks
) -> None:
    """If one item is broken, each repetition of the report would meet it first."""
    keys = [leaks.key() for _ in range(3 * AT_ONCE)]
    body = report(*(secret.reveal() for _, secret in keys))
    damaged, of_secret = keys[0][0], KeyStore.of_secret

    def read(store: KeyStore, secret: Secret) -> Key | None:
        if secret.id == damaged.id:
            raise unavailable()
        return of_secret(store, secret)

    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(KeyStore, "of_secret", read)
        assert post(body, hub.headers(body))[0] == 503
    for key, _ in keys[1:]:
        assert leaks.keys.get(key.organization_id, key.id).disabled
        assert leaks.events(key)
    assert not leaks.keys.get(damaged.organization_id, damaged.id).disabled


def test_a_batch_of_hundreds_is_answered_in_one_call(hub: GitHub, leaks: Leaks) -> None:
    form = SecretFormat("sk_live_copia_")
    (_, secret), strangers = leaks.key(), [form.new(os.urandom(ENTROPY_BYTES)).reveal() for _ in range(500)]
    body = report(*strangers, secret.reveal())
    status, labels = post(body, hub.headers(body))
    assert (status, len(labels)) == (200, 501)
    assert [one["label"] for one in labels].index("true_positive") == 500


def test_the_keys_of_a_batch_are_stopped_side_by_side(
    hub: GitHub, leaks: Leaks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand keys, one after another, would take longer than API Gateway waits."""
    keys = [leaks.key("org_batch") for _ in range(2 * AT_ONCE)]
    together = Barrier(AT_ONCE, timeout=30)
    change = KeyStore.change

    def change_together(store: KeyStore, *key: Any) -> Key:
        together.wait()
        return change(store, *key)

    monkeypatch.setattr(KeyStore, "change", change_together)
    body = report(*(secret.reveal() for _, secret in keys))
    assert post(body, hub.headers(body))[0] == 200
    assert all(leaks.keys.get(key.organization_id, key.id).disabled for key, _ in keys)


def test_503_when_the_time_is_up_before_all_keys_are_stopped_and_the_repetition_completes_it(
    hub: GitHub, leaks: Leaks
) -> None:
    keys = [leaks.key() for _ in range(2 * AT_ONCE)]
    body = report(*(secret.reveal() for _, secret in keys))
    goes_on, change, begun = Event(), KeyStore.change, Counter[str]()

    def change_slowly(store: KeyStore, *key: Any) -> Key:
        begun[key[1]] += 1
        if len(begun) == AT_ONCE:
            os.kill(os.getpid(), signal.SIGALRM)  # the end of the function's time
        assert goes_on.wait(30)
        return change(store, *key)

    with pytest.MonkeyPatch.context() as slow:
        slow.setattr(KeyStore, "change", change_slowly)
        assert post(body, hub.headers(body))[0] == 503
    goes_on.set()
    assert len(begun) == AT_ONCE  # and none was begun after the answer
    assert post(body, hub.headers(body))[0] == 200
    assert all(leaks.keys.get(key.organization_id, key.id).disabled for key, _ in keys)
    assert all(leaks.events(key) for key, _ in keys)


def test_a_secret_that_was_found_in_many_places_is_one_key_and_an_event_for_each(
    hub: GitHub, leaks: Leaks
) -> None:
    key, secret = leaks.key()
    match = {"token": secret.reveal(), "type": "copia_api_key", "source": "content"}
    body = json.dumps([match | {"url": f"https://github.com/{n}"} for n in range(30)]).encode()
    status, labels = post(body, hub.headers(body))
    assert (status, labels) == (200, [label(secret.reveal(), "true")] * 30)
    told = leaks.events(key)
    assert {event["leak"]["url"] for event in told} == {f"https://github.com/{n}" for n in range(30)}
    assert {(event["leak"]["found"], event["leak"]["state"]) for event in told} == {("active", "disabled")}


def test_the_sessions_of_all_keys_of_a_batch_end(hub: GitHub, leaks: Leaks) -> None:
    keys = [leaks.key("org_batch_sessions") for _ in range(5)]
    for key, _ in keys:
        leaks.sign_in(key)
    body = report(*(secret.reveal() for _, secret in keys))
    assert post(body, hub.headers(body))[0] == 200
    assert environment.session_store().count("org_batch_sessions") == 0
