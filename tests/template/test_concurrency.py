"""How much of an account's concurrency is reserved, and that a small account can deploy the stack."""

from typing import Any

from local.template.intrinsics import Resolver
from local.template.names import DEFAULT_REGION
from local.template.source import Source
from tests.conftest import ROOT

RESERVED = "ReservedConcurrentExecutions"


def reserved(**parameters: str) -> dict[str, Any]:
    """Function → what it reserves, where it reserves anything."""
    source = Source.load(ROOT / "template.yaml", parameters, DEFAULT_REGION)
    resolver = Resolver(source.template, parameters, DEFAULT_REGION)
    functions = resolver.resources("AWS::Lambda::Function").items()
    found = {name: resolver.pick(one, RESERVED).get(RESERVED) for name, one in functions}
    return {name: value for name, value in found.items() if value is not None}


def test_by_default_nothing_is_reserved_so_that_an_account_with_ten_executions_can_deploy_it() -> None:
    assert reserved() == {}


def test_the_authorizer_and_revocation_keep_what_they_need_and_the_backend_has_a_cap() -> None:
    kept = reserved(AuthorizerConcurrency="100", RuntimeConcurrency="200")
    assert {name: int(value) for name, value in kept.items()} == {
        "AuthorizerFunction": 100,
        "RevokeKeyFunction": 10,
        "RuntimeFunction": 200,
    }


def test_every_other_function_says_why_it_reserves_nothing(resources: dict[str, Any]) -> None:
    for name, one in resources.items():
        if one["Type"] == "AWS::Serverless::Function" and RESERVED not in one["Properties"]:
            skipped = one["Metadata"]["checkov"]["skip"]
            assert "CKV_AWS_115" in [check["id"] for check in skipped], name
