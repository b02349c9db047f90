"""What an authorizer's policy allows, by IAM's rules."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.api.guards.policy import Decision, MalformedPolicyError, evaluate

ARN = "arn:aws:execute-api:eu-central-1:123456789012:local/live"
CALL = f"{ARN}/GET/api/keys/key_1"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(
    resource: object, effect: str = "Allow", action: object = "execute-api:Invoke"
) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource}


@pytest.mark.parametrize(
    "resource",
    [
        CALL,
        "*",
        f"{ARN}/*",
        f"{ARN}/*/api/keys/*",
        f"{ARN}/GET/api/keys/key_?",
        f"{ARN}/GET/*_1",
        "arn:aws:execute-api:*:*:local/live/GET/api/keys/*",
        [f"{ARN}/GET/elsewhere", CALL],
    ],
)
def test_a_matching_resource_allows(resource: object) -> None:
    assert evaluate(policy(statement(resource)), CALL) is Decision.ALLOW


@pytest.mark.parametrize(
    "resource",
    [
        f"{ARN}/GET/api/keys",
        f"{ARN}/GET/api/keys/",
        f"{ARN}/get/api/keys/key_1",
        f"{ARN}/GET/api/keys/key_1?",
        f"{ARN}/GET/api/keys/key_11",
        f"x{CALL}",
        f"{CALL}\n",
        f"{ARN}/GET/api/keys/key_[0-9]",
        f"{ARN}/GET/api.keys/key_1",
        [],
    ],
)
def test_another_resource_does_not_allow(resource: object) -> None:
    assert evaluate(policy(statement(resource)), CALL) is Decision.IMPLICIT_DENY


def test_wildcards_cross_slashes() -> None:
    assert evaluate(policy(statement(f"{ARN}/GET/*")), f"{ARN}/GET/a/b/c/d") is Decision.ALLOW
    assert evaluate(policy(statement(f"{ARN}/GET/a?b")), f"{ARN}/GET/a/b") is Decision.ALLOW
    assert evaluate(policy(statement(f"{ARN}/*/api/keys")), f"{ARN}/GET/x/api/keys") is Decision.ALLOW


@pytest.mark.parametrize(
    "action", ["execute-api:Invoke", "execute-api:invoke", "execute-api:*", "*", "execute-api:Inv*"]
)
def test_an_action_that_covers_invoke_counts(action: str) -> None:
    assert evaluate(policy(statement(CALL, action=action)), CALL) is Decision.ALLOW


@pytest.mark.parametrize("action", ["execute-api:ManageConnections", "lambda:*", "", [], ["s3:GetObject"]])
def test_any_other_action_does_not(action: object) -> None:
    assert evaluate(policy(statement(CALL, action=action)), CALL) is Decision.IMPLICIT_DENY


@pytest.mark.parametrize("order", [1, -1])
def test_deny_wins_in_any_order(order: int) -> None:
    statements = [statement("*"), statement(CALL, "Deny")][::order]
    assert evaluate(policy(*statements), CALL) is Decision.EXPLICIT_DENY


def test_a_deny_of_something_else_takes_nothing_away() -> None:
    assert evaluate(policy(statement("*"), statement(f"{ARN}/PUT/*", "Deny")), CALL) is Decision.ALLOW


def test_no_statement_denies() -> None:
    assert evaluate(policy(), CALL) is Decision.IMPLICIT_DENY


def test_a_single_statement_may_replace_a_list() -> None:
    assert evaluate({"Statement": statement(CALL)}, CALL) is Decision.ALLOW


@pytest.mark.parametrize(
    "document",
    [
        None,
        "Allow",
        [],
        {},
        {"Statement": "Allow"},
        {"Statement": [None]},
        policy({"Effect": "Allow", "Action": "*"}),
        policy({"Action": "*", "Resource": "*"}),
        policy({"Effect": "allow", "Action": "*", "Resource": "*"}),
        policy(statement(7)),
        policy(statement(CALL, action=[None])),
        policy({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}),
        policy(statement("*") | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}),
    ],
)
def test_a_policy_that_is_not_understood_is_malformed(document: object) -> None:
    with pytest.raises(MalformedPolicyError):
        evaluate(document, CALL)


@given(st.text(alphabet="ab/*?.", max_size=8), st.text(alphabet="ab/.", max_size=8))
def test_a_pattern_matches_as_a_naive_matcher_says(pattern: str, text: str) -> None:
    def matches(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return matches(pattern[1:], text) or (bool(text) and matches(pattern, text[1:]))
        return bool(text) and pattern[0] in ("?", text[0]) and matches(pattern[1:], text[1:])

    allowed = evaluate(policy(statement(pattern)), text) is Decision.ALLOW
    assert allowed == matches(pattern, text)
