"""CloudWatch Logs: a log group, and its delivery to the functions that subscribe to it.

Owns the event that CloudWatch Logs makes from lines.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

import asyncio
import base64
import gzip
import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

from local.functions.functions import Functions
from local.functions.sandbox import FunctionError
from local.template.names import ACCOUNT
from local.template.subscription import SubscriptionFilter

# CloudWatch Logs gathers lines for a while too, and hands over many at once, never as much as Lambda refuses.
_GATHER_SECONDS = 0.1
_LINES_AT_MOST = 1000


class LogGroup:
    """One log group, and the subscription filters on it."""

    def __init__(self, filters: Sequence[SubscriptionFilter], functions: Functions) -> None:
        self._filters = filters
        self._functions = functions
        self._stream = uuid.uuid4().hex
        self._gathered: list[dict[str, Any]] = []
        self._delivery: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, name: str, filters: Sequence[SubscriptionFilter], functions: Functions) -> "LogGroup":
        """The log group of this name, with those of `filters` that are on it and have a function."""
        its = [one for one in filters if one.log_group == name and functions.has_handler(one.function)]
        return cls(its, functions)

    def warm_up(self) -> None:
        """Start each subscriber in the background, so that the first lines are delivered in time as well."""
        for name in {one.function for one in self._filters}:
            self._functions.warm_up(name)

    def put(self, line: str) -> None:
        """Keep a line; subscribers get it within a second."""
        # The id of a log event has 56 digits.
        event = {"id": f"{uuid.uuid4().int:056}", "timestamp": int(time.time() * 1000), "message": line}
        self._gathered.append(event)
        if self._delivery is None or self._delivery.done():
            self._delivery = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        # One batch at a time: while a subscriber starts, a burst of lines must not start it again and again.
        while self._gathered:
            await asyncio.sleep(_GATHER_SECONDS)
            lines, self._gathered = self._gathered[:_LINES_AT_MOST], self._gathered[_LINES_AT_MOST:]
            for one in self._filters:
                if passed := [line for line in lines if one.passes(line["message"])]:
                    try:
                        await self._functions.invoke(one.function, self._event(one, passed))
                    except FunctionError as error:
                        self._functions.print_error(one.function, error)

    def _event(self, one: SubscriptionFilter, lines: list[dict[str, Any]]) -> bytes:
        data = {
            "messageType": "DATA_MESSAGE",
            "owner": ACCOUNT,
            "logGroup": one.log_group,
            "logStream": self._stream,
            "subscriptionFilters": [one.name],
            "logEvents": lines,
        }
        packed = base64.b64encode(gzip.compress(json.dumps(data).encode())).decode()
        return json.dumps({"awslogs": {"data": packed}}).encode()
