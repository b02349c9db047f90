"""How a Lambda proxy integration turns a function's result into a response.

Owns the rules for a result. A result that breaks them is an error, never half an answer.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Any

from local.template.parameters import text
from local.wire.exchange import Response

# Source of both: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
_REMAPPED = {
    "connection",
    "content-md5",
    "date",
    "host",
    "max-forwards",
    "server",
    "user-agent",
    "via",
    "www-authenticate",
}
_DROPPED = {
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[^\0\r\n]*")


# None of them has to be there.
_FIELDS = {"body", "headers", "isBase64Encoded", "multiValueHeaders", "statusCode"}


class MalformedResponseError(Exception):
    """The result is not what a proxy integration must return; the text says why."""


class BrokenBase64Error(Exception):
    """The body is not the base64 that it says, for a client that accepts binary."""


def proxy_response(result: object, *, binary: bool) -> Response:
    """The response that `result` describes. Raises MalformedResponseError and BrokenBase64Error.

    `binary` says whether the client accepts one of the API's binary media types; unless it does, a base64
    body goes out as the text that it is.
    """
    if not isinstance(result, Mapping):
        raise MalformedResponseError("The result is not an object.")
    if not result.keys() <= _FIELDS:
        raise MalformedResponseError(f"The result has other fields than {', '.join(sorted(_FIELDS))}.")
    headers = list(remapped(_headers(result)))
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "application/json"))
    return Response(_status(result), headers, _body(result, binary=binary))


def remapped(headers: Iterable[tuple[str, str]], more: Iterable[str] = ()) -> Iterable[tuple[str, str]]:
    """Response headers of a backend as REST APIs pass them on: some, and `more`, renamed, some dropped."""
    for name, value in headers:
        if name.lower() in _REMAPPED or name.lower() in more:
            yield f"x-amzn-Remapped-{name}", value
        elif name.lower() not in _DROPPED:
            yield name, value


def _status(result: Mapping[str, Any]) -> int:
    status = result.get("statusCode", 200)
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or not 200 <= status <= 599:  # noqa: PLR2004 - final answers of HTTP
        raise MalformedResponseError("statusCode is not a number from 200 to 599.")
    return status


def _headers(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    single = result.get("headers") or {}
    multiple = result.get("multiValueHeaders") or {}
    if not isinstance(single, Mapping) or not isinstance(multiple, Mapping):
        raise MalformedResponseError("headers or multiValueHeaders is not an object.")
    if not all(isinstance(values, list) for values in multiple.values()):
        raise MalformedResponseError("multiValueHeaders holds something that is not a list.")
    # A pair that is in both is sent once.
    pairs = dict.fromkeys((name, _scalar(value)) for name, values in multiple.items() for value in values)
    pairs |= dict.fromkeys((name, _scalar(value)) for name, value in single.items())
    for name, value in pairs:
        if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value):
            raise MalformedResponseError("A header has characters that cannot be sent.")
    return list(pairs)


def _scalar(value: object) -> str:
    if not isinstance(value, str | int | float):
        raise MalformedResponseError("A header's value is not a string, a number or a boolean.")
    return text(value)


def _body(result: Mapping[str, Any], *, binary: bool) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedResponseError("body is not a string.")
    if result.get("isBase64Encoded") is True and binary:
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise BrokenBase64Error from error
    return body.encode(errors="replace")
