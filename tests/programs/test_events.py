"""Every event in events/ does, in its function, what its name says.

The reference backend is a web server and no handler; its events have their own test beside it.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import PLANS, ROOT, Gateway, local_gateway, within_roles
from tests.events import EVENTS, EXPECTED, function_of, put_example

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture(scope="module")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    with (
        within_roles(dynamodb_endpoint) as endpoint,
        local_gateway(["ImportedKeys=true", f"Plans={PLANS}"], DYNAMODB_ENDPOINT=endpoint) as running,
    ):
        yield running


def test_every_event_is_tried() -> None:
    assert EXPECTED.keys() == EVENTS.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_an_event_does_what_its_name_says(gateway: Gateway, dynamodb: "DynamoDBClient", name: str) -> None:
    put_example(dynamodb)
    answer, _ = gateway.invoke(function_of(name), EVENTS[name])
    assert EXPECTED[name](answer), answer


def test_every_function_has_an_event() -> None:
    template = (ROOT / "template.yaml").read_text()
    functions = set(re.findall(r"^  (\w+Function):$", template, re.MULTILINE))
    assert {function_of(name) for name in EVENTS} == functions - {
        "RuntimeFunction",
        "GithubLeakFunction",  # it takes what GitHub signed, and no example is
        "RotateSecretFunction",  # Secrets Manager calls it, about one of its own secrets
        "LogsRoleFunction",  # CloudFormation calls it, with its own address to answer to
    }
