"""The usual way: the same authorizer, which reads its item with boto3.

Header, secret, policy and log are the product's own, so that what is compared is the reading.
"""

import json
import os
from typing import Any

from apikeys.scope import OWN_API, ScopeTable
from apikeys.secret import SecretFormat
from authorizer.header import presented_key
from authorizer.policy import policy

_SECRETS = SecretFormat(os.environ["KEY_PREFIX"])
_TABLE = ScopeTable().on(OWN_API)
ATTRIBUTES = "id,digest,organization_id,scopes,revoked_at"


def authorize(event: dict[str, Any], item_of: Any) -> dict[str, Any]:
    """Answer the policy for the key in `event`, whose item `item_of` reads as a dict of strings."""
    request_id = event["requestContext"]["requestId"]
    secret = _SECRETS.parse(presented_key(event["multiValueHeaders"]) or "")
    item = secret and item_of(secret.id)
    if not secret or not item or not secret.matches(item["digest"]) or "revoked_at" in item:
        print(json.dumps({"verdict": "refused", "request_id": request_id}))
        raise Exception("Unauthorized")  # noqa: TRY002 - the gateway looks at the text alone
    caller = {"key_id": secret.id, "organization_id": item["organization_id"], "scopes": item["scopes"]}
    answer = policy(caller, event["methodArn"], _TABLE)
    print(json.dumps({"verdict": "allowed", "request_id": request_id, **answer["context"]}))
    return answer
