"""The key store: one DynamoDB table, one item per key, and an index for the list.

Owns the item's form, and the conditions that keep two calls at once from leaving half a change. Uses boto3;
the authorizer, which only ever reads one item, has a reader of its own. A digest goes in and never comes out.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, NamedTuple

from apikeys.dynamodb import ConditionFailedError, call, refuse_damaged, unavailable
from apikeys.errors import ConflictError, InvalidInputError, NotFoundError
from apikeys.key import Key, is_key_id

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A query evaluates this many items at once, and one call of `page` ten times as many: an organization with
# thousands of revoked keys gets a short page and a cursor, not a slow answer.
_EVALUATED = 101
_QUERIES = 10


class Page(NamedTuple):
    """Some keys of a list, newest first, and the id of the key after which the next page starts.

    None instead of that id is the end.
    """

    keys: list[Key]
    cursor: str | None


class KeyStore:
    """The keys of all organizations. Every method takes the organization and sees nothing of another's.

    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: "DynamoDBClient", table: str, index: str = "") -> None:
        refuse_damaged(client)
        self._client = client
        self._table = table
        self._index = index

    def add(self, key: Key, digest: str) -> None:
        """Store a new key. Raises ConflictError when its id is taken."""
        try:
            call(
                self._client.put_item,
                **self._put(key, digest),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ConditionFailedError as failure:
            # When an answer is lost, boto3 sends the put again and then meets the item that it wrote itself.
            if failure.item.get("digest") != {"S": digest}:
                raise ConflictError("The id drawn for the new key is taken. Try again.") from None

    def get(self, organization_id: str, key_id: str) -> Key:
        """The key, read consistently. Raises NotFoundError."""
        answer = call(
            self._client.get_item, TableName=self._table, Key=_item_key(key_id), ConsistentRead=True
        )
        key = _key(answer["Item"]) if "Item" in answer else None
        if key is None or key.organization_id != organization_id:
            raise _not_found()
        return key

    def page(
        self, organization_id: str, limit: int, cursor: str | None = None, *, include_revoked: bool = False
    ) -> Page:
        """At most `limit` keys, newest first, read from the index, which follows the table within moments.

        A page may be short, or empty, although more follow: its `cursor` alone tells where the list ends.
        Raises InvalidInputError for a `cursor` that is no key of the organization.
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
        if cursor is not None:
            query["ExclusiveStartKey"] = self._place(organization_id, cursor)
        keys: list[Key] = []
        for _ in range(_QUERIES):
            answer = call(self._client.query, **query)
            keys += map(_key, answer["Items"])
            if len(keys) > limit:
                return Page(keys[:limit], keys[limit - 1].id)
            if "LastEvaluatedKey" not in answer:
                return Page(keys, None)
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return Page(keys, query["ExclusiveStartKey"]["id"]["S"])

    def replace(self, old: Key, new: Key, digest: str) -> None:
        """Store `new` and let `old` point at it, both or neither.

        Raises ConflictError when `old` was revoked or replaced since it was read.
        """
        values = {":new": {"S": new.id}}
        unchanged = "attribute_exists(id) AND attribute_not_exists(revoked_at) AND "
        if old.replaced_by:
            unchanged += "replaced_by = :seen"
            values[":seen"] = {"S": old.replaced_by}
        else:
            unchanged += "attribute_not_exists(replaced_by)"
        point = {
            "TableName": self._table,
            "Key": {"id": {"S": old.id}},
            "UpdateExpression": "SET replaced_by = :new",
            "ConditionExpression": unchanged,
            "ExpressionAttributeValues": values,
        }
        try:
            call(
                self._client.transact_write_items,
                TransactItems=[{"Put": self._put(new, digest)}, {"Update": point}],
                # The same for every try, so that one whose answer was lost is not taken for another's.
                ClientRequestToken=new.id,
            )
        except ConditionFailedError:
            raise ConflictError(
                f"Another call revoked or rotated {old.id} at the same time. Read the key to see which."
            ) from None

    def revoke(self, organization_id: str, key_id: str, at: str) -> Key:
        """Mark the key as revoked at the time `at`, or leave the earlier mark. Raises NotFoundError."""
        try:
            answer = call(
                self._client.update_item,
                TableName=self._table,
                Key=_item_key(key_id),
                UpdateExpression="SET revoked_at = if_not_exists(revoked_at, :at)",
                ConditionExpression="organization_id = :organization",
                ExpressionAttributeValues={":at": {"S": at}, ":organization": {"S": organization_id}},
                ReturnValues="ALL_NEW",
            )
        except ConditionFailedError:
            raise _not_found() from None
        return _key(answer["Attributes"])

    def mark_used(self, organization_id: str, key_id: str, at: str) -> None:
        """Move `last_used_at` forward to the time `at`, and touch nothing else.

        Leaves a later time as it is, and a key that is not there, or is another organization's, alone.
        """
        with suppress(ConditionFailedError):
            call(
                self._client.update_item,
                TableName=self._table,
                Key={"id": {"S": key_id}},
                UpdateExpression="SET last_used_at = :at",
                ConditionExpression="organization_id = :organization AND "
                "(attribute_not_exists(last_used_at) OR last_used_at < :at)",
                ExpressionAttributeValues={":at": {"S": at}, ":organization": {"S": organization_id}},
            )

    def _place(self, organization_id: str, cursor: str) -> dict[str, Any]:
        """Where the key whose id is `cursor` stands in the index."""
        try:
            key = self.get(organization_id, cursor)
        except NotFoundError:
            raise InvalidInputError("cursor: not one of this list's; take next_cursor as it is.") from None
        return {
            "organization_id": {"S": organization_id},
            "created_at": {"S": key.created_at},
            "id": {"S": key.id},
        }

    def _put(self, key: Key, digest: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Item": _item(key) | {"digest": {"S": digest}},
            "ConditionExpression": "attribute_not_exists(id)",
        }


def _not_found() -> NotFoundError:
    return NotFoundError("There is no such key.")


def _item_key(key_id: str) -> dict[str, Any]:
    if not is_key_id(key_id):
        raise _not_found()
    return {"id": {"S": key_id}}


def _item(key: Key) -> dict[str, Any]:
    texts = asdict(key) | {"scopes": " ".join(key.scopes)}
    return {name: {"S": text} for name, text in texts.items() if text is not None}


def _key(item: Mapping[str, Any]) -> Key:
    try:
        texts = {field.name: item[field.name]["S"] for field in fields(Key) if field.name in item}
        return Key(**texts | {"scopes": tuple(texts["scopes"].split())})
    except (LookupError, TypeError, AttributeError) as error:
        raise unavailable() from error
