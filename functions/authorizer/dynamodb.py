"""One item of one table, read consistently and cheaply.

Owns DynamoDB's GetItem as the authorizer needs it: the request, what an answer means, and when to retry. A
read returns the item, or that there is none, or raises StoreError; an unclear answer counts as neither. Must
never import boto3, which takes ten times as long.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
"""

from __future__ import annotations

import json
import os
import time
from json.encoder import encode_basestring_ascii as _quoted

from authorizer.connection import Connection, TransportError
from authorizer.credentials import CredentialProvider, CredentialsError
from authorizer.endpoint import endpoint, region
from authorizer.sigv4 import Signer

TYPE_CHECKING = False  # `typing` would be imported at each cold start
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

#: What the authorizer needs of a key. A new attribute here is one more that it can decide by.
_ATTRIBUTES = (
    *("id", "digest", "organization_id", "scopes"),
    *("revoked_at", "disabled_at", "allowed_addresses", "person", "usage_key"),
)

# Errors with status 400 after which the same request may succeed; with 5xx any may.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
_THROTTLED = {"ProvisionedThroughputExceededException", "RequestLimitExceeded", "ThrottlingException"}
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
_CREDENTIALS_REFUSED = {
    "ExpiredTokenException",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
}

# `json.loads` would look through its options at each call.
_decode = json.JSONDecoder().raw_decode
# What JSON allows around a value.
_BLANKS = " \t\r\n"

_TRIES = 3
_FIRST_PAUSE_S = 0.05
_OK = 200
_SERVER_ERROR = 500


class StoreError(Exception):
    """The store gave no clear answer. The message is short and safe to log."""


class ItemReader:
    """Reads items of `table`. Opens nothing before the first read, and keeps its connection between reads.

    `environ` is the process's environment: Region, endpoint and credentials as the AWS SDKs look for them.
    `budget` is how many seconds a read may take, all tries together, without looking up the endpoint's name.
    PATIENCE, which slow machines set, multiplies it.
    """

    def __init__(self, table: str, environ: Mapping[str, str], *, budget: float = 3.2) -> None:
        place = endpoint(environ)
        self._rest = json.dumps(
            {"TableName": table, "ConsistentRead": True, "ProjectionExpression": ",".join(_ATTRIBUTES)}
        ).removeprefix("{")
        # One share for each try, and one because a try's last wait may begin as its share ends.
        self._share = budget * float(environ.get("PATIENCE", "1")) / (_TRIES + 1)
        self._credentials = CredentialProvider(environ)
        self._connection = Connection(place, self._share)
        self._signer = Signer(
            region(environ),
            "dynamodb",
            {
                "content-type": "application/x-amz-json-1.0",
                "host": place.authority,
                "x-amz-target": "DynamoDB_20120810.GetItem",
            },
        )

    def get(self, key: str, value: str) -> dict[str, str] | None:
        """The item whose partition key, the attribute `key`, is `value`; None when there is no such item.

        Only attributes that the authorizer needs, all of them strings. Raises StoreError.
        """
        body = f'{{"Key":{{{_quoted(key)}:{{"S":{_quoted(value)}}}}},{self._rest}'.encode()
        item = self._item(body)
        if item is not None and item.get(key) != value:
            raise StoreError("the answer is another item's")
        return item

    def close(self) -> None:
        """Close the connection; the next read opens another."""
        self._connection.close()

    def _item(self, body: bytes) -> dict[str, str] | None:
        reason = ""
        renewed = False
        deadline = time.monotonic()
        for number in range(_TRIES):
            deadline += self._share
            if number:
                _pause(number)
            try:
                status, answer = self._connection.exchange(self._request(body), deadline)
            except (TransportError, CredentialsError) as error:
                reason = str(error)
                continue
            if status == _OK:
                return _parse(answer)
            code = _error_code(answer)
            reason = f"DynamoDB answered {status} {code}"
            if code in _CREDENTIALS_REFUSED and not renewed:
                self._credentials.forget()
                renewed = True
            elif code not in _THROTTLED and status < _SERVER_ERROR:
                break
        raise StoreError(reason)

    def _request(self, body: bytes) -> bytes:
        now = time.time()
        lines = self._signer.sign(body, self._credentials.current(now), now)
        return f"POST / HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode("latin-1") + body


def _parse(answer: bytes) -> dict[str, str] | None:
    try:
        parsed = _value(answer)
        if parsed == {}:
            return None
        item = {name: value["S"] for name, value in parsed["Item"].items()}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise StoreError("DynamoDB's answer is not an item of strings") from None
    return item


def _value(answer: bytes) -> Any:  # noqa: ANN401 - whatever was sent
    text = answer.decode().strip(_BLANKS)
    parsed, end = _decode(text)
    if end != len(text):
        raise ValueError("more than one value")
    return parsed


def _error_code(answer: bytes) -> str:
    try:
        code = _value(answer)["__type"].rpartition("#")[2]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "without a code"
    return code if code.isalnum() and code.isascii() else "without a code"


def _pause(number: int) -> None:
    # From the operating system: the clones of a SnapStart snapshot share the state of any other generator.
    jitter = int.from_bytes(os.urandom(4), "big") / 2**32
    time.sleep(jitter * _FIRST_PAUSE_S * 2 ** (number - 1))
