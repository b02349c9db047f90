"""One call to DynamoDB, and what its answer means.

Owns the kinds of failure: a condition that was not met, another call at the same time, or a store that gives
no clear answer. Must never know what an item contains.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

import logging
import random
import time
import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from apikeys.errors import StoreUnavailableError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse
    from mypy_boto3_dynamodb import DynamoDBClient

_OK = 200
_TRIES = 6
_FIRST_PAUSE_S = 0.01
_REFUSED = {"ConditionalCheckFailed", "ConditionalCheckFailedException"}
_CONTENDED = {"TransactionConflict", "TransactionConflictException", "TransactionInProgressException"}


class ConditionFailedError(Exception):
    """A condition was not met. `item` is the item that prevented the write, if the call asked for it."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        super().__init__("a condition did not hold")
        self.item = item


def call(operation: Callable[..., Mapping[str, Any]], **arguments: Any) -> Mapping[str, Any]:  # noqa: ANN401 - boto3's
    """The answer to an operation of boto3's client, tried again while other calls change the same items.

    Raises ConditionFailedError or StoreUnavailableError.
    """
    for attempt in range(_TRIES):
        try:
            answer = operation(**arguments)
        except ClientError as error:
            codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
            codes.add(error.response["Error"]["Code"])
            if codes & _REFUSED:
                item: Any = error.response.get("Item", {})
                raise ConditionFailedError(item) from None
            if not codes & _CONTENDED:
                raise unavailable() from error
            pause(attempt)
        except Exception as error:  # boto3 has errors of every kind for an answer of another shape
            raise unavailable() from error
        else:
            return answer
    raise StoreUnavailableError("Other calls keep changing this key. Try again in a moment.")


def pause(attempt: int) -> None:
    """Wait after a write that another call prevented: longer each time, and for a random time."""
    time.sleep(random.uniform(0, _FIRST_PAUSE_S * 2**attempt))  # noqa: S311 - it guards nothing


def refuse_damaged(client: "DynamoDBClient") -> None:
    """Let the client raise an error for a damaged answer. Every store does this with the client that it gets.

    boto3 takes any 200 for a success, and what it cannot parse for an empty answer: "no such item", or
    "written". It looks at the checksum only to decide whether to try once more. DynamoDB alone sends one.
    """
    log_no_answers()
    client.meta.events.register("after-call.dynamodb", _compare_checksum, unique_id="refuse_damaged")


def log_no_answers() -> None:
    """Keep the libraries from writing what an answer holds into a log.

    urllib3 would warn of a head that it cannot read, with the item that follows, and botocore tells all that
    passes at the level DEBUG.
    """
    for library in ("botocore", "urllib3"):
        logging.getLogger(library).setLevel(logging.ERROR)


def _compare_checksum(http_response: "AWSResponse", **_: object) -> None:
    sent = http_response.headers.get("x-amz-crc32")
    # An error may come from something between, without a sum; DynamoDB's own may hold an item that is used.
    is_dynamodbs = http_response.status_code == _OK or sent is not None
    if is_dynamodbs and sent != str(zlib.crc32(http_response.content)):
        raise ValueError("the answer is not as DynamoDB sent it")


def unavailable() -> StoreUnavailableError:
    """The error to raise when the store gives no clear answer."""
    return StoreUnavailableError("The key store cannot be reached. Try again in a moment.")
