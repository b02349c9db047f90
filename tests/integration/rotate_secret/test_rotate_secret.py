"""The function itself, on moto's Secrets Manager and a real DynamoDB API."""

import copy
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from apikeys.errors import ConflictError, InvalidInputError
from apikeys.imported import ImportedSecret
from apikeys.keys.change import changed
from apikeys.keys.key import Change
from apikeys.secret import SecretFormat, checksum
from keys.rotate_secret import app
from keys.rotate_secret.versions import Versions
from local.template.template import Template
from operation import environment
from tests.conftest import ROOT
from tests.keys import made_up, revoke
from tests.secret_rotation import CONTEXT, PREFIX, STEPS, Rotation, rotating

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = (ROOT / "docs" / "rotation.md").read_text()
LATER = "2026-11-26T09:30:00.000Z"


@pytest.fixture(scope="module")
def new_rotation(template: Template, dynamodb: "DynamoDBClient") -> Iterator[Callable[[], Rotation]]:
    with rotating(template, dynamodb) as made:
        yield made


@pytest.fixture
def rotation(new_rotation: Callable[[], Rotation]) -> Rotation:
    """A secret with a key in it that a person made."""
    made = new_rotation()
    made.put(**made.made_key(), url="https://api.example.com")
    return made


def test_a_rotation_makes_a_new_key_current_and_leaves_the_old_one_good(rotation: Rotation) -> None:
    first = rotation.value()
    rotation.rotate()
    second, old = rotation.value(), rotation.value("AWSPREVIOUS")
    assert old == first
    assert second["secret"] != first["secret"]
    assert rotation.works(second["secret"])
    assert rotation.works(first["secret"])
    assert rotation.key().replaces == first["key_id"]
    assert rotation.key("AWSPREVIOUS").replaced_by == second["key_id"]


def test_the_key_from_two_versions_ago_is_revoked_at_the_end(rotation: Rotation) -> None:
    first = rotation.value()
    rotation.rotate()
    second = rotation.value()
    rotation.rotate()
    assert not rotation.works(first["secret"])
    assert rotation.works(second["secret"])
    assert rotation.works(rotation.value()["secret"])


def test_the_value_and_the_policy_on_the_page_work(new_rotation: Callable[[], Rotation]) -> None:
    """The value of step 1 rotates, and the policy of step 2 allows what the function then asked for."""
    value, policy = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    rotation = new_rotation()
    key = rotation.made_key()
    rotation.put(**{name: key[name] for name in value})
    rotation.calls.made.clear()
    rotation.rotate()
    asked = {name for name in rotation.calls.made if "Secret" in name}
    assert {f"secretsmanager:{name}" for name in asked} == set(policy["Statement"][0]["Action"])


def test_other_fields_of_the_value_stay(rotation: Rotation) -> None:
    rotation.rotate()
    value = rotation.value()
    assert value["url"] == "https://api.example.com"
    assert value["organization_id"] == rotation.organization_id
    assert SecretFormat(PREFIX).parse(value["secret"]) is not None


def test_the_history_can_tell_which_rotation_it_was(rotation: Rotation) -> None:
    token = str(uuid.uuid4())
    for step in STEPS:
        rotation.step(token, step)
    assert (rotation.key().request_id, rotation.key().created_by) == (token, "iam")
    assert rotation.key("AWSPREVIOUS").request_id == token


def test_every_step_can_be_repeated(rotation: Rotation) -> None:
    for _ in range(2):
        token = str(uuid.uuid4())
        for step in STEPS:
            for _ in range(2):
                rotation.step(token, step)
    assert sorted(rotation.good()) == sorted([rotation.key().id, rotation.key("AWSPREVIOUS").id])


def test_an_earlier_step_that_comes_late_changes_nothing(rotation: Rotation) -> None:
    token = str(uuid.uuid4())
    for step in (*STEPS, *STEPS):
        rotation.step(token, step)
    assert sorted(rotation.good()) == sorted([rotation.key().id, rotation.key("AWSPREVIOUS").id])


def test_a_key_that_no_version_held_is_not_revoked(rotation: Rotation) -> None:
    """Its replacement was made on the page, and is what the secret holds."""
    outside = rotation.value()["key_id"]
    old = rotation.store.get(rotation.organization_id, outside)
    secret = environment.new_secret()
    new = old.replacement(Change(LATER, "iam"), id=secret.id, hint=secret.hint)
    rotation.store.replace(old, new, secret.digest)
    other = copy.copy(rotation)
    other.name = f"secret-{secret.id}"
    other.put(organization_id=rotation.organization_id, secret=secret.reveal())
    for _ in range(3):
        other.rotate()
    assert rotation.works(rotation.value()["secret"])


def test_after_a_step_back_by_hand_the_next_rotation_succeeds(rotation: Rotation) -> None:
    first = rotation.value()
    rotation.rotate()
    second = rotation.value()
    versions = rotation.manager.describe_secret(SecretId=rotation.name)["VersionIdsToStages"]
    by_label = {label: version for version, labels in versions.items() for label in labels}
    rotation.manager.update_secret_version_stage(
        SecretId=rotation.name,
        VersionStage="AWSCURRENT",
        MoveToVersionId=by_label["AWSPREVIOUS"],
        RemoveFromVersionId=by_label["AWSCURRENT"],
    )
    assert rotation.value() == first
    rotation.rotate()
    assert rotation.key().replaces == first["key_id"]
    assert rotation.works(first["secret"])
    assert not rotation.works(second["secret"])


def test_sessions_that_were_opened_with_the_revoked_key_end(rotation: Rotation) -> None:
    rotation.sign_in(environment.session_store())
    rotation.rotate()
    rotation.rotate()
    assert environment.session_store().end_all(rotation.organization_id) == 0


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("not JSON", 'must be JSON with "organization_id" and "secret"'),
        ('["sk_live_copia_"]', "must be JSON"),
        ('{"organization_id": "org_x", "secret": "sk_live_copia_x"}', "a secret of this deployment"),
        ('{"organization_id": "org x", "secret": 7}', "must be JSON"),
    ],
    ids=["no JSON", "a list", "another secret", "wrong types"],
)
def test_a_value_of_another_form_is_refused_and_not_repeated(
    rotation: Rotation, value: str, said: str
) -> None:
    rotation.manager.put_secret_value(SecretId=rotation.name, SecretString=value)
    with pytest.raises(InvalidInputError, match=said) as refused:
        app.handler(
            {"SecretId": rotation.name, "ClientRequestToken": str(uuid.uuid4()), "Step": "createSecret"},
            CONTEXT,
        )
    assert value not in str(refused.value)


def test_the_id_of_a_key_without_its_secret_gets_no_replacement(rotation: Rotation) -> None:
    """Anyone who may write the value could name any key of any organization."""
    victim = rotation.value()["key_id"]
    forged = SecretFormat(PREFIX).new(bytes(41)).reveal()
    body = f"{PREFIX}{victim.removeprefix('key_')}{forged[len(PREFIX) + 12 : -6]}"
    rotation.put(organization_id=rotation.organization_id, secret=body + checksum(body))
    with pytest.raises(ConflictError, match=f"does not belong to {victim}"):
        rotation.step(str(uuid.uuid4()), "createSecret")
    assert rotation.good() == [victim]


def test_a_value_that_names_a_key_to_retire_revokes_no_key_of_somebody_else(rotation: Rotation) -> None:
    stranger = rotation.made_key()
    token = str(uuid.uuid4())
    rotation.step(token, "createSecret")
    value = rotation.value("AWSPENDING") | {"retires": stranger["key_id"]}
    rotation.manager.put_secret_value(
        SecretId=rotation.name,
        ClientRequestToken=token,
        SecretString=json.dumps(value),
        VersionStages=["AWSPENDING"],
    )
    for step in STEPS[1:]:
        rotation.step(token, step)
    assert rotation.works(stranger["secret"])


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_pending_value_that_has_only_the_id_of_a_key_does_nothing_to_it(
    rotation: Rotation, step: str
) -> None:
    rotation.rotate()
    value = rotation.value()
    body = value["secret"][:-7] + ("0" if value["secret"][-7] != "0" else "1")
    token = str(uuid.uuid4())
    rotation.manager.put_secret_value(
        SecretId=rotation.name,
        ClientRequestToken=token,
        SecretString=json.dumps(value | {"secret": body + checksum(body), "retires": value["key_id"]}),
        VersionStages=["AWSPENDING"],
    )
    with pytest.raises(ConflictError, match=f"does not belong to {value['key_id']}"):
        rotation.step(token, step)
    assert rotation.value() == value
    assert rotation.works(value["secret"])


def test_a_key_that_somebody_else_is_replacing_does_not_change(rotation: Rotation) -> None:
    old = rotation.key()
    secret = environment.new_secret()
    new = old.replacement(Change(LATER, "iam"), id=secret.id, hint=secret.hint)
    rotation.store.replace(old, new, secret.digest)
    with pytest.raises(ConflictError, match=f"already being replaced by {new.id}"):
        rotation.step(str(uuid.uuid4()), "createSecret")
    assert rotation.works(secret.reveal())


def test_a_key_that_is_revoked_or_disabled_is_not_replaced(rotation: Rotation) -> None:
    key_id = rotation.key().id
    rotation.store.change(
        rotation.organization_id, key_id, lambda key: changed(key, {"disabled": True}, Change(LATER, "iam"))
    )
    with pytest.raises(ConflictError, match="Enable it first"):
        rotation.step(str(uuid.uuid4()), "createSecret")
    revoke(rotation.store, rotation.organization_id, key_id, LATER)
    with pytest.raises(ConflictError, match="is revoked"):
        rotation.step(str(uuid.uuid4()), "createSecret")


def test_a_new_key_that_the_api_refuses_never_becomes_current(rotation: Rotation) -> None:
    before = rotation.value()
    token = str(uuid.uuid4())
    for step in STEPS[:2]:
        rotation.step(token, step)
    pending = rotation.value("AWSPENDING")
    revoke(rotation.store, rotation.organization_id, pending["key_id"], LATER)
    with pytest.raises(ConflictError, match="The API refuses key_"):
        rotation.step(token, "testSecret")
    assert rotation.value() == before


@pytest.mark.parametrize(
    "described", [{}, {"VersionIdsToStages": {"a": ["AWSPENDING"]}}], ids=["no versions", "none current"]
)
def test_a_secret_without_a_current_version_is_refused(described: dict[str, object]) -> None:
    manager = SimpleNamespace(describe_secret=lambda **_: described)
    with pytest.raises(ConflictError, match="labeled AWSCURRENT"):
        Versions(manager, "acme/api-key", SecretFormat(PREFIX)).make_current("a")


def test_a_key_limited_to_some_addresses_is_rotated_without_a_call_from_another(
    new_rotation: Callable[[], Rotation],
) -> None:
    rotation = new_rotation()
    rotation.put(**rotation.made_key(allowed_addresses=("198.51.100.0/24",)))
    rotation.rotate()
    assert rotation.key().allowed_addresses == ("198.51.100.0/24",)


def test_an_imported_key_is_rotated_into_our_own_format(
    new_rotation: Callable[[], Rotation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMPORTED_KEYS", "true")
    rotation = new_rotation()
    legacy = ImportedSecret(f"legacy-{uuid.uuid4().hex}")
    key = replace(made_up(legacy.id, rotation.organization_id), hint=legacy.hint)
    rotation.store.add(key, legacy.digest)
    rotation.put(organization_id=rotation.organization_id, secret=legacy.reveal())
    rotation.rotate()
    assert rotation.key().replaces == legacy.id
    assert rotation.works(rotation.value()["secret"])
    rotation.rotate()
    assert rotation.store.get(rotation.organization_id, legacy.id).revoked_at


def test_no_step_logs_a_secret_or_a_digest(rotation: Rotation, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    rotation.rotate()
    rotation.calls.break_write(0, after=False)
    rotation.rotate()
    told = [
        record for record in caplog.records if record.name.startswith(("api-keys", "botocore", "urllib3"))
    ]
    assert {record.message for record in told} >= {"done", "broken"}
    logged = caplog.text + repr([vars(record) for record in told])
    assert len(rotation.versions()) == 3
    for value in rotation.versions():
        found = SecretFormat(PREFIX).parse(value["secret"])
        assert found is not None
        assert value["secret"] not in logged
        assert found.digest.removeprefix("sha256:") not in logged
