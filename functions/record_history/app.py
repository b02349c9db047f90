"""The key table's stream, a batch at a time: into the history, and onto EventBridge if there is a bus.

Owns the handler of the event source mapping. Lambda sends a batch again from the record that is answered as
failed, and may send any again: each step may be done twice. An event is kept before it is put on the bus, so
nobody hears of one that is not in the history. Must never log an image: it holds the digest and the metadata.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from apikeys.history import event as event_of
from apikeys.item import key_of
from apikeys.key import is_key_id
from operation.environment import history_store
from record_history.bus import bus

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: Mapping[str, Any], context: "LambdaContext") -> dict[str, list[dict[str, str]]]:
    """Answer the first record that could not be recorded; Lambda begins again with it."""
    recorded = 0
    for record in event["Records"]:
        try:
            recorded += _record(record["dynamodb"])
        except Exception as error:  # noqa: BLE001 - whatever it is, the records before it are done
            number = record["dynamodb"]["SequenceNumber"]
            _logger().error("broken", extra={"request_id": context.aws_request_id}, exc_info=error)
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    _logger().info("recorded", extra={"request_id": context.aws_request_id, "events": recorded})
    return {"batchItemFailures": []}


def _record(change: Mapping[str, Any]) -> bool:
    """Record what one write did. Answers whether that was something."""
    # Sessions, tickets and rosters lie in the same table.
    if "NewImage" not in change or not is_key_id(change["Keys"]["id"]["S"]):
        return False
    old = key_of(change["OldImage"]) if "OldImage" in change else None
    made = event_of(old, key_of(change["NewImage"]))
    if made is None:
        return False
    history_store().add(made, int(os.environ["HISTORY_DAYS"]))
    if name := os.environ["EVENT_BUS"]:
        bus(name).put(made)
    return True


@cache
def _logger() -> Logger:
    # Not at import: the logger reads its level from the environment.
    return Logger(service="history")
