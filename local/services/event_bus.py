"""EventBridge: events are printed, and go nowhere.

Owns the answer to PutEvents. No rule is matched, and no target is called.
Source: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

import json
import uuid
from contextlib import suppress
from typing import Any

from local.wire.exchange import Request, Response

_TARGET = "AWSEvents.PutEvents"
_JSON = "application/x-amz-json-1.1"


def put_events(request: Request) -> Response | None:
    """The answer to a call of PutEvents, all of whose events are taken; None for any other call."""
    if request.header("x-amz-target") != _TARGET:
        return None
    entries: list[dict[str, Any]] = []
    with suppress(ValueError, LookupError, TypeError):
        entries = json.loads(request.body)["Entries"]
    for entry in entries:
        line = f"EventBridge: {entry.get('Source')}: {entry.get('DetailType')}: {entry.get('Detail')}"
        print("".join(filter(str.isprintable, line)), flush=True)
    taken = {"FailedEntryCount": 0, "Entries": [{"EventId": str(uuid.uuid4())} for _ in entries]}
    return Response(200, [("Content-Type", _JSON)], json.dumps(taken).encode())
