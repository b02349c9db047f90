"""The access log of the API's stage.

Owns the line, in the format that the stage declares. Must never add anything to the format: the template
decides what is in the log. ACCESS_LOG in the environment names a file that also gets every line, for the
developer to read.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from local.api.request.call import variable
from local.api.responses.gateway_responses import substitute
from local.functions.functions import Functions
from local.services.logs import LogGroup
from local.template.rest_api import Api
from local.template.subscription import SubscriptionFilter
from local.wire.exchange import Response, Stream


class AccessLog:
    """The line of each call, by its format, and the log group that it goes to."""

    def __init__(self, line_format: str, log_group: LogGroup) -> None:
        self._format = line_format
        self._log_group = log_group

    @classmethod
    def of(cls, api: Api, filters: Sequence[SubscriptionFilter], functions: Functions) -> "AccessLog | None":
        """The log that the API's stage declares, if it does, with those of `filters` that are on it."""
        setting = api.access_log
        if setting is None:
            return None
        return cls(setting.format, LogGroup.of(setting.log_group, filters, functions))

    def warm_up(self) -> None:
        """Start what reads the log."""
        self._log_group.warm_up()

    def write(
        self, context: Mapping[str, Any], response: Response, error_type: str | None, started: float
    ) -> None:
        """Log one call. `context` has the values of `$context`; `started` is from the monotonic clock.

        The line is written when the call ends; a streamed call ends with its stream.
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
            self._format,
            lambda name: variable(name.split(".")[1:], variables) if name.startswith("context.") else None,
            absent="-",
        )
        if path := os.environ.get("ACCESS_LOG"):
            with Path(path).open("a") as file:
                print(line, file=file)
        self._log_group.put(line)
