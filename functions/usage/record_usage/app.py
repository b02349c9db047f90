"""Record the access log, one batch at a time, in the counts and in each key's `last_used_at`.

Owns the handler of the subscription filter. Only CloudWatch Logs calls it, asynchronously, so after an error
Lambda sends the same batch again, and every step can be done twice. Must never log a line: it may contain a
client's own text.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

import os
from functools import cache
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import CloudWatchLogsEvent, event_source

from apikeys.usage.call import latest
from operation.environment import key_store, usage_store
from usage.record_usage.last_uses import LastUses
from usage.record_usage.line import read

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@event_source(data_class=CloudWatchLogsEvent)
def handler(event: CloudWatchLogsEvent, context: "LambdaContext") -> dict[str, int]:
    """Return how many lines the batch has, how many calls were counted, and how many lines were skipped."""
    batch = event.parse_logs_data()
    lines = batch.log_events
    calls = [call for line in lines if (call := read(line))]
    keeps_addresses = os.environ["LAST_USED_FROM"] == "true"
    try:
        for call in latest(calls).values():
            _last_uses().mark(call, call.address if keeps_addresses else None)
    finally:
        # Also if a last use cannot be written: a batch that fails three times would be counted nowhere.
        # The access log of another stack's API may have a stream of the same name.
        counted = usage_store().count(f"{batch.log_group} {batch.log_stream}", calls)
    answer = {"lines": len(lines), "counted": counted, "skipped": len(lines) - len(calls)}
    # A skipped line passed the filter but is not a call: a person should see it at any log level. Otherwise
    # there would be a line for each event, which costs as much as a fifth of a write.
    log = _logger().warning if answer["skipped"] else _logger().debug
    log("recorded", extra={"request_id": context.aws_request_id, **answer})
    return answer


@cache
def _last_uses() -> LastUses:
    return LastUses(key_store())


@cache
def _logger() -> Logger:
    # Not at import: the logger reads its level from the environment.
    return Logger(service="usage")
