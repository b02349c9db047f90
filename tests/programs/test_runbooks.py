"""The commands of the runbooks, of imports and of reports answer what the pages print below them."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import Gateway, local_gateway
from tests.exports import batches, kong, new, unkey
from tests.leak_reports import github
from tests.mocked import mocked_api_gateway
from tests.printed import Command, code, commands, page, parsed, section

NIGHT = page("operations.md")


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with local_gateway(["ImportedKeys=true"]) as running:
        yield running


@pytest.fixture
def organization(gateway: Gateway) -> Iterator[Api]:
    """The one that the pages name."""
    with closing(gateway.api("org_example")) as api:
        yield api


def invoked(gateway: Gateway, command: Command, folder: Path = Path()) -> Any:
    """What the command's function answers. In the command, the stack's output is replaced by the function."""
    call = parsed(command, folder)
    assert (call.service, call.operation) == ("lambda", "invoke")
    assert call.options["--cli-binary-format"] == "raw-in-base64-out"
    function = call.arguments["FunctionName"].removesuffix("_NAME").title().replace("_", "")
    answer, failed = gateway.invoke(function, json.loads(call.arguments["Payload"]))
    assert not failed, answer
    return answer


def alike(answer: object, shown: object) -> bool:
    """Whether an answer has the form of the printed one: the same fields, and values of the same kinds."""
    if isinstance(shown, dict) and isinstance(answer, dict):
        return list(answer) == list(shown) and all(alike(answer[name], shown[name]) for name in shown)
    if isinstance(shown, list) and isinstance(answer, list):
        return bool(answer) and all(alike(one, shown[0]) for one in answer)
    return shown is None or answer is None or type(answer) is type(shown)


def test_everything_of_an_organization_is_stopped(gateway: Gateway, organization: Api) -> None:
    key = organization.create()
    dry_run, stop = commands(section(NIGHT, "Stop everything of an organization"))
    told = invoked(gateway, dry_run)
    assert alike(told, json.loads(dry_run.answer))
    assert len(told["keys"]) >= 2
    assert (told["dry_run"], told["done"]) == (True, True)
    assert organization.status(key["secret"]) == 200
    stopped = invoked(gateway, stop)
    assert {one["id"] for one in stopped["keys"]} == {one["id"] for one in told["keys"]}
    assert organization.status(key["secret"]) == 401
    assert invoked(gateway, dry_run)["keys"] == []


@pytest.mark.parametrize("where", ["A key has leaked", "GitHub's reports get 503"])
def test_a_leak_is_reported_at_night(gateway: Gateway, organization: Api, where: str) -> None:
    key = organization.create()
    [report] = commands(section(NIGHT, where), "aws lambda invoke")
    told = invoked(gateway, report.with_(**{"sk_live_copia_…": key["secret"]}))
    assert not report.answer or alike(told, json.loads(report.answer))
    [one] = told["secrets"]
    assert (one["found"], one["key_id"], one["state"]) == ("active", key["id"], "disabled")
    assert organization.status(key["secret"]) == 401


def test_a_leak_is_reported(gateway: Gateway, organization: Api) -> None:
    key = organization.create()
    [report] = commands(page("leaks.md"))
    shown = json.loads(code(page("leaks.md"), "json")[0])
    [told] = invoked(gateway, report.with_(**{"sk_live_copia_…": key["secret"]}))["secrets"]
    assert list(told) == list(shown["secrets"][0])
    assert (told["found"], told["key_id"], told["state"]) == ("active", key["id"], "disabled")
    assert organization.status(key["secret"]) == 401


@pytest.mark.parametrize("status", [200, 403])
def test_githubs_list_of_keys_is_asked_for(status: int) -> None:
    [asked] = commands(section(NIGHT, "GitHub's reports get 503"), "curl ")
    with github() as hub:
        hub.status = status
        words = asked.with_(**{"https://api.github.com/meta/public_keys/secret_scanning": hub.url}).words
        told = subprocess.run(words, capture_output=True, text=True, check=True).stdout  # noqa: S603 - the page's own
    assert (told == asked.answer) == (status == 200), told


def usage_plans_as_printed(secrets: list[str], organization: str) -> Any:
    """What the page's command answers where API Gateway holds these keys: moto's."""
    [command] = commands(section(page("import.md"), "API Gateway usage plans"))
    call = parsed(command, Path())
    with mocked_api_gateway():
        client: Any = botocore.session.get_session().create_client(
            call.service, region_name="eu-central-1", aws_access_key_id="-", aws_secret_access_key="-"
        )
        for number, secret in enumerate(secrets):
            client.create_api_key(
                name=f"Partner {number}", value=secret, customerId=organization, enabled=True
            )
        answer = getattr(client, call.operation)(**call.arguments)
    del answer["ResponseMetadata"]
    return json.loads(json.dumps(answer, default=str))


@pytest.mark.parametrize(
    ("heading", "export"),
    [("API Gateway usage plans", usage_plans_as_printed), ("Unkey", unkey), ("Kong key-auth", kong)],
    ids=["usage plans", "unkey", "kong"],
)
def test_an_export_is_converted_and_imported(
    gateway: Gateway, organization: Api, tmp_path: Path, heading: str, export: Any
) -> None:
    secrets = new(3)
    gateway.secrets += secrets
    batches(heading, export(secrets, "org_example"), tmp_path)
    text = page("import.md")
    [command] = commands(section(text, "Send a batch"))
    shown = json.loads(code(section(text, "Send a batch"), "json")[1])
    told = invoked(gateway, command, tmp_path)
    assert list(told) == list(shown)
    assert [alike(one, shown["keys"][0]) for one in told["keys"]] == [True] * 3
    assert [told[name] for name in ("imported", "already_there", "refused")] == [3, 0, 0]
    assert {organization.status(secret) for secret in secrets} == {200}
    again = invoked(gateway, command, tmp_path)
    assert [again[name] for name in ("imported", "already_there", "refused")] == [0, 3, 0]


def test_a_batch_with_a_secret_that_is_too_short_is_answered_as_printed(
    gateway: Gateway, tmp_path: Path
) -> None:
    text = section(page("import.md"), "Send a batch")
    batch, shown = (json.loads(block) for block in code(text, "json"))
    gateway.secrets.append(batch["keys"][0]["secret"])
    batch["keys"][1] = {**batch["keys"][0], "secret": "too-short"}
    (tmp_path / "batch-000.json").write_text(json.dumps(batch))
    assert invoked(gateway, commands(text)[0], tmp_path) == shown
