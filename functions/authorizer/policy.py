"""The policy that an authorizer returns.

Owns its form. It allows everything that the key's scopes open on the called API, never only this call: a
gateway that caches policies would then refuse the key's next call to another route.
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
    The caller reaches the backend as `requestContext.authorizer`, all strings. Only when the call is denied,
    `missing_scope` joins it, and `denial`, which is the end of the 403's text.
    """
    api, stage, call = method_arn.split("/", 2)
    document, opened = _prepared(caller["scopes"], f"{api}/{stage}", table)
    context = caller if opened.opens(call) else _without_scope(caller, table.needed(call))
    return {
        "principalId": caller["key_id"],
        "policyDocument": document,
        "context": context,
    }


def path_denial(caller: dict[str, str], method_arn: str) -> dict[str, Any]:
    """The answer for a verified caller whose call nobody may make, for its path."""
    api, stage, _ = method_arn.split("/", 2)
    return {
        "principalId": caller["key_id"],
        "policyDocument": {"Version": "2012-10-17", "Statement": [_statement("Deny", [f"{api}/{stage}/*"])]},
        # An older gateway-responses.yaml, on the API of another stack, names a scope in each 403; that of
        # everything is the one that nobody asks a colleague for.
        "context": {**caller, "missing_scope": "*", "denial": _ODD_PATH},
    }


_ODD_PATH = (
    "No key may: the path has an empty segment, a dot segment, a backslash or a control character, as it is "
    "or encoded. Leave it out."
)


def _without_scope(caller: dict[str, str], scope: str) -> dict[str, str]:
    # The gateway puts the text into JSON as it is, so a quote has its backslash here.
    denial = f'It lacks the scope \\"{scope}\\". Use a key that holds it.'
    return {**caller, "missing_scope": scope, "denial": denial}


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
