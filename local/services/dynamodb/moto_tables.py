"""moto's tables, made faster where moto does more work than a call needs.

To undo a transaction that fails, moto copies each table that it names, item by item, once for every
operation: with a thousand keys, a rotation takes half a second. To return some attributes of an item, it
decodes the whole item once for each attribute. And it looks for each value under ten names, which takes most
of a list's time. Owns these three corrections. Must not change any answer.
https://github.com/getmoto/moto/blob/5.2.5/moto/dynamodb/models/__init__.py (transact_write_items)
https://github.com/getmoto/moto/blob/5.2.5/moto/dynamodb/models/dynamo_type.py (Item.project)
https://github.com/getmoto/moto/blob/5.2.5/moto/core/serialize.py (AttributePicker)
"""

import copy
from collections import defaultdict
from collections.abc import MutableMapping
from typing import Any

from moto.core.model import StructureShape
from moto.core.serialize import SERVICE_SPECIFIC_SERIALIZERS, JSONSerializer
from moto.dynamodb import models
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

_project = Item.project


class CopyOnReadTable(Table):
    """A table whose copy shares its items: what is changed in place is always a fresh copy of one of them."""

    def __deepcopy__(self, memo: dict[int, Any]) -> "CopyOnReadTable":
        """The table as it is now."""
        table = copy.copy(self)
        items = {key: dict(one) if self.has_range_key else one for key, one in self.items.items()}
        table.items = defaultdict(dict, items)
        if self.stream_shard is not None:
            table.stream_shard = copy.copy(self.stream_shard)
            table.stream_shard.table = table
            table.stream_shard.items = list(self.stream_shard.items)
        return table

    def get_item(
        self,
        hash_key: DynamoType,
        range_key: DynamoType | None = None,
        projection_expression: list[list[str]] | None = None,
    ) -> Item | None:
        """The item. moto reads it here before it changes it in place."""
        if projection_expression:
            return super().get_item(hash_key, range_key, projection_expression)
        item = copy.deepcopy(super().get_item(hash_key, range_key))
        if item is None:
            return None
        if range_key:
            self.items[hash_key][range_key] = item
        else:
            self.items[hash_key] = item  # type: ignore[assignment]
        return item


def project(item: Item, paths: list[list[str]]) -> Item:
    """The item with the attributes that are asked for. moto's own way is for paths that lead into one."""
    if any(len(path) != 1 or not path[0].isidentifier() for path in paths):
        return _project(item, paths)
    part = Item(item.hash_key, item.range_key, {})
    part.attrs.update({name: item.attrs[name] for [name] in paths if name in item.attrs})
    return part


class ItemSerializer(JSONSerializer):
    """Answers in which a value that is as it is sent stays so. What holds bytes is encoded moto's way."""

    def _serialize_type_structure(
        self, serialized: MutableMapping[str, Any], value: dict[str, Any], shape: StructureShape, key: str
    ) -> None:
        if shape.name == "AttributeValue" and not holds_bytes(value):
            serialized[key] = value
        else:
            super()._serialize_type_structure(serialized, value, shape, key)


def holds_bytes(value: dict[str, Any]) -> bool:
    """Whether there are bytes anywhere in a value such as `{"L": [{"B": b"..."}]}`."""
    [(kind, content)] = value.items()
    if kind in {"M", "L"}:
        return any(map(holds_bytes, content.values() if kind == "M" else content))
    return kind in {"B", "BS"}


def install() -> None:
    """Let moto work so from now on."""
    for service in ("dynamodb", "dynamodbstreams"):
        SERVICE_SPECIFIC_SERIALIZERS[service] = {"json": ItemSerializer}
    models.Table = CopyOnReadTable  # type: ignore[attr-defined]
    Item.project = project  # type: ignore[method-assign,assignment]
