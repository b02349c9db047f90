"""The index `organization_keys`: an organization's keys in the order of creation, without their digests.

Owns the queries for the list, and how much they read at most. The index follows the table within moments.
Uses boto3.
"""

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from apikeys.dynamodb import call
from apikeys.errors import InvalidInputError
from apikeys.keys.item import key_of
from apikeys.keys.key import Key
from apikeys.keys.listing import Page, Wanted

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A query evaluates this many items at once, and one call of `page` ten times as many: an organization with
# thousands of revoked keys gets a short page and a cursor, not a slow answer.
_EVALUATED = 101
_QUERIES = 10

#: As many keys can be sorted otherwise than by creation: each page reads all of them.
SORTED_AT_MOST = 1000


class KeyIndex:
    """The index of one table.

    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: "DynamoDBClient", table: str, index: str) -> None:
        self._client = client
        self._place = {"TableName": table, "IndexName": index}

    def page(self, organization_id: str, limit: int, after: Key | None, wanted: Wanted) -> Page:
        """At most `limit` keys, newest first, older than the key `after`.

        A page may be short, or empty, although more follow: its `cursor`, a key's id, tells where the list
        ends.
        """
        query: dict[str, Any] = {"ScanIndexForward": False, "Limit": _EVALUATED}
        if not wanted.revoked:
            query["FilterExpression"] = "attribute_not_exists(revoked_at)"
        if after is not None:
            query["ExclusiveStartKey"] = {
                "organization_id": {"S": organization_id},
                "created_at": {"S": after.created_at},
                "id": {"S": after.id},
            }
        keys: list[Key] = []
        cursor = None
        for read, last in islice(self._read(organization_id, query), _QUERIES):
            keys += filter(wanted.shows, read)
            if len(keys) > limit:
                return Page(keys[:limit], keys[limit - 1].id)
            cursor = last
        return Page(keys, cursor)

    def all(self, organization_id: str) -> list[Key]:
        """All keys. Raises InvalidInputError when there are more than SORTED_AT_MOST."""
        keys: list[Key] = []
        for read, _ in self._read(organization_id, {"Limit": SORTED_AT_MOST + 1}):
            keys += read
            if len(keys) > SORTED_AT_MOST:
                raise InvalidInputError(
                    f"sort: the organization has more than {SORTED_AT_MOST} keys, revoked ones included, "
                    'which can be listed by "created" alone. Read that list to its end and sort it.'
                )
        return keys

    def every(self, organization_id: str) -> Iterator[Key]:
        """All keys, one after the other, however many there are."""
        for read, _ in self._read(organization_id, {}):
            yield from read

    def _read(self, organization_id: str, query: dict[str, Any]) -> Iterator[tuple[list[Key], str | None]]:
        """The keys of one query after the other, each with the id of the last key that it evaluated."""
        query = query | {
            **self._place,
            "KeyConditionExpression": "organization_id = :organization",
            "ExpressionAttributeValues": {":organization": {"S": organization_id}},
        }
        while True:
            answer = call(self._client.query, **query)
            start = answer.get("LastEvaluatedKey")
            yield [key_of(item) for item in answer["Items"]], start and start["id"]["S"]
            if start is None:
                return
            query["ExclusiveStartKey"] = start
