"""A secret is reported as leaked."""

import os
from dataclasses import asdict
from typing import Any

import pytest

from apikeys.errors import InvalidInputError, StoreUnavailableError
from apikeys.history.event import Event
from apikeys.keys.key import Key
from apikeys.secret import ENTROPY_BYTES, Secret, SecretFormat, checksum
from leaks.report_leak import app
from operation import environment, told
from operation.environment import session_store
from tests.integration.report_leak.conftest import Context, Leaks
from tests.keys import revoke

FORM = SecretFormat("sk_live_copia_")
AT = "2026-11-24T10:00:00.000Z"


def answered(key: Key, found: str, state: str) -> dict[str, Any]:
    return {
        "hint": key.hint,
        "found": found,
        "key_id": key.id,
        "organization_id": key.organization_id,
        "name": key.name,
        "state": state,
    }


@pytest.mark.parametrize(
    ("leaks", "state"),
    [("revoke", "revoked"), ("disable", "disabled"), ("notify", "active")],
    indirect=["leaks"],
)
def test_on_leak_says_what_happens_and_each_report_is_an_event(leaks: Leaks, state: str) -> None:
    key, secret = leaks.key()
    url = "https://example.com/notes.txt"
    assert leaks.report(f"key: {secret.reveal()}!", "an e-mail", url) == [answered(key, "active", state)]
    assert leaks.report(secret.reveal(), "a log") == [answered(key, state, state)]
    left = leaks.keys.get(key.organization_id, key.id)
    assert (bool(left.revoked_at), left.disabled) == (state == "revoked", state == "disabled")
    assert left.changed_by == (None if state == "active" else "iam")
    first, second = leaks.events(key)
    assert (first["type"], first["by"], first["request_id"]) == ("leaked", "iam", "request-1")
    assert first["leak"] == {"source": "an e-mail", "url": url, "found": "active", "state": state}
    assert second["leak"] == {"source": "a log", "url": None, "found": state, "state": state}


def test_a_leaked_key_is_disabled_by_default(leaks: Leaks) -> None:
    key, secret = leaks.key()
    assert leaks.report(secret.reveal()) == [answered(key, "active", "disabled")]


@pytest.mark.parametrize("leaks", ["revoke", "disable", "notify"], indirect=True)
def test_a_revoked_key_does_not_change_and_is_reported(leaks: Leaks) -> None:
    key, secret = leaks.key()
    revoked = revoke(leaks.keys, key.organization_id, key.id, AT)
    assert leaks.report(secret.reveal()) == [answered(key, "revoked", "revoked")]
    assert leaks.keys.get(key.organization_id, key.id) == revoked
    assert [event["type"] for event in leaks.events(key)] == ["leaked"]


def test_each_secret_in_a_text_is_answered_whichever_organization_has_it(leaks: Leaks) -> None:
    (one, first), (two, second) = leaks.key(), leaks.key()
    nobodys = FORM.new(os.urandom(ENTROPY_BYTES))
    found = leaks.report(f"{first.reveal()}\n{nobodys.reveal()} {second.reveal()}{first.reveal()}")
    assert found == [
        answered(one, "active", "disabled"),
        {
            **dict.fromkeys(("key_id", "organization_id", "name", "state")),
            "hint": nobodys.hint,
            "found": "not_ours",
        },
        answered(two, "active", "disabled"),
    ]
    assert one.organization_id != two.organization_id


def forged(secret: Secret) -> str:
    """Another secret with the same id and a good checksum, which anybody who saw the id can make up."""
    entropy = os.urandom(32) + bytes(ENTROPY_BYTES - 32)
    text = FORM.new(entropy).reveal()
    body = text[:14] + secret.reveal()[14:26] + text[26:-6]
    return body + checksum(body)


@pytest.mark.parametrize("leaks", ["revoke", "disable"], indirect=True)
def test_knowing_only_a_keys_id_is_not_enough_to_stop_it(leaks: Leaks) -> None:
    key, secret = leaks.key()
    [found] = leaks.report(forged(secret))
    assert found["found"] == "not_ours"
    assert leaks.report(f"{key.id} {secret.reveal()[:-1]}") == []
    assert leaks.keys.get(key.organization_id, key.id) == key
    assert leaks.events(key) == []


def test_no_secret_is_in_the_answer_or_the_event_not_even_one_in_the_url(leaks: Leaks) -> None:
    key, secret = leaks.key()
    text = secret.reveal()
    found = leaks.report(text, f"in {text}", f"https://example.com/?key={text}")
    [event] = leaks.events(key)
    assert text[-49:-6] not in str(found) + str(event)
    assert event["leak"]["url"] == f"https://example.com/?key={key.hint}"


def test_sessions_that_were_opened_with_the_key_end(leaks: Leaks) -> None:
    key, secret = leaks.key()
    leaks.sign_in(key)
    leaks.report(secret.reveal())
    assert session_store().end_all(key.organization_id, key_id=key.id) == 0


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("write", [0, 1])
def test_a_report_that_failed_is_completed_by_its_repetition(
    leaks: Leaks, write: int, *, after: bool
) -> None:
    key, secret = leaks.key()
    leaks.writes.break_write(write, after=after)
    with pytest.raises(StoreUnavailableError):
        leaks.report(secret.reveal())
    leaks.writes.heal()
    assert leaks.report(secret.reveal())[0]["state"] == "disabled"
    assert leaks.keys.get(key.organization_id, key.id).disabled
    assert {event["type"] for event in leaks.events(key)} == {"leaked"}


def test_the_event_is_put_on_the_bus(leaks: Leaks, monkeypatch: pytest.MonkeyPatch) -> None:
    key, secret = leaks.key()
    put: list[Event] = []

    class Bus:
        def __init__(self, name: str) -> None:
            assert name == "platform"

        def put(self, event: Event) -> None:
            put.append(event)

    monkeypatch.setenv("EVENT_BUS", "platform")
    monkeypatch.setattr(told, "bus", Bus)
    leaks.report(secret.reveal())
    assert [event.record() for event in put] == leaks.events(key)
    assert asdict(put[0])["type"] == "leaked"


def test_a_null_url_counts_as_no_url(leaks: Leaks) -> None:
    key, secret = leaks.key()
    for event in ({}, {"url": None}):
        app.handler({"text": secret.reveal(), "source": "a test", **event}, Context())  # type: ignore[arg-type]
    assert [event["leak"]["url"] for event in leaks.events(key)] == [None, None]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"text": "x"},
        {"text": "", "source": "x"},
        {"text": "x", "source": ""},
        {"text": "x", "source": None},
        {"text": None, "source": "x"},
        {"text": "x", "source": "x" * 101},
        {"text": "x", "source": "x", "url": ""},
        {"text": "x", "source": "x", "url": "https://example.com/ä"},
        {"text": "x", "source": "x", "url": "x" * 1001},
        {"text": "x" * 1_000_001, "source": "x"},
        {"text": "x", "source": "x", "key_id": "key_ExampleKey01"},
    ],
)
@pytest.mark.usefixtures("leaks")
def test_a_report_of_another_form_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        app.handler(event, Context())  # type: ignore[arg-type]


def test_a_report_fails_when_the_store_cannot_be_asked(leaks: Leaks, monkeypatch: pytest.MonkeyPatch) -> None:
    _, secret = leaks.key()
    monkeypatch.setenv("KEY_TABLE", "no-such-table")
    environment.key_store.cache_clear()
    try:
        with pytest.raises(StoreUnavailableError):
            leaks.report(secret.reveal())
    finally:
        environment.key_store.cache_clear()
