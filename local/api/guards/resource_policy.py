"""The resource policy of a REST API: who may call it at all.

Owns its evaluation for one request. Must never allow a call because of a statement that it does not
understand: such a statement denies everything that it could deny, and allows nothing.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-policy-language-overview.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from collections.abc import Mapping
from typing import Any

from local.api.guards.conditions import hold, known_keys
from local.api.guards.policy import ACTION, Decision, MalformedPolicyError, listed, matches
from local.wire.exchange import Request

_SHORT = "execute-api:/"
_KNOWN = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


class ResourcePolicy:
    """One resource policy. Callers have no AWS account, as no signature is checked."""

    def __init__(self, document: object) -> None:
        statements = document.get("Statement") if isinstance(document, Mapping) else None
        self._statements = [one for one in listed(statements) if isinstance(one, Mapping)]
        self._is_malformed = statements is None or len(self._statements) < len(listed(statements))

    def problems(self) -> list[str]:
        """Of what is not understood, a line each."""
        if self._is_malformed:
            return ["it is not a policy, so every call is refused"]
        keys = known_keys(Request("GET", "/", "", [], b"", "127.0.0.1"))
        lines = []
        for number, statement in enumerate(self._statements, 1):
            unknown = sorted(statement.keys() - _KNOWN)
            if not unknown and hold(statement.get("Condition", {}), keys) is None:
                unknown = ["Condition"]
            if unknown:
                lines.append(f"statement {number} has {', '.join(unknown)} of a kind that is not imitated")
        return lines

    def decide(self, request: Request, arn: str) -> Decision:
        """What the policy says of a request for the method with this ARN."""
        keys = known_keys(request)
        try:
            effects = {self._effect(statement, keys, arn) for statement in self._statements}
        except MalformedPolicyError:
            return Decision.EXPLICIT_DENY
        if self._is_malformed or "Deny" in effects:
            return Decision.EXPLICIT_DENY
        return Decision.ALLOW if "Allow" in effects else Decision.IMPLICIT_DENY

    def _effect(self, statement: Mapping[str, Any], keys: Mapping[str, str | None], arn: str) -> str | None:
        effect = statement.get("Effect")
        if effect not in ("Allow", "Deny"):
            raise MalformedPolicyError
        applies: bool | None = None
        if statement.keys() <= _KNOWN and {"Principal", "Action", "Resource"} <= statement.keys():
            is_meant = (
                _is_everybody(statement["Principal"])
                and matches(statement["Action"], ACTION, ignore_case=True)
                and any(_covers(one, arn, is_deny=effect == "Deny") for one in listed(statement["Resource"]))
            )
            applies = is_meant and hold(statement.get("Condition", {}), keys)
        if applies is None:
            applies = effect == "Deny"
        return effect if applies else None


def _is_everybody(principal: object) -> bool:
    if isinstance(principal, Mapping):
        principal = principal.get("AWS")
    return "*" in listed(principal)


def _covers(pattern: object, arn: str, *, is_deny: bool) -> bool:
    """Whether a statement's resource covers the method.

    A policy applies only to its own API. So a denial counts whatever Region, account or API it names:
    locally, all of these differ from AWS.
    """
    if not isinstance(pattern, str):
        raise MalformedPolicyError
    own = arn.partition("/")[0]
    if pattern.startswith(_SHORT):
        pattern = f"{own}/{pattern.removeprefix(_SHORT)}"
    elif pattern.startswith("arn:"):
        # AWS's own examples mean all of an API by "api-id/".
        path = pattern.partition("/")[2] or "*"
        pattern = f"{own}/{path}" if is_deny else pattern
    elif not pattern.startswith("*"):
        raise MalformedPolicyError
    return matches(pattern, arn)
