"""The answer to a call through API Gateway.

Owns the only table from errors to HTTP statuses, and the form of an answer: JSON, or text of another type,
which no cache may store.
"""

import json
from collections.abc import Mapping
from types import MappingProxyType

from apikeys import errors

_STATUS: dict[type[errors.ApiKeyError], int] = {
    errors.InvalidInputError: 400,
    errors.UnauthorizedError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.ConflictError: 409,
    errors.TooLargeError: 413,
    errors.UnavailableError: 503,
}
_UNAVAILABLE = 503


def success(
    status: int, record: Mapping[str, object], headers: Mapping[str, str] = MappingProxyType({})
) -> dict[str, object]:
    """`status` with `record` as the body."""
    return _answer(status, record, headers)


def text(status: int, body: str, headers: Mapping[str, str]) -> dict[str, object]:
    """`status` with a body whose type is in `headers`."""
    return {"statusCode": status, "headers": {"Cache-Control": "no-store", **headers}, "body": body}


def failure(error: Exception, request_id: str | None) -> dict[str, object]:
    """The error's status, and its text as `{"error": TEXT}`; 500 for an error that nobody expected."""
    if not isinstance(error, errors.ApiKeyError):
        return _answer(500, {"error": f"Something broke. Try again, or report the request {request_id}."}, {})
    status = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    headers = {"Retry-After": "1"} if status == _UNAVAILABLE else {}
    return _answer(status, {"error": str(error)}, headers)


def _answer(status: int, body: Mapping[str, object], headers: Mapping[str, str]) -> dict[str, object]:
    return text(status, json.dumps(body, ensure_ascii=False), {"Content-Type": "application/json", **headers})
