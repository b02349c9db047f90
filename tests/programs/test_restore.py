"""The commands of docs/deploying.md that restore the key table, and that remove what a deleted stack leaves.

A shell runs them as they are printed. The services are moto's, which has backups, as DynamoDB Local has not.
Its copy of a table has the index and the items and, as on AWS, neither a stream nor protection nor backups.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from samtranslator.yaml_helper import yaml_parse

from apikeys.cookie import SESSIONS
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES
from apikeys.sessions.session import TICKETS, Session
from apikeys.sessions.store import SessionStore
from local.template.names import DEFAULT_REGION
from local.template.template import Template
from tests.conftest import ROOT
from tests.keys import DIGEST, made_up

PAGE = (ROOT / "docs" / "deploying.md").read_text()
PARAMETERS = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": DEFAULT_REGION,
}

PERSON = Session(
    organization_id="org_example",
    organization_name="Example",
    person_id="user-1",
    person_name="Ada Example",
    role="admin",
    opened_by="ticket",
    expires_at=2**40,
)

Client = Callable[[str], Any]
#: Runs lines in bash, and returns what they print.
Shell = Callable[..., str]


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def commands(title: str) -> list[str]:
    """The commands that a section shows one below the other, without those of the SAM CLI."""
    shown = re.findall(r"^ *\$ ((?:.*\\\n)*.*)$", section(title), re.MULTILINE)
    return [command for command in shown if not command.startswith("sam ")]


def parameter_overrides(title: str, environment: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a section's `sam deploy`, with their variables filled in."""
    [told] = re.findall(r"--parameter-overrides (\w+=.*)", section(title))
    pairs = (pair.partition("=") for pair in told.split())
    return {name: environment.get(value.removeprefix("$"), value) for name, _, value in pairs}


#: moto's services in a separate process: in this one, they would share the tables of the other tests.
SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(*server.get_host_and_port(), sep=":", flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    managed = {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}  # managed by AWS; the role has one
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        env=os.environ | managed,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        yield f"http://{process.stdout.readline().strip()}"


@pytest.fixture(scope="module")
def aws(endpoint: str) -> Client:
    session = boto3.Session("test", "test", region_name=DEFAULT_REGION)
    any_service: Any = session.client
    # moto imports all that it has for the first stack, which takes a busy machine a minute.
    patient = Config(read_timeout=300, retries={"total_max_attempts": 1})
    return lambda service: any_service(service, endpoint_url=endpoint, config=patient)


@pytest.fixture(scope="module")
def left(aws: Client) -> dict[str, str]:
    """What the page's stack leaves when it is deleted, here still in the stack: logical id → name."""
    tables = {table["TableName"]: table for table in Template.load(ROOT / "template.yaml", {}).tables}
    resources: dict[str, Any] = {
        name: {"Type": "AWS::DynamoDB::Table", "Properties": tables[name]}
        for name in ("KeyTable", "HistoryTable")
    }
    resources["LogsRole"] = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]["LogsRole"]
    del resources["LogsRole"]["Properties"]["PermissionsBoundary"]
    template = {
        "Parameters": {"RolePath": PARAMETERS["RolePath"]},
        "Resources": resources,
        "Outputs": {"KeyTableName": {"Value": {"Ref": "KeyTable"}}},
    }
    aws("cloudformation").create_stack(StackName="api-keys", TemplateBody=json.dumps(template))
    for name in ("KeyTable", "HistoryTable"):
        aws("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=True)
    told = aws("cloudformation").describe_stack_resources(StackName="api-keys")["StackResources"]
    names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in told}
    [policy] = resources["LogsRole"]["Properties"]["ManagedPolicyArns"]  # which moto's CloudFormation skips
    arn = policy["Fn::Sub"].replace("${AWS::Partition}", "aws")
    aws("iam").attach_role_policy(RoleName=names["LogsRole"], PolicyArn=arn)
    return names


@pytest.fixture
def shell(endpoint: str, tmp_path: Path) -> Shell:
    (tmp_path / "aws").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m tests.programs.aws "$@"\n')
    (tmp_path / "aws").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"

    def run(*lines: str) -> str:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(lines)],
            cwd=ROOT,
            env=os.environ | ACCOUNT | {"PATH": path, "AWS_ENDPOINT_URL": endpoint},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_the_key_table_is_restored_and_the_stack_uses_it(
    aws: Client, left: dict[str, str], shell: Shell
) -> None:
    key = made_up()
    KeyStore(aws("dynamodb"), left["KeyTable"]).add(key, DIGEST)
    sessions = SessionStore(aws("dynamodb"), left["KeyTable"])
    opened, ticket = SESSIONS.new(bytes(ENTROPY_BYTES)), TICKETS.new(bytes(ENTROPY_BYTES))
    sessions.open(opened, PERSON, 0)
    sessions.add_ticket(ticket, PERSON, 0)
    stream = shell(*commands("Restoring the key table"), "echo $STREAM").splitlines()[-1]

    overrides = parameter_overrides("Restoring the key table", {"STREAM": stream})
    for name, value in overrides.items():
        assert re.fullmatch(PARAMETERS[name]["AllowedPattern"], value), name
    restored = overrides["ExistingKeyTable"]
    store = KeyStore(aws("dynamodb"), restored, "organization_keys")
    assert store.get(key.organization_id, key.id) == key
    assert store.page(key.organization_id, 1).keys == [key]
    left_over = aws("dynamodb").scan(TableName=restored)["Items"]
    assert [item["id"]["S"] for item in left_over] == [key.id]
    expiry = aws("dynamodb").describe_time_to_live(TableName=restored)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}
    told = aws("dynamodb").describe_table(TableName=restored)["Table"]
    assert told["DeletionProtectionEnabled"]
    assert told["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert told["LatestStreamArn"] == overrides["ExistingKeyTableStream"]
    backups = aws("dynamodb").describe_continuous_backups(TableName=restored)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_the_accounts_role_for_logs_is_set_to_that_of_the_stack(
    aws: Client, left: dict[str, str], shell: Shell
) -> None:
    shell(*commands("First deployment"))
    assert aws("apigateway").get_account()["cloudwatchRoleArn"].endswith(f"/{left['LogsRole']}")


def test_what_a_deleted_stack_leaves_is_removed(aws: Client, left: dict[str, str], shell: Shell) -> None:
    words = re.findall(r"`(aws [^`]+)`", section("Uninstalling"))
    names = {left["KeyTable"], left["HistoryTable"]}
    on_a_table = [command for command in words if " dynamodb " in command]
    on_the_role = [command for command in words if " iam " in command]
    assert (len(on_a_table), len(on_the_role)) == (2, 2)
    assert names <= set(aws("dynamodb").list_tables()["TableNames"])
    for name in names:
        with pytest.raises(aws("dynamodb").exceptions.ClientError, match="DeletionProtection"):
            aws("dynamodb").delete_table(TableName=name)
        shell(*(command.replace("TABLE", name) for command in on_a_table))
    shell(*(command.replace("ROLE", left["LogsRole"]) for command in on_the_role))
    assert not names & set(aws("dynamodb").list_tables()["TableNames"])
    assert left["LogsRole"] not in [one["RoleName"] for one in aws("iam").list_roles()["Roles"]]
