import json
from typing import Any

import pytest

from apikeys.scope import OWN_API, ScopeTable
from apikeys.scope_parameter import scope_table
from authorizer.policy import path_denial, policy
from local.api.guards.policy import Decision, evaluate

OWN = ScopeTable().on(OWN_API)
STAGE = "arn:aws-us-gov:execute-api:us-gov-west-1:123456789012:api/live"


def answer(scopes: str, call: str) -> dict[str, Any]:
    caller = {"key_id": "key_ExampleKey01", "organization_id": "org_example", "scopes": scopes}
    return policy(caller, f"{STAGE}/{call}", OWN)


def test_the_policy_allows_everything_that_the_scopes_open_not_only_this_call() -> None:
    document = answer("runtime", "GET/api/runtime/capabilities")["policyDocument"]
    assert document["Version"] == "2012-10-17"
    [statement] = document["Statement"]
    assert statement["Effect"] == "Allow"
    assert f"{STAGE}/POST/api/mcp" in statement["Resource"]
    assert f"{STAGE}/GET/api/runtime/*" in statement["Resource"]


def test_the_policy_is_the_same_for_every_call_of_a_key() -> None:
    assert (
        answer("runtime keys", "GET/api/keys")["policyDocument"]
        == answer("runtime keys", "POST/api/mcp")["policyDocument"]
    )


def test_the_largest_table_makes_an_answer_within_the_bounds_of_api_gateway() -> None:
    """A resource has 512 characters at most, and what Lambda answers 6 MB; see `apikeys.scope_parameter`."""
    routes = [f"ANY /{number:03}{'x' * 252}" for number in range(200)]
    table = scope_table(json.dumps({f"s{n}": routes[n::64] for n in range(64)})).on(OWN_API)
    caller = {
        "key_id": "key_ExampleKey01",
        "organization_id": "o" * 64,
        "scopes": " ".join(f"s{n}" for n in range(64)),
    }
    made = policy(caller, f"{STAGE}/GET/000", table)
    resources = made["policyDocument"]["Statement"][0]["Resource"]
    assert len(resources) >= 200 * 7 * 2
    assert max(map(len, resources)) <= 512
    assert len(json.dumps(made)) < 1_500_000


@pytest.mark.parametrize(
    ("scopes", "call", "missing"),
    [
        ("runtime", "GET/api/runtime/capabilities", None),
        ("runtime", "GET/api/keys", "keys"),
        ("keys", "POST/api/mcp", "runtime"),
        ("keys runtime", "POST/api/mcp", None),
        ("runtime", "GET/", "*"),
        ("*", "GET/", None),
        ("*", "DELETE/what/ever", None),
        ("runtime", "GET/x/api/runtime/y", "*"),
        ("gone", "POST/api/mcp", "runtime"),
        ("keys", "POST/api/keys/verify", "verify"),
        ("keys verify", "POST/api/keys/verify", None),
    ],
)
def test_a_missing_scope_is_named_exactly_when_the_policy_denies(
    scopes: str, call: str, missing: str | None
) -> None:
    result = answer(scopes, call)
    assert result["context"].get("missing_scope") == missing
    decision = evaluate(result["policyDocument"], f"{STAGE}/{call}")
    assert (decision is Decision.ALLOW) == (missing is None)


def test_a_denial_ends_the_text_of_the_403_and_can_be_put_into_json() -> None:
    told = answer("runtime", "GET/api/keys")["context"]["denial"]
    assert json.loads(f'"{told}"') == 'It lacks the scope "keys". Use a key that holds it.'
    refused = path_denial({"key_id": "key_ExampleKey01"}, f"{STAGE}/GET/api//keys")
    assert json.loads(f'"{refused["context"]["denial"]}"').startswith(
        "No key may: the path has an empty segment"
    )
    assert evaluate(refused["policyDocument"], f"{STAGE}/GET/api//keys") is Decision.EXPLICIT_DENY


def test_the_context_is_what_the_backend_needs_and_contains_only_strings() -> None:
    result = answer("runtime keys", "GET/api/keys")
    assert result["principalId"] == "key_ExampleKey01"
    assert result["context"] == {
        "key_id": "key_ExampleKey01",
        "organization_id": "org_example",
        "scopes": "runtime keys",
    }
