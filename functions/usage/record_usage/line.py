"""One line of the access log, as template.yaml's `AccessLogSetting` writes it.

Owns the reading of a line. A line that is not from this log, is cut off, or contains hostile text is not a
call, and never an error: parts of it may be a client's own text, and one bad line must not keep the good ones
from being counted.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Annotated

from aws_lambda_powertools.utilities.data_classes.cloud_watch_logs_event import CloudWatchLogsLogEvent
from aws_lambda_powertools.utilities.parser import BaseModel, ValidationError
from pydantic import AfterValidator, StringConstraints

from apikeys.keys.key import is_key_id, timestamp
from apikeys.usage.call import Call

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER_BY_MS = 60_000

# A line is written when its call ends, and a call ends within 15 minutes.
_DAY_MS = 24 * 60 * 60 * 1000


def _key_id(text: str) -> str:
    if not is_key_id(text):
        raise ValueError
    return text


def _address(text: object) -> str | None:
    """An address, or None if the text is not one. The call counts in either case."""
    if not isinstance(text, str) or "%" in text:
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        return None


class _Line(BaseModel):
    """What usage needs of a line. Every value is a string there, numbers too; `time` is in milliseconds.

    Numbers are digits and no more: `int` alone would also read "+7", " 7 " and "0_7".
    """

    key_id: Annotated[str, AfterValidator(_key_id)]
    organization_id: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    status: Annotated[str, StringConstraints(pattern="^[1-5][0-9]{2}$")]
    time: Annotated[str, StringConstraints(pattern="^[1-9][0-9]{0,14}$")]
    source_ip: object = None


def read(event: CloudWatchLogsLogEvent) -> Call | None:
    """The call that a log event describes, or None.

    The log event's own id names the call: the request's id is the client's to choose.
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html
    """
    try:
        line = _Line.model_validate_json(event.message)
    except ValidationError:
        return None
    # `last_used_at` never moves back, so one call from the future would hold it there.
    if not -_DAY_MS <= (time := int(line.time)) - event.timestamp <= _CLOCKS_DIFFER_BY_MS:
        return None
    at = timestamp(_EPOCH + timedelta(milliseconds=time))
    address = _address(line.source_ip)
    return Call(event.get_id, line.key_id, line.organization_id, at, int(line.status), address)
