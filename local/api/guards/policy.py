"""IAM's rules, as far as an authorizer's policy needs them.

Owns the evaluation of a policy document against one method's ARN. Must never let a statement that it does
not understand allow anything. Conditions, `NotAction` and `NotResource` are not evaluated: a document that
has them is malformed.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

#: What calling a method is to IAM.
ACTION = "execute-api:Invoke"


class Decision(Enum):
    """What a policy says about one call."""

    ALLOW = "allow"
    EXPLICIT_DENY = "explicit deny"
    IMPLICIT_DENY = "implicit deny"


class MalformedPolicyError(Exception):
    """The document is not a policy that can be evaluated."""


def evaluate(document: object, method_arn: str) -> Decision:
    """What `document` says about invoking the method with this ARN. Raises MalformedPolicyError."""
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise MalformedPolicyError
    effects = [
        statement["Effect"]
        for statement in map(_statement, listed(document["Statement"]))
        if matches(statement["Action"], ACTION, ignore_case=True)
        and matches(statement["Resource"], method_arn)
    ]
    if "Deny" in effects:
        return Decision.EXPLICIT_DENY
    return Decision.ALLOW if effects else Decision.IMPLICIT_DENY


def _statement(statement: object) -> Mapping[str, Any]:
    if (
        not isinstance(statement, Mapping)
        or not {"Effect", "Action", "Resource"} <= statement.keys() <= {"Sid", "Effect", "Action", "Resource"}
        or statement["Effect"] not in ("Allow", "Deny")
    ):
        raise MalformedPolicyError
    return statement


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - any value
    """A list, for which one of a thing may stand."""
    return value if isinstance(value, list) else [value]


def matches(patterns: object, text: str, *, ignore_case: bool = False) -> bool:
    """Whether one of the patterns matches. `*` and `?` match any character, `/` and `:` among them.

    Raises MalformedPolicyError for a pattern that is not a text.
    """
    for pattern in listed(patterns):
        if not isinstance(pattern, str):
            raise MalformedPolicyError
        expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
        if re.fullmatch(expression, text, re.DOTALL | (re.IGNORECASE if ignore_case else re.NOFLAG)):
            return True
    return False
