"""Record the key table's stream, one batch at a time, in the history, and on EventBridge if there is a bus.

Owns the handler of the event source mapping. Lambda repeats a batch from the record that the answer names as
failed, and may repeat any batch, so each step can be done twice. An event is stored before it is put on the
bus, so nobody hears of an event that is not in the history. A record that cannot be read is logged and left
out: retrying would not help, and would delay the records after it. Must never log an image: it contains the
digest and the metadata.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from apikeys.history.event import Event
from apikeys.history.event import event as event_of
from apikeys.keys.item import key_of
from apikeys.keys.key import is_key_id
from operation.told import tell

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: Mapping[str, Any], context: "LambdaContext") -> dict[str, list[dict[str, str]]]:
    """Answer the first record that could not be recorded; Lambda begins again with it."""
    told = {"request_id": context.aws_request_id}
    recorded = 0
    for record in event["Records"]:
        change: Mapping[str, Any] = record["dynamodb"]
        try:
            made = _event(change)
        except Exception as error:  # noqa: BLE001 - whatever it is, reading it again would come to the same
            # By its number it is found in the stream, for a day. An alarm waits for this line. What an error
            # says may hold a part of the image.
            where = {"sequence_number": change["SequenceNumber"], "keys": change.get("Keys")}
            _logger().error("unreadable", extra=told | where | {"error": type(error).__name__})
            continue
        if made is None:
            continue
        try:
            tell(made)
        except Exception as error:  # noqa: BLE001 - whatever it is, the records before it are done
            _logger().error("broken", extra=told, exc_info=error)
            return {"batchItemFailures": [{"itemIdentifier": change["SequenceNumber"]}]}
        recorded += 1
    _logger().info("recorded", extra=told | {"events": recorded})
    return {"batchItemFailures": []}


def _event(change: Mapping[str, Any]) -> Event | None:
    """The event of one write, or None if it is not one."""
    # Sessions, tickets and rosters are in the same table.
    if "NewImage" not in change or not is_key_id(change["Keys"]["id"]["S"]):
        return None
    old = key_of(change["OldImage"]) if "OldImage" in change else None
    return event_of(old, key_of(change["NewImage"]))


@cache
def _logger() -> Logger:
    # Not at import: the logger reads its level from the environment.
    return Logger(service="history")
