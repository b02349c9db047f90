"""The commands of docs/rotation.md, and of the runbook for a rotation that failed, as they are printed.

Secrets Manager is moto's. It does not rotate by itself: where a command asks for it, the function is called
step by step, as AWS does.
"""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from apikeys.errors import ConflictError
from local.template.template import Template
from tests.keys import revoke
from tests.printed import Command, code, commands, page, parsed, section
from tests.secret_rotation import STEPS, Rotation, rotating

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def rotation(template: Template, dynamodb: "DynamoDBClient") -> Iterator[Rotation]:
    with rotating(template, dynamodb) as new_rotation:
        yield new_rotation()


def run(rotation: Rotation, command: Command, folder: Path) -> Any:
    """What the command answers, once the rotation that it asks for is done."""
    call = parsed(command, folder)
    assert call.service == "secretsmanager"
    if call.operation == "rotate_secret":
        assert call.arguments["SecretId"] == rotation.name
        return rotation.rotate()
    answer = getattr(rotation.manager, call.operation)(**call.arguments)
    # A query is a field's name here: a page with another one needs JMESPath.
    return answer[call.options["--query"]] if "--query" in call.options else answer


def test_a_secret_is_set_up_and_rotated_as_the_page_says(rotation: Rotation, tmp_path: Path) -> None:
    value, policy = code(page("rotation.md"), "json")
    key = rotation.made_key()
    stored = json.loads(value) | {"organization_id": key["organization_id"], "secret": key["secret"]}
    (tmp_path / "key.json").write_text(json.dumps(stored))
    (tmp_path / "policy.json").write_text(policy)
    create, let_in, schedule, now = commands(page("rotation.md"))
    rotation.name = run(rotation, create, tmp_path)["Name"]
    assert rotation.value() == stored
    run(rotation, let_in, tmp_path)
    held = rotation.manager.get_resource_policy(SecretId=rotation.name)["ResourcePolicy"]
    assert json.loads(held) == json.loads(policy)
    assert parsed(schedule, tmp_path).arguments["RotationRules"].keys() == {"ScheduleExpression", "Duration"}
    for command in (schedule, now):
        before = rotation.value()
        assert run(rotation, command, tmp_path) == 0
        assert rotation.value("AWSPREVIOUS") == before
        assert rotation.works(rotation.value()["secret"])
    assert not rotation.works(key["secret"])


def test_a_rotation_that_failed_is_ended_as_the_runbook_says(rotation: Rotation, tmp_path: Path) -> None:
    """Somebody revoked the new key before it was current."""
    look, take_away, rotate = commands(section(page("operations.md"), "A rotation failed"))
    rotation.name = parsed(look, tmp_path).arguments["SecretId"]
    if rotation.name not in [one["Name"] for one in rotation.manager.list_secrets()["SecretList"]]:
        rotation.put(**rotation.made_key())
    token, before = str(uuid.uuid4()), rotation.value()
    for step in STEPS[:2]:
        rotation.step(token, step)
    pending = rotation.value("AWSPENDING")["key_id"]
    revoke(rotation.store, rotation.organization_id, pending, "2026-11-26T09:30:00.000Z")
    with pytest.raises(ConflictError, match="The API refuses"):
        rotation.step(token, "testSecret")
    labels = run(rotation, look, tmp_path)
    assert labels[token] == ["AWSPENDING"]
    shown = sorted(json.loads(look.answer).values())
    assert shown == sorted(one for one in labels.values() if one not in ([], ["AWSPREVIOUS"]))
    run(rotation, take_away.with_(VERSION=token), tmp_path)
    assert "AWSPENDING" not in str(run(rotation, look, tmp_path))
    assert run(rotation, rotate, tmp_path) == 0
    assert rotation.value("AWSPREVIOUS") == before
    assert rotation.works(rotation.value()["secret"])
