"""The history store: one item per event, by organization, and an index by key.

Owns the table and its pages. Every method takes an organization and sees only that organization's events. An
event is never changed once it is written, not even if it is delivered again.
"""

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from apikeys.dynamodb import ConditionFailedError, call, refuse_damaged, unavailable
from apikeys.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient

    from apikeys.history.event import Event

_OF_KEY = "key_events"
# DynamoDB takes no key of any length.
_CURSOR = re.compile(r"[!-~]{1,128}")

Record = dict[str, Any]


class Page(NamedTuple):
    """Some events of a history, newest first, and the id of the last one if more follow."""

    events: list[Record]
    cursor: str | None


class HistoryStore:
    """The events of all keys.

    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        refuse_damaged(client)
        self._client = client
        self._table = table

    def add(self, event: "Event", days: int) -> None:
        """Keep an event, unless it is there already, for `days` from the time when it happened."""
        item = {
            "organization_id": {"S": event.organization_id},
            "id": {"S": event.id},
            "key_id": {"S": event.key_id},
            "event": {"S": event.text()},
            "expires_at": {"N": str(event.epoch() + days * 24 * 60 * 60)},
        }
        with suppress(ConditionFailedError):
            call(
                self._client.put_item,
                TableName=self._table,
                Item=item,
                ConditionExpression="attribute_not_exists(id)",
            )

    def of_key(self, organization_id: str, key_id: str, limit: int, cursor: str | None) -> Page:
        """At most `limit` events of one key, which is the organization's, after the one whose id is `cursor`.

        Raises InvalidInputError for a `cursor` that is not of this history.
        """
        query = {
            "IndexName": _OF_KEY,
            "KeyConditionExpression": "key_id = :key",
            "ExpressionAttributeValues": {":key": {"S": key_id}},
        }
        return self._page(query, organization_id, limit, self._place(organization_id, cursor, key_id))

    def of_organization(
        self, organization_id: str, since: str | None, limit: int, cursor: str | None
    ) -> Page:
        """At most `limit` events of all keys, not older than `since`, a `timestamp`, after `cursor`.

        Raises InvalidInputError for a `cursor` that is not of this history.
        """
        start = self._place(organization_id, cursor, None)
        # DynamoDB refuses to start outside what is asked for. All that follows such a cursor is older still.
        if cursor is not None and since is not None and cursor < since:
            return Page([], None)
        query = {
            "KeyConditionExpression": "organization_id = :organization AND id >= :since",
            "ExpressionAttributeValues": {
                ":organization": {"S": organization_id},
                ":since": {"S": since or "0"},
            },
        }
        return self._page(query, organization_id, limit, start)

    def _page(
        self, query: dict[str, Any], organization_id: str, limit: int, start: "Mapping[str, Any] | None"
    ) -> Page:
        # One more than is shown tells whether a page follows, or that the query stopped before, at 1 MB.
        query = {**query, "TableName": self._table, "Limit": limit + 1, "ScanIndexForward": False}
        if start is not None:
            query["ExclusiveStartKey"] = start
        answer = call(self._client.query, **query)
        try:
            events = [_record(item, organization_id) for item in answer["Items"]]
        except (LookupError, TypeError, ValueError) as error:
            raise unavailable() from error
        shown = events[:limit]
        is_more = len(events) > limit or "LastEvaluatedKey" in answer
        return Page(shown, shown[-1]["id"] if is_more else None)

    def _place(
        self, organization_id: str, cursor: str | None, key_id: str | None
    ) -> "Mapping[str, Any] | None":
        if cursor is None:
            return None
        key = {"organization_id": {"S": organization_id}, "id": {"S": cursor}}
        item = None
        if _CURSOR.fullmatch(cursor):
            item = call(self._client.get_item, TableName=self._table, Key=key).get("Item")
        if item is None or key_id not in (None, item["key_id"]["S"]):
            raise InvalidInputError(
                "cursor: not one of this history's; send next_cursor unchanged, or begin again without it."
            )
        return key if key_id is None else {**key, "key_id": {"S": key_id}}


def _record(item: "Mapping[str, Any]", organization_id: str) -> Record:
    # Events had no `leak` before leaks were reported.
    event: Record = {"leak": None, **json.loads(item["event"]["S"])}
    if event["organization_id"] != organization_id:
        raise ValueError
    return event
