"""The access log of the API's stage, and its delivery to the functions that subscribe to it.

Owns the line, in the format that the stage declares, and the event that CloudWatch Logs makes of lines.
Must never add anything to the format: what is in the log is the template's decision. ACCESS_LOG in the
environment names a file that gets every line too, for the developer to read.
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

import asyncio
import base64
import gzip
import json
import os
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.call import variable
from local.exchange import Response, Stream
from local.functions import Functions
from local.gateway_responses import substitute
from local.intrinsics import ACCOUNT
from local.rest_api import AccessLogSetting
from local.sandbox import FunctionError
from local.subscription import SubscriptionFilter
from local.template import Template

# CloudWatch Logs gathers lines for a while too, and hands over many at once, never as much as Lambda refuses.
_GATHER_SECONDS = 0.1
_LINES_AT_MOST = 1000


class AccessLog:
    """One log group, and the subscription filters on it."""

    def __init__(
        self, setting: AccessLogSetting, filters: list[SubscriptionFilter], functions: Functions
    ) -> None:
        self._setting = setting
        self._filters = filters
        self._functions = functions
        self._stream = uuid.uuid4().hex
        self._gathered: list[dict[str, Any]] = []
        self._delivery: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, template: Template, functions: Functions) -> "AccessLog | None":
        """The log that the template's stage declares, if it declares one."""
        setting = template.api.access_log
        if setting is None:
            return None
        filters = [
            one
            for one in template.subscription_filters
            if one.log_group == setting.log_group and functions.has_handler(one.function)
        ]
        return cls(setting, filters, functions)

    def warm_up(self) -> None:
        """Start each subscriber in the background, so that the first calls are delivered in time as well."""
        for name in {one.function for one in self._filters}:
            self._functions.warm_up(name)

    def write(
        self, context: Mapping[str, Any], response: Response, error_type: str | None, started: float
    ) -> None:
        """Log one call. `context` is what `$context` stands for; `started` is of the monotonic clock.

        Subscribers get it within a second of the call's end, which is a stream's end for a stream.
        """
        if isinstance(response.body, Stream):
            response.body.when_over(lambda: self._write(context, response, error_type, started))
        else:
            self._write(context, response, error_type, started)

    def _write(
        self, context: Mapping[str, Any], response: Response, error_type: str | None, started: float
    ) -> None:
        authorizer = context.get("authorizer", {})
        variables = {
            **context,
            "authorizer": authorizer | {"latency": authorizer.get("integrationLatency")},
            "error": {"responseType": error_type},
            "responseLatency": int((time.monotonic() - started) * 1000),
            "responseLength": len(response.body) if isinstance(response.body, bytes) else None,
            "status": response.status,
        }
        line = substitute(
            self._setting.format,
            lambda name: variable(name.split(".")[1:], variables) if name.startswith("context.") else None,
            absent="-",
        )
        if path := os.environ.get("ACCESS_LOG"):
            with Path(path).open("a") as file:
                print(line, file=file)
        # The id of a log event has 56 digits.
        event = {"id": f"{uuid.uuid4().int:056}", "timestamp": int(time.time() * 1000), "message": line}
        self._gathered.append(event)
        if self._delivery is None or self._delivery.done():
            self._delivery = asyncio.create_task(self._deliver())

    async def _deliver(self) -> None:
        # One batch at a time: while a subscriber starts, a burst of calls must not start it again and again.
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
