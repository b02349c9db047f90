"""The first step of every call: find out whose key this is and what it may do.

Owns the verdict. Allow and deny are a policy. A refusal is an exception that says `Unauthorized`, the only
way to a 401. Any other exception becomes a 503, so a broken store never makes a client discard a good key.
Must never log a header, a secret or a digest. Every import costs time at each cold start.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

import os
import time
from functools import cache
from json.encoder import encode_basestring_ascii as _quoted

from apikeys.errors import ConfigurationError
from apikeys.scope import OWN_API
from apikeys.scope_parameter import scope_table
from apikeys.secret import presented_format
from authorizer.dynamodb import ItemReader, StoreError
from authorizer.header import presented_key
from authorizer.path import is_plain
from authorizer.policy import path_denial, policy
from authorizer.session import presented_session
from authorizer.verify import RefusedError, Verifier

TYPE_CHECKING = False  # `typing` is a seventh of the imports' cost, and no running code needs it
if TYPE_CHECKING:
    from typing import Any

    from apikeys.scope import ApiScopes, ScopeTable

_STDOUT = 1
_NOTHING: dict[str, str] = {}


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer the policy for the key that `event`, a REST API's REQUEST authorizer event, presents."""
    context = event["requestContext"]
    # As in the access log: the one id that a client cannot choose. (unproven) that this event has it.
    request_id = context.get("extendedRequestId") or context["requestId"]
    try:
        verifier, table, own, stack, unplanned = _deployment()
        # The API of this stack is made after this function, which therefore cannot be told its id. That API
        # says whose it is by a stage variable, which no client can set.
        is_own = (event.get("stageVariables") or _NOTHING).get("stack") == stack
        api = own if is_own else table.on(context["apiId"])
        # Who spoke to the gateway, whatever a header says. Behind CloudFront that is CloudFront.
        address = context.get("identity", _NOTHING).get("sourceIp")
        caller, usage_key = _caller(event, verifier, address, is_own=is_own)
    except RefusedError as refusal:
        _log(request_id, "refused", key_id=refusal.key_id, reason=refusal.reason)
        # The runtime logs the exception with its trace. Raised here, that is one frame and holds no value.
        raise Exception("Unauthorized") from None  # noqa: TRY002 - the gateway looks at the text alone
    except (StoreError, ConfigurationError) as error:
        _log(request_id, "unavailable", reason=str(error))
        raise
    arn, path = event["methodArn"], event["path"]
    # Both, since only the first is what the policy is asked about, and only the second what a backend gets.
    # Nearly always the first ends in the second, which is then looked at with it.
    if not (is_plain(arn) and (arn.endswith(path) or is_plain(path))):
        _log(request_id, "denied", reason="path", **caller)
        return path_denial(caller, arn)
    answer = policy(caller, arn, api)
    # Beside the context, which logs and backends get.
    if usage_key := usage_key or unplanned:
        answer["usageIdentifierKey"] = usage_key
    context = answer["context"]
    if "missing_scope" in context:
        _log(request_id, "denied", **caller, missing_scope=context["missing_scope"])
    else:
        _log(request_id, "allowed", **context)
    return answer


def _caller(
    event: dict[str, Any], verifier: Verifier, address: object, *, is_own: bool
) -> tuple[dict[str, str], str | None]:
    headers = event["multiValueHeaders"] or {}
    key = presented_key(headers)
    if key is None and is_own and (session := presented_session(headers, event["httpMethod"], event["path"])):
        return verifier.verify_session(session, address, time.time()), None
    key_id, organization_id, scopes, usage_key = verifier.verify(key, address)
    return {"key_id": key_id, "organization_id": organization_id, "scopes": scopes}, usage_key


@cache
def _deployment() -> tuple[Verifier, ScopeTable, ApiScopes, str, str]:
    """What the environment says of this stack: its keys, its scopes, those of its own API, its name.

    And the usage key of organizations that have no plan, empty where there are no plans at all.
    """
    environ = os.environ
    verifier = Verifier(presented_format(environ), ItemReader(environ["KEY_TABLE"], environ))
    table = scope_table(environ["SCOPES"])
    return verifier, table, table.on(OWN_API), environ["STACK"], environ.get("UNPLANNED_USAGE_KEY", "")


def _log(request_id: str, verdict: str, **rest: str | None) -> None:
    # One line of JSON, which CloudWatch Logs Insights reads as it is; `logging` would add nothing to it.
    # Written value by value, past the layers of `sys.stdout`, it costs half of `json.dumps` and `print`.
    fields = {"verdict": verdict, "request_id": request_id, **rest}
    line = ", ".join(
        [f'"{name}": {"null" if text is None else _quoted(text)}' for name, text in fields.items()]
    )
    os.write(_STDOUT, f"{{{line}}}\n".encode())


# The one exception to "nothing is read at import". A new environment of the function is initialized with a
# whole vCPU, and its first call has the share that the memory buys, here 0.29. So what every call needs is
# made before it, most of all TLS, if the endpoint in the environment speaks it. It opens no connection and
# reads no credential: a snapshot would keep them.
# https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
if "KEY_TABLE" in os.environ:
    try:  # noqa: SIM105 - `contextlib` would be imported at each cold start
        _deployment()
    except ConfigurationError:
        pass  # each call says so in its log line
