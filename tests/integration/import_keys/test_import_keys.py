import hashlib
import json
import uuid
from typing import Any

import pytest

from apikeys.errors import InvalidInputError, StoreUnavailableError
from apikeys.imported import imported_id
from apikeys.keys.change import changed
from apikeys.keys.key import Change, is_key_id
from apikeys.keys.store import KeyStore
from apikeys.secret import SecretFormat
from keys.import_keys import app
from operation import environment
from tests.integration.import_keys.conftest import CONTEXT, PREFIX, Function
from tests.keys import DIGEST, made_up, revoke

LATER = "2026-11-26T09:30:00.000Z"


def described(**fields: Any) -> dict[str, Any]:
    """A key with an organization and a secret that no other test uses."""
    secret = {} if "digest" in fields else {"secret": f"legacy-{uuid.uuid4().hex}"}
    return {"organization_id": f"org_{uuid.uuid4().hex[:12]}", "name": "Legacy"} | secret | fields


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def reason(function: Function, *keys: object) -> str:
    told = function(*keys)["keys"][-1]
    assert told.keys() == {"result", "reason"}
    text: str = told["reason"]
    return text


def test_a_key_is_imported_by_its_secret_and_opens_what_it_should_with_one_read(
    function: Function, store: KeyStore
) -> None:
    key = described(scopes=["runtime", "keys"], metadata={"from": "kong"}, description="Old")
    answer = function(key)
    key_id = answer["keys"][0]["key_id"]
    assert answer == {
        "imported": 1,
        "already_there": 0,
        "refused": 0,
        "keys": [{"result": "imported", "key_id": key_id}],
    }
    assert is_key_id(key_id)
    before = function.reader.reads
    assert function.verdict(key["secret"]) == key["organization_id"]
    assert function.reader.reads == before + 1
    record = store.get(key["organization_id"], key_id)
    assert (record.name, record.scopes, record.created_by) == ("Legacy", ("runtime", "keys"), "iam")
    assert record.hint == "…" + key["secret"][-4:]
    assert record.metadata == {"from": "kong"}


@pytest.mark.parametrize("form", ["{}", "sha256:{}"])
def test_a_key_can_be_imported_by_its_digest_only(function: Function, store: KeyStore, form: str) -> None:
    secret = f"legacy-{uuid.uuid4().hex}"
    key = described(digest=form.format(hashed(secret).upper()), hint="legacy-1a2b…")
    key_id = function(key)["keys"][0]["key_id"]
    assert key_id == imported_id(f"sha256:{hashed(secret)}")
    assert function.verdict(secret) == key["organization_id"]
    assert store.get(key["organization_id"], key_id).hint == "legacy-1a2b…"
    unknown = described(digest=hashed(uuid.uuid4().hex))
    told = function(unknown)["keys"][0]
    assert store.get(unknown["organization_id"], told["key_id"]).hint == "…"


def test_secret_and_digest_are_the_same_key(function: Function) -> None:
    key = described()
    by_digest = {name: value for name, value in key.items() if name != "secret"}
    by_digest["digest"] = hashed(key["secret"])
    first, second = function(key)["keys"][0], function(by_digest)["keys"][0]
    assert (second["result"], second["key_id"]) == ("already_there", first["key_id"])


def test_a_second_import_changes_nothing_and_revives_nothing(function: Function, store: KeyStore) -> None:
    key = described()
    key_id = function(key)["keys"][0]["key_id"]
    revoke(store, key["organization_id"], key_id, LATER)
    again = function(key | {"name": "Another", "scopes": ["*"]})
    assert again["keys"] == [{"result": "already_there", "key_id": key_id}]
    assert store.get(key["organization_id"], key_id).name == "Legacy"
    assert function.verdict(key["secret"]) == "revoked"


def test_a_disabled_key_opens_nothing_until_it_is_enabled(function: Function, store: KeyStore) -> None:
    key = described(disabled=True)
    key_id = function(key)["keys"][0]["key_id"]
    assert function.verdict(key["secret"]) == "disabled"
    enabled = Change(LATER, "iam")
    store.change(key["organization_id"], key_id, lambda one: changed(one, {"disabled": False}, enabled))
    assert function.verdict(key["secret"]) == key["organization_id"]


def test_a_rotation_makes_a_key_in_our_own_format(function: Function, store: KeyStore) -> None:
    key = described()
    key_id = function(key)["keys"][0]["key_id"]
    old, secret = store.get(key["organization_id"], key_id), environment.new_secret()
    new = old.replacement(Change(LATER, "iam"), id=secret.id, hint=secret.hint)
    store.replace(old, new, secret.digest)
    assert function.verdict(secret.reveal()) == function.verdict(key["secret"]) == key["organization_id"]
    revoke(store, key["organization_id"], key_id, LATER)
    assert function.verdict(key["secret"]) == "revoked"
    assert function.verdict(secret.reveal()) == key["organization_id"]


def test_an_interrupted_batch_can_be_sent_again(function: Function) -> None:
    batch = [described() for _ in range(8)]
    function.break_write(5, after=True)
    with pytest.raises(StoreUnavailableError):
        function(*batch)
    function.heal()
    answer = function(*batch)
    assert (answer["already_there"], answer["imported"]) == (6, 2)
    assert {function.verdict(key["secret"]) for key in batch} == {key["organization_id"] for key in batch}


def test_a_batch_has_at_most_a_hundred_keys(function: Function) -> None:
    organization = described()["organization_id"]
    batch = [described(organization_id=organization) for _ in range(100)]
    assert function(*batch)["imported"] == 100
    for keys in ([], [*batch, described()]):
        with pytest.raises(InvalidInputError, match="keys: "):
            function(*keys)


def test_good_keys_are_imported_even_if_others_are_refused(function: Function) -> None:
    good = described()
    answer = function(described(secret="short"), good, {"secret": 7})
    assert [one["result"] for one in answer["keys"]] == ["refused", "imported", "refused"]
    assert (answer["imported"], answer["refused"]) == (1, 2)
    assert function.verdict(good["secret"]) == good["organization_id"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"secret": "x" * 19}, "secret: must be 20 to 256 printable ASCII characters without a space."),
        ({"secret": "x" * 257}, "secret: must be 20 to 256"),
        ({"secret": "twenty characters and spaces"}, "secret: must be 20 to 256"),
        ({"secret": "zwanzig-Zeichen-und-ein-ü"}, "secret: must be 20 to 256"),
        ({"secret": SecretFormat(PREFIX).new(bytes(41)).reveal()}, "secret: has this deployment's own"),
        ({"digest": "$2b$12$KIXQJ4zQ9vY8mJ0n0m8f8e"}, "digest: must be the SHA-256 of the secret"),
        ({"digest": "md5:" + "0" * 32}, "digest: must be the SHA-256"),
        ({"digest": "0" * 40}, "digest: must be the SHA-256"),
        ({"digest": "0" * 128}, "digest: must be the SHA-256"),
        ({"digest": "0" * 64, "secret": "x" * 20}, "Send either secret or digest."),
        ({"secret": None}, "Send either secret or digest."),
        ({"organization_id": "org acme"}, "organization_id: must be 1 to 64 letters"),
        ({"organization_id": None}, "organization_id: "),
        ({"name": ""}, "name: "),
        ({"scopes": ["invented"]}, "scopes: contains 1 unknown"),
        ({"hint": "x" * 20}, "hint: "),
        ({"allowed_addresses": ["here"]}, "allowed_addresses.0: must be an IPv4 or IPv6 address"),
        ({"key_id": "key_0123456789AB"}, "key_id: is not a field of this call."),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
def test_an_invalid_key_is_refused_with_the_reason(
    function: Function, fields: dict[str, Any], said: str
) -> None:
    assert reason(function, described(**fields)).startswith(said)


def test_the_same_key_twice_in_a_batch_is_refused(function: Function) -> None:
    key = described()
    assert reason(function, key, described(), key) == "This is the same key as keys.0."


def test_a_key_of_another_organization_is_refused_and_stays_theirs(function: Function) -> None:
    theirs = described()
    function(theirs)
    ours = described(secret=theirs["secret"])
    assert reason(function, ours).startswith("Another organization has this key.")
    assert function.verdict(theirs["secret"]) == theirs["organization_id"]


def test_another_key_with_the_same_id_is_refused(function: Function, store: KeyStore) -> None:
    """An attacker who searches long enough finds two secrets with one id; the second would never work."""
    key = described()
    taken = made_up(imported_id(f"sha256:{hashed(key['secret'])}"), key["organization_id"])
    store.add(taken, DIGEST)
    assert reason(function, key) == (
        f"Another key has the id of this one, {taken.id}. Create a new key instead."
    )
    assert function.verdict(key["secret"]) == "wrong secret"


SECRET = "hush-hush-hush-hush-hush"


@pytest.mark.parametrize(
    "event",
    [
        {"keys": [described(secret=SECRET)]},
        {"keys": [described(secret=SECRET, name=SECRET * 9)]},
        {"keys": [described(secret=SECRET + " ")]},
        {"keys": [described(digest=SECRET)]},
        {"keys": [{SECRET: 1}]},
        {"keys": [described(scopes=[SECRET])]},
        {"keys": [described(metadata={SECRET: [SECRET]})]},
        {"keys": [described(hint=SECRET)]},
        {"keys": [described(organization_id=SECRET + " ")]},
        {"keys": [described(allowed_addresses=[SECRET])]},
        {"keys": [SECRET]},
        {"keys": {SECRET: SECRET}},
        {"keys": SECRET},
        {SECRET: []},
        [SECRET],
        SECRET,
    ],
    ids=range(16),
)
def test_no_secret_of_the_event_reaches_a_log_an_answer_or_an_error(
    function: Function, caplog: pytest.LogCaptureFixture, event: Any
) -> None:
    assert function is not None
    caplog.set_level("DEBUG")
    try:
        told = json.dumps(app.handler(event, CONTEXT))
    except InvalidInputError as error:
        told = repr(error) + repr(error.__cause__)
    own = [record for record in caplog.records if not record.name.startswith("werkzeug")]
    logged = caplog.text + repr([vars(record) for record in own])
    assert own
    for part in (SECRET, hashed(SECRET)):
        assert part not in told
        assert part not in logged


def test_without_the_parameter_the_text_is_refused_without_a_read(function: Function) -> None:
    key = described()
    function(key)
    off = type(function)(function.reader)
    off._verifier._secrets = SecretFormat(PREFIX)  # noqa: SLF001 - as the authorizer makes it then
    before = function.reader.reads
    assert off.verdict(key["secret"]) == "malformed"
    assert function.reader.reads == before
