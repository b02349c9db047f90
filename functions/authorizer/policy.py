"""The policy that an authorizer answers.

Owns its form. It allows all that the key's scopes open, never this call alone: a gateway that caches policies
would then refuse the key's next call to another route.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

from functools import lru_cache

from apikeys import scope

TYPE_CHECKING = False  # `typing` would be imported at each cold start
if TYPE_CHECKING:
    from typing import Any


def policy(key_id: str, organization_id: str, scopes: str, method_arn: str) -> dict[str, Any]:
    """The answer for a verified key, whose `scopes` are separated by spaces.

    `method_arn` is `arn:PARTITION:execute-api:REGION:ACCOUNT:API/STAGE/VERB/PATH`. The context reaches the
    backend as `requestContext.authorizer`, all strings; `missing_scope` is there only when the call is
    denied, for the 403 to name it.
    """
    api, stage, verb, path = method_arn.split("/", 3)
    context = {"key_id": key_id, "organization_id": organization_id, "scopes": scopes}
    if missing := scope.missing(scopes.split(), verb, "/" + path):
        context["missing_scope"] = missing
    return {
        "principalId": key_id,
        "policyDocument": _document(scopes, f"{api}/{stage}"),
        "context": context,
    }


@lru_cache
def _document(scopes: str, stage_arn: str) -> dict[str, Any]:
    # The same for every call of every key with these scopes, so it is made once.
    allowed = scope.resources(scopes.split(), stage_arn)
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Action": "execute-api:Invoke",
                # A key whose scopes have all left the table is denied everything: a statement with no
                # resource would be malformed, and a 503.
                "Effect": "Allow" if allowed else "Deny",
                "Resource": allowed or f"{stage_arn}/*",
            }
        ],
    }
