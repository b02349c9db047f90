"""Every call's first step: find out whose key this is and what it may do.

Owns the verdict. Allow and deny are a policy; a refusal is an exception that says `Unauthorized`, the only
way to a 401; any other exception becomes a 503, so that a store in trouble never makes a client throw a good
key away. Must never log a header, a secret or a digest. Every import here is paid for at each cold start.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

import json
import os
from functools import cache

from apikeys.secret import SecretFormat
from authorizer.dynamodb import ItemReader, StoreError
from authorizer.header import presented_key
from authorizer.policy import policy
from authorizer.verify import RefusedError, Verifier

TYPE_CHECKING = False  # `typing` is a seventh of the imports' cost, and no running code needs it
if TYPE_CHECKING:
    from typing import Any

_STDOUT = 1
# `json.dumps` would look through its options at each call.
_json = json.JSONEncoder().encode


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer the policy for the key that `event`, a REST API's REQUEST authorizer event, presents."""
    context = event["requestContext"]
    # As in the access log: the one id that a client cannot choose. (unproven) that this event has it.
    request_id = context.get("extendedRequestId") or context["requestId"]
    try:
        key_id, organization_id, scopes = _verifier().verify(presented_key(event["multiValueHeaders"] or {}))
    except RefusedError as refusal:
        _log(request_id, "refused", key_id=refusal.key_id, reason=refusal.reason)
        # The runtime logs the exception with its trace. Raised here, that is one frame and holds no value.
        raise Exception("Unauthorized") from None  # noqa: TRY002 - the gateway looks at the text alone
    except StoreError as error:
        _log(request_id, "unavailable", reason=str(error))
        raise
    answer = policy(key_id, organization_id, scopes, event["methodArn"])
    verdict = "denied" if "missing_scope" in answer["context"] else "allowed"
    _log(request_id, verdict, **answer["context"])
    return answer


@cache
def _verifier() -> Verifier:
    environ = os.environ
    return Verifier(SecretFormat(environ["KEY_PREFIX"]), ItemReader(environ["KEY_TABLE"], environ))


def _log(request_id: str, verdict: str, **rest: str | None) -> None:
    # One line of JSON, which CloudWatch Logs Insights reads as it is; `logging` would add nothing to it.
    # Written value by value, past the layers of `sys.stdout`, it costs half of `json.dumps` and `print`.
    fields = {"verdict": verdict, "request_id": request_id, **rest}
    line = ", ".join([f'"{name}": {_json(value)}' for name, value in fields.items()])
    os.write(_STDOUT, f"{{{line}}}\n".encode())
