"""Every event in events/ does what its name says in the built function, on Lambda's runtime."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.events import EVENTS, EXPECTED, ROOT, function_of, put_example
from tests.sam_local.conftest import ENVIRONMENT, sam_local

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The first test waits for `sam build`, and it for a package registry.
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", EXPECTED)
def test_an_event_does_what_its_name_says(
    invoke: Callable[[str, Any], Any], dynamodb: "DynamoDBClient", name: str
) -> None:
    put_example(dynamodb)
    answer = invoke(function_of(name), EVENTS[name])
    assert EXPECTED[name](answer), answer


@pytest.mark.usefixtures("docker")
def test_sam_local_invoke_mints_an_admin_key(built_template: Path, dynamodb: "DynamoDBClient") -> None:
    event = str(ROOT / "events" / "create_key_admin_direct.json")
    command = sam_local("invoke", built_template, "CreateKeyFunction", "--event", event)
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    key = json.loads(done.stdout)
    assert key["scopes"] == ["*"]
    assert "Item" in dynamodb.get_item(TableName="KeyTable", Key={"id": {"S": key["id"]}})
