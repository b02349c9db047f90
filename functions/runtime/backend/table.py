"""The backend's DynamoDB table, and which of its answers are not clear.

Owns the rule that only a clear answer counts: otherwise the caller learns that the store cannot be reached,
never that it contains nothing.
"""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from backend.errors import UnavailableError

if TYPE_CHECKING:
    from botocore.awsrequest import AWSResponse
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Table:
    """A table by its name, and the client to ask."""

    client: "DynamoDBClient"
    name: str

    def __post_init__(self) -> None:
        """See to it that the client refuses damaged answers."""
        self.client.meta.events.register("after-call.dynamodb", _refuse_damaged, unique_id="refuse_damaged")


class _DamagedError(Exception):
    """An answer is not as DynamoDB sent it."""


def _refuse_damaged(http_response: "AWSResponse", **_: object) -> None:
    # boto3 takes any 200 for a success, and what it cannot parse for an empty answer: "no such session".
    sent = http_response.headers.get("x-amz-crc32")
    # An error may come from something between, without a sum; DynamoDB's own may hold an item that is used.
    is_dynamodbs = http_response.status_code == HTTPStatus.OK or sent is not None
    if is_dynamodbs and sent != str(zlib.crc32(http_response.content)):
        raise _DamagedError


def in_the_way(refusal: ClientError) -> Mapping[str, Any]:
    """The item for which a condition did not hold, of a request that asks for ALL_OLD in that case."""
    # The client's stubs do not know what comes with this error.
    answer: Mapping[str, Any] = refusal.response
    item: Mapping[str, Any] = answer.get("Item", {})
    return item


@contextmanager
def unavailable() -> Iterator[None]:
    """Raise UnavailableError for every answer that is not clear."""
    try:
        yield
    except (BotoCoreError, ClientError, _DamagedError) as error:
        raise UnavailableError("The session store cannot be reached. Try again in a moment.") from error
