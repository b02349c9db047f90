"""The key store: one DynamoDB table, one item per key, and an index for the list (`apikeys.keys.index`).

Owns reading and writing, and the conditions that keep two calls at the same time from leaving half a change.
Uses boto3; the authorizer, which only ever reads one item, has its own reader. Never returns a digest or a
usage key.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from apikeys.dynamodb import ConditionFailedError, call, pause, refuse_damaged, unavailable
from apikeys.errors import ConflictError, InvalidInputError, NotFoundError, StoreUnavailableError
from apikeys.keys.index import KeyIndex
from apikeys.keys.item import ATTRIBUTES, FIRST_USE, change_of, item_of, key_of, last_use
from apikeys.keys.key import Key, is_key_id
from apikeys.keys.listing import EVERY_KEY_IN_USE, Order, Page, Wanted, sorted_page
from apikeys.secret import Secret

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_TRIES = 6

# Never the digest. By way of `#`, because some are reserved words.
_NAMES = {f"#{name}": name for name in ATTRIBUTES}
_READ: dict[str, Any] = {"ProjectionExpression": ", ".join(_NAMES), "ExpressionAttributeNames": _NAMES}
# With the digest, to compare it. Nothing else that an item may have.
_READ_WITH_DIGEST = _READ | {"ProjectionExpression": f"{_READ['ProjectionExpression']}, digest"}


class KeyStore:
    """The keys of all organizations.

    Every method takes the organization and sees nothing of another's, but `of_secret`: a whole secret says
    whose it is.
    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: "DynamoDBClient", table: str, index: str = "") -> None:
        refuse_damaged(client)
        self._client = client
        self._table = table
        self._index = KeyIndex(client, table, index)

    def add(self, key: Key, digest: str, usage_key: str | None = None) -> None:
        """Store a new key. Raises ConflictError when its id is taken.

        `usage_key` is the value that API Gateway knows the organization by, where there are usage plans.
        """
        try:
            self._transact([{"Put": self._put(key, digest, usage_key)}])
        except ConditionFailedError:
            raise ConflictError("The new key's id is already in use. Try again.") from None

    def get(self, organization_id: str, key_id: str) -> Key:
        """The key, read consistently. Raises NotFoundError."""
        if not is_key_id(key_id):
            raise _not_found()
        answer = call(
            self._client.get_item,
            TableName=self._table,
            Key={"id": {"S": key_id}},
            ConsistentRead=True,
            **_READ,
        )
        key = key_of(answer["Item"]) if "Item" in answer else None
        if key is None or key.organization_id != organization_id:
            raise _not_found()
        return key

    def of_secret(self, secret: Secret) -> Key | None:
        """The key of any organization whose secret this is, read consistently; None where there is none."""
        answer = call(
            self._client.get_item,
            TableName=self._table,
            Key={"id": {"S": secret.id}},
            ConsistentRead=True,
            **_READ_WITH_DIGEST,
        )
        if "Item" not in answer:
            return None
        try:
            is_its_own = secret.matches(answer["Item"]["digest"]["S"])
        except (LookupError, TypeError, ValueError) as error:
            raise unavailable() from error
        return key_of(answer["Item"]) if is_its_own else None

    def page(
        self,
        organization_id: str,
        limit: int,
        cursor: str | None = None,
        *,
        wanted: Wanted = EVERY_KEY_IN_USE,
        order: Order = "created",
    ) -> Page:
        """At most `limit` of the keys that are `wanted`, newest first or in another order.

        They are read from the index, which follows the table within moments. A page may be short, or empty,
        although more follow: its `cursor` alone tells where the list ends. Raises InvalidInputError for a
        `cursor` that is not of this list, and for an organization with too many keys for another order.
        """
        if order != "created":
            return sorted_page(self._index.all(organization_id), wanted, order, limit, cursor)
        after = None
        if cursor is not None:
            try:
                after = self.get(organization_id, cursor)
            except NotFoundError:
                raise InvalidInputError(
                    "cursor: not one of this list's; send next_cursor unchanged."
                ) from None
        return self._index.page(organization_id, limit, after, wanted)

    def change(self, organization_id: str, key_id: str, edit: Callable[[Key], Key]) -> Key:
        """Change the key with `edit`, and return the changed key.

        `edit` gets the current key, and again the newer one if somebody else changed it in the meantime. If
        it returns the same key, nothing is written. Raises NotFoundError, and what `edit` raises.
        """
        for attempt in range(_TRIES):
            old = self.get(organization_id, key_id)
            new = edit(old)
            if new == old:
                return new
            try:
                self._transact([self._change(old, new)])
            except ConditionFailedError:
                pause(attempt)
            else:
                return new
        raise StoreUnavailableError("Other calls keep changing this key. Try again in a moment.")

    def replace(self, old: Key, new: Key, digest: str, usage_key: str | None = None) -> None:
        """Store `new`, and let `old` name it as its replacement; both or neither.

        Raises ConflictError when `old` was changed since it was read.
        """
        try:
            self._transact([{"Put": self._put(new, digest, usage_key)}, self._change(old, old.replaced(new))])
        except ConditionFailedError:
            raise ConflictError(
                f"Another call changed {old.id} at the same time. Read the key to see what is left to do."
            ) from None

    def check_digest(self, key_id: str, digest: str) -> None:
        """Raise ConflictError unless `digest` is that of the key. DynamoDB compares, and answers none."""
        check = {
            "TableName": self._table,
            "Key": {"id": {"S": key_id}},
            "ConditionExpression": "digest = :digest",
            "ExpressionAttributeValues": {":digest": {"S": digest}},
        }
        try:
            self._transact([{"ConditionCheck": check}])
        except ConditionFailedError:
            raise ConflictError(f"The secret does not belong to {key_id}.") from None

    def mark_used(self, key_id: str, at: str, address: str | None = None) -> None:
        """Move `last_used_at` and `last_used_from` forward to the time `at`, and change nothing else.

        Does nothing if there is a later time already, or no such key.
        """
        # The role may name no other attribute: what a condition may name, an update may write.
        with suppress(ConditionFailedError):
            call(
                self._client.update_item,
                TableName=self._table,
                Key={"id": {"S": key_id}},
                # Both look at the item as it was: a later use writes the time of the one before it there.
                UpdateExpression="SET last_write = if_not_exists(last_used_at, :first), last_used_at = :at",
                ConditionExpression="attribute_exists(id) AND "
                "(attribute_not_exists(last_used_at) OR last_used_at < :at)",
                ExpressionAttributeValues={":at": last_use(at, address), ":first": {"S": FIRST_USE}},
            )

    def _put(self, key: Key, digest: str, usage_key: str | None) -> dict[str, Any]:
        shared = {"usage_key": {"S": usage_key}} if usage_key else {}
        return {
            "TableName": self._table,
            "Item": item_of(key) | {"digest": {"S": digest}, **shared},
            "ConditionExpression": "attribute_not_exists(id)",
        }

    def _change(self, old: Key, new: Key) -> dict[str, Any]:
        return {"Update": {"TableName": self._table} | change_of(old, new)}

    def _transact(self, items: Sequence[dict[str, Any]]) -> None:
        # A transaction even for one item: by its token, DynamoDB knows a try that is sent again because its
        # answer was lost, so that no change is made twice, nor taken for another call's.
        token = blake2b(repr(items).encode(), digest_size=16).hexdigest()
        call(self._client.transact_write_items, TransactItems=items, ClientRequestToken=token)


def _not_found() -> NotFoundError:
    return NotFoundError("There is no such key.")
