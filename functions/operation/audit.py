"""One line of JSON for each operation: who did what to which key, and how it ended.

Owns the management functions' log. Must never be given a secret: it takes ids and texts that callers see too.
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from apikeys.errors import ApiKeyError, StoreUnavailableError
from operation.caller import Caller

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@cache
def _logger() -> Logger:
    # Not at import: the logger reads its level from the environment.
    return Logger(service="api-keys")


def done(context: "LambdaContext", caller: Caller, record: Mapping[str, object]) -> None:
    """Log an operation that succeeded. Of its record, only the key's id is kept."""
    _logger().info("done", extra=_who(context, caller) | {"key_id": record.get("id")})


def failed(context: "LambdaContext", caller: Caller | None, error: Exception) -> None:
    """Log an operation that did not: as a refusal, or with its cause when something broke."""
    who = _who(context, caller) | {"error_type": type(error).__name__}
    if isinstance(error, ApiKeyError) and not isinstance(error, StoreUnavailableError):
        _logger().info("refused", extra=who | {"error": str(error)})
    else:
        _logger().error("broken", extra=who, exc_info=error)


def _who(context: "LambdaContext", caller: Caller | None) -> dict[str, object]:
    return {
        "function": context.function_name,
        "request_id": context.aws_request_id,
        "organization_id": caller and caller.organization_id,
        "caller": caller and caller.key_id,
    }
