"""One line of JSON for each operation: who did what to which key, and how it ended.

Owns the management functions' log. Must never be given a secret: it takes only ids, the name of the person
who calls, and texts that callers see too.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from apikeys.errors import ApiKeyError, UnavailableError
from apikeys.keys.key import is_key_id
from operation.caller import Caller

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def _logger() -> Logger:
    # Not at import: the logger reads its level from the environment.
    return Logger(service="api-keys")


#: What every line about one call says.
Call = dict[str, str | None]


def about(operation: str, event: object, context: "LambdaContext") -> Call:
    """What every line about one call says, before anything is known of its caller.

    `request_id` is that of the access log, the authorizer's log and the answer. A direct invocation has no
    other id than Lambda's own.
    """
    sent = _object(event)
    gateway = _object(sent.get("requestContext"))
    key_id = (_object(sent.get("pathParameters")) or sent).get("key_id")
    return {
        "operation": operation,
        "function": context.function_name,
        "request_id": gateway.get("extendedRequestId") or gateway.get("requestId") or context.aws_request_id,
        "invocation_id": context.aws_request_id,
        # A caller may send anything in place of an id, even a secret: only a text with an id's form is kept.
        "key_id": key_id if isinstance(key_id, str) and is_key_id(key_id) else None,
        "organization_id": None,
        "caller": None,
        "caller_name": None,
    }


def called_by(call: Call, caller: Caller) -> None:
    """Let every further line about the call name its caller."""
    call["organization_id"], call["caller"] = caller.organization_id or None, caller.key_id
    call["caller_name"] = caller.name


def done(call: Call, record: Mapping[str, object]) -> None:
    """Log an operation that succeeded. Of its record, only the id is kept: a key's, or a session's."""
    _logger().info("done", extra={**call, "key_id": record.get("id") or call["key_id"]})


def failed(call: Call, error: Exception) -> None:
    """Log an operation that did not: as a refusal, or with its cause when something broke."""
    extra = {**call, "error_type": type(error).__name__}
    if isinstance(error, ApiKeyError) and not isinstance(error, UnavailableError):
        _logger().info("refused", extra=extra | {"error": str(error)})
    else:
        _logger().error("broken", extra=extra, exc_info=error)


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
