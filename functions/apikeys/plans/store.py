"""The store of an organization's share: one item in the key table.

Owns that item. Two first keys of an organization at the same time still get one usage key, because a
conditional write stores its value before anything is created with it. A copy of the value is on each key of
the organization, where the authorizer reads it. The value must never be in an index, a record or a log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apikeys.dynamodb import ConditionFailedError, call, refuse_damaged, unavailable
from apikeys.keys.index import KeyIndex
from apikeys.plans.plan import Share

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class PlanStore:
    """The shares of all organizations.

    Every method raises StoreUnavailableError when DynamoDB gives no clear answer.
    """

    def __init__(self, client: DynamoDBClient, table: str, index: str = "") -> None:
        refuse_damaged(client)
        self._client = client
        self._table = table
        self._index = KeyIndex(client, table, index)

    def get(self, organization_id: str) -> Share | None:
        """The organization's share, read consistently; None where it never had one."""
        answer = call(
            self._client.get_item, TableName=self._table, Key=_key(organization_id), ConsistentRead=True
        )
        if "Item" not in answer:
            return None
        item = answer["Item"]
        try:
            values = {name: item[name]["S"] for name in Share._fields if name in item}
            return Share(**values)
        except (LookupError, TypeError) as error:
            raise unavailable() from error

    def draw(self, organization_id: str, value: str, instead_of: str | None = None) -> bool:
        """Let `value` be the one to make a key with. Answers whether it is: another call may have been first.

        `instead_of` is the value that it replaces, with which no key was ever known to be made.
        """
        if instead_of is None:
            return self._set(organization_id, {"usage_key": value}, "attribute_not_exists(id)", {})
        unchanged = "usage_key = :former AND attribute_not_exists(gateway_key_id)"
        return self._set(organization_id, {"usage_key": value}, unchanged, {":former": {"S": instead_of}})

    def made(self, organization_id: str, value: str, gateway_key_id: str) -> bool:
        """Note the id of the key that was made with `value`. Answers whether that still is the value."""
        unchanged = "usage_key = :value"
        new = {"gateway_key_id": gateway_key_id}
        return self._set(organization_id, new, unchanged, {":value": {"S": value}})

    def want(self, organization_id: str, plan: str, instead_of: str | None = None) -> None:
        """Note the plan that the key is to be in, whatever it is in now.

        `instead_of` is the one that it replaces, if it replaces no other.
        """
        if instead_of is None:
            self._set(organization_id, {"wanted": plan}, "attribute_exists(id)", {})
        else:
            self._set(organization_id, {"wanted": plan}, "wanted = :former", {":former": {"S": instead_of}})

    def placed(self, organization_id: str, plan: str) -> None:
        """Note the plan that the key is in now."""
        self._set(organization_id, {"plan": plan}, "attribute_exists(id)", {})

    def tell(self, organization_id: str, usage_key: str) -> int:
        """Copy the value to each key of the organization that is not revoked. Returns how many there are.

        The keys are read from the index, which follows the table within moments: a key that is created in the
        meantime has the value from the start.
        """
        keys = [key for key in self._index.every(organization_id) if not key.revoked_at]
        for key in keys:
            call(
                self._client.update_item,
                TableName=self._table,
                Key={"id": {"S": key.id}},
                UpdateExpression="SET usage_key = :usage_key",
                ConditionExpression="attribute_exists(id)",
                ExpressionAttributeValues={":usage_key": {"S": usage_key}},
            )
        return len(keys)

    def _set(self, organization_id: str, new: dict[str, str], condition: str, values: dict[str, Any]) -> bool:
        try:
            call(
                self._client.update_item,
                TableName=self._table,
                Key=_key(organization_id),
                UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in new)}",
                ConditionExpression=condition,
                # By way of `#`, because some are reserved words.
                ExpressionAttributeNames={f"#{name}": name for name in new},
                ExpressionAttributeValues={f":{name}": {"S": text} for name, text in new.items()} | values,
            )
        except ConditionFailedError:
            return False
        return True


def _key(organization_id: str) -> dict[str, Any]:
    return {"id": {"S": f"organization:{organization_id}"}}
