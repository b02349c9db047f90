"""The policy that an authorizer answers.

Owns its form. It allows all that the key's scopes open, never this call alone: a gateway that caches policies
would then refuse the key's next call to another route. It speaks of the called API alone, as the cache does.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False  # `typing` would be imported at each cold start
if TYPE_CHECKING:
    from typing import Any

    from apikeys.scope import ApiScopes, Opened


def policy(caller: dict[str, str], method_arn: str, table: ApiScopes) -> dict[str, Any]:
    """The answer for a verified caller: `key_id`, `organization_id`, `scopes` with spaces between, and so on.

    `table` is the called API's; `method_arn`, `arn:PARTITION:execute-api:REGION:ACCOUNT:API/STAGE/VERB/PATH`.
    The caller reaches the backend as `requestContext.authorizer`, all strings; `missing_scope` joins it only
    when the call is denied, for the 403 to name it.
    """
    api, stage, call = method_arn.split("/", 2)
    document, opened = _prepared(caller["scopes"], f"{api}/{stage}", table)
    context = caller if opened.opens(call) else {**caller, "missing_scope": table.needed(call)}
    return {
        "principalId": caller["key_id"],
        "policyDocument": document,
        "context": context,
    }


def denial(caller: dict[str, str], method_arn: str) -> dict[str, Any]:
    """The answer for a verified caller whose call nobody may make."""
    api, stage, _ = method_arn.split("/", 2)
    return {
        "principalId": caller["key_id"],
        "policyDocument": {"Version": "2012-10-17", "Statement": [_statement("Deny", [f"{api}/{stage}/*"])]},
        # The text of a 403 names a scope; that of everything is the one that nobody asks a colleague for.
        "context": {**caller, "missing_scope": "*"},
    }


@lru_cache
def _prepared(scopes: str, stage_arn: str, table: ApiScopes) -> tuple[dict[str, Any], Opened]:
    # The same for every call of every key with these scopes, so it is made once.
    opened = table.opened(scopes.split())
    allowed = [f"{stage_arn}/{call}" for call in (*opened.calls, *(f"{one}*" for one in opened.prefixes))]
    # A key whose scopes have all left the table is denied everything: a statement with no resource would be
    # malformed, and a 503.
    statements = [_statement("Allow", allowed)] if allowed else [_statement("Deny", [f"{stage_arn}/*"])]
    if opened.denied:
        statements.append(_statement("Deny", [f"{stage_arn}/{call}" for call in opened.denied]))
    return {"Version": "2012-10-17", "Statement": statements}, opened


def _statement(effect: str, resources: list[str]) -> dict[str, Any]:
    return {"Action": "execute-api:Invoke", "Effect": effect, "Resource": resources}
