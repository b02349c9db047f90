"""The key store: one DynamoDB table, one item per key, and an index for the list.

Owns the item's form, and the conditions that keep two calls at once from leaving half a change. Uses boto3;
the authorizer, which only ever reads one item, has a reader of its own. A digest goes in and never comes out.
Whatever DynamoDB answers other than a yes or a no becomes StoreUnavailableError.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from apikeys.cursor import Cursor
from apikeys.errors import ConflictError, NotFoundError, StoreUnavailableError
from apikeys.key import Key, is_key_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A query evaluates this many items at once, and one call of `list` ten times as many: an organization with
# thousands of revoked keys gets a short page and a cursor, not a slow answer.
_EVALUATED = 101
_EVALUATED_AT_MOST = 10 * _EVALUATED

_CONFLICT_TRIES = 6

_UNAVAILABLE = "The key store cannot be reached. Try again in a moment."

T = TypeVar("T")


class Page(NamedTuple):
    """Some keys of a list, newest first, and where the next page starts; None at the end."""

    keys: list[Key]
    next: Cursor | None


class KeyStore:
    """The keys of all organizations. Every method takes the organization and sees nothing of another's."""

    def __init__(self, client: "DynamoDBClient", table: str, index: str = "") -> None:
        self._client = client
        self._table = table
        self._index = index

    def add(self, key: Key, digest: str) -> None:
        """Store a new key. Raises ConflictError when its id is taken."""
        try:
            with _store_errors():
                self._client.put_item(**self._put(key, digest), ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except _RefusedError as refusal:
            # When an answer is lost, boto3 sends the put again and then meets the item that it wrote itself.
            if refusal.item.get("digest") != {"S": digest}:
                raise ConflictError("The id drawn for the new key is taken. Try again.") from None

    def get(self, organization_id: str, key_id: str) -> Key:
        """The key, read consistently. Raises NotFoundError."""
        if not is_key_id(key_id):
            raise NotFoundError("There is no such key.")
        with _store_errors():
            item = self._client.get_item(
                TableName=self._table, Key={"id": {"S": key_id}}, ConsistentRead=True
            ).get("Item", {})
            if item.get("organization_id") == {"S": organization_id}:
                return _key(item)
        raise NotFoundError("There is no such key.")

    def page(
        self, organization_id: str, limit: int, after: Cursor | None = None, *, include_revoked: bool = False
    ) -> Page:
        """At most `limit` keys, newest first, read from the index, which follows the table within moments.

        A page may be short, or empty, although more follow: `next` alone tells where the list ends.
        """
        query: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": self._index,
            "KeyConditionExpression": "organization_id = :organization",
            "ExpressionAttributeValues": {":organization": {"S": organization_id}},
            "ScanIndexForward": False,
            "Limit": _EVALUATED,
        }
        if not include_revoked:
            query["FilterExpression"] = "attribute_not_exists(revoked_at)"
        if after:
            query["ExclusiveStartKey"] = {
                "organization_id": {"S": organization_id},
                "created_at": {"S": after.created_at},
                "id": {"S": after.id},
            }
        keys: list[Key] = []
        for _ in range(_EVALUATED_AT_MOST // _EVALUATED):
            with _store_errors():
                answer = self._client.query(**query)
                keys += map(_key, answer["Items"])
            if len(keys) > limit:
                last = keys[limit - 1]
                return Page(keys[:limit], Cursor(last.created_at, last.id))
            if "LastEvaluatedKey" not in answer:
                return Page(keys, None)
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        last_evaluated = query["ExclusiveStartKey"]
        return Page(keys, Cursor(last_evaluated["created_at"]["S"], last_evaluated["id"]["S"]))

    def replace(self, old: Key, new: Key, digest: str) -> None:
        """Store `new` and let `old` point at it, both or neither.

        Raises ConflictError when `old` was revoked or replaced since it was read.
        """
        values = {":new": {"S": new.id}}
        seen = "attribute_not_exists(replaced_by)"
        if old.replaced_by:
            seen, values[":seen"] = "replaced_by = :seen", {"S": old.replaced_by}
        try:
            _past_conflicts(
                lambda: self._client.transact_write_items(
                    TransactItems=[
                        {"Put": self._put(new, digest)},
                        {
                            "Update": {
                                "TableName": self._table,
                                "Key": {"id": {"S": old.id}},
                                "UpdateExpression": "SET replaced_by = :new",
                                "ConditionExpression": "attribute_exists(id) AND "
                                f"attribute_not_exists(revoked_at) AND {seen}",
                                "ExpressionAttributeValues": values,
                            }
                        },
                    ]
                )
            )
        except _RefusedError:
            raise ConflictError(
                f"Another call revoked or rotated {old.id} at the same time. Read the key to see which."
            ) from None

    def revoke(self, organization_id: str, key_id: str, at: str) -> Key:
        """Mark the key as revoked at the time `at`, or leave the earlier mark. Raises NotFoundError."""
        if not is_key_id(key_id):
            raise NotFoundError("There is no such key.")
        try:
            return _past_conflicts(
                lambda: _key(
                    self._client.update_item(
                        TableName=self._table,
                        Key={"id": {"S": key_id}},
                        UpdateExpression="SET revoked_at = if_not_exists(revoked_at, :at)",
                        ConditionExpression="organization_id = :organization",
                        ExpressionAttributeValues={":at": {"S": at}, ":organization": {"S": organization_id}},
                        ReturnValues="ALL_NEW",
                    )["Attributes"]
                )
            )
        except _RefusedError:
            raise NotFoundError("There is no such key.") from None

    def _put(self, key: Key, digest: str) -> Any:  # noqa: ANN401 - alone and in a transaction, its type differs
        return {
            "TableName": self._table,
            "Item": _item(key) | {"digest": {"S": digest}},
            "ConditionExpression": "attribute_not_exists(id)",
        }


class _RefusedError(Exception):
    """A condition did not hold. `item` is the item that stands in the way, where it was asked for."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.item = item


class _ContendedError(Exception):
    """Another call was changing the same item; nothing was written."""


@contextmanager
def _store_errors() -> Iterator[None]:
    """Sort what goes wrong in a call of the store into refused, contended and unavailable.

    Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    """
    try:
        yield
    except ClientError as error:
        codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
        codes.add(error.response["Error"]["Code"])
        if codes & {"ConditionalCheckFailed", "ConditionalCheckFailedException"}:
            item: Any = error.response.get("Item", {})
            raise _RefusedError(item) from None
        if codes & {"TransactionConflict", "TransactionConflictException", "TransactionInProgressException"}:
            raise _ContendedError from None
        raise StoreUnavailableError(_UNAVAILABLE) from error
    except (BotoCoreError, LookupError, TypeError, AttributeError) as error:
        raise StoreUnavailableError(_UNAVAILABLE) from error


def _past_conflicts(call: Callable[[], T]) -> T:
    for attempt in range(_CONFLICT_TRIES):
        try:
            with _store_errors():
                return call()
        except _ContendedError:
            time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads retries, guards nothing
    raise StoreUnavailableError("Other calls keep changing this key. Try again in a moment.")


def _item(key: Key) -> dict[str, Any]:
    texts = asdict(key) | {"scopes": " ".join(key.scopes)}
    return {name: {"S": text} for name, text in texts.items() if text is not None}


def _key(item: Mapping[str, Any]) -> Key:
    texts = {field.name: item[field.name]["S"] for field in fields(Key) if field.name in item}
    return Key(**texts | {"scopes": tuple(texts["scopes"].split())})
