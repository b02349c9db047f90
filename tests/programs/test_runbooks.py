"""The commands of the runbooks, as the pages print them, answer what the pages print below them.

`aws lambda invoke` is done by botocore, which the AWS CLI calls too: the CLI itself is no dependency.
"""

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.e2e.api import Api
from tests.e2e.conftest import Gateway, local_gateway

_INVOKE = re.compile(r"^\$ (aws lambda invoke (?:.*\\\n)*.*)\n(\{.*)?", re.MULTILINE)


def printed(page: str) -> list[tuple[str, str]]:
    """The page's invocations, each with the answer that is printed below it, if there is one."""
    return _INVOKE.findall((ROOT / "docs" / page).read_text())


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with local_gateway() as running:
        yield running


@pytest.fixture
def organization(gateway: Gateway) -> Iterator[Api]:
    """The one that the pages name."""
    with closing(gateway.api("org_example")) as api:
        yield api


def invoked(gateway: Gateway, command: str) -> Any:
    """What the command's function answers. The stack's output stands for the function in the command."""
    words = shlex.split(command.replace("\\\n", " "))
    options = dict(pairwise(words))
    function = options["--function-name"].title().replace("_", "")
    answer, failed = gateway.invoke(function, json.loads(options["--payload"]))
    assert not failed, answer
    return answer


def test_everything_of_an_organization_is_stopped(gateway: Gateway, organization: Api) -> None:
    key = organization.create()
    (dry_run, answer), (stop, _) = printed("operations.md")
    told = invoked(gateway, dry_run)
    assert list(told) == list(json.loads(answer))
    assert [list(one) for one in told["keys"]] == [list(json.loads(answer)["keys"][0])] * 2
    assert (told["dry_run"], told["done"]) == (True, True)
    assert organization.status(key["secret"]) == 200
    stopped = invoked(gateway, stop)
    assert {one["id"] for one in stopped["keys"]} == {one["id"] for one in told["keys"]}
    assert organization.status(key["secret"]) == 401
    assert invoked(gateway, dry_run)["keys"] == []


def test_a_leak_is_reported(gateway: Gateway, organization: Api) -> None:
    key = organization.create()
    [(report, _)] = printed("leaks.md")
    [answer] = re.findall(
        r"^```json\n(.*?)^```", (ROOT / "docs/leaks.md").read_text(), re.MULTILINE | re.DOTALL
    )[:1]
    [told] = invoked(gateway, report.replace("sk_live_copia_…", key["secret"]))["secrets"]
    assert list(told) == list(json.loads(answer)["secrets"][0])
    assert (told["found"], told["key_id"], told["state"]) == ("active", key["id"], "disabled")
    assert organization.status(key["secret"]) == 401
