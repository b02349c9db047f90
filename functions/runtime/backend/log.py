"""The log: one line of JSON for each entry, on standard output.

Owns its form. It keeps the type and the traceback's places of an exception, and never its text, which may
contain what a client sent.
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

from botocore.exceptions import ClientError


class JsonFormatter(logging.Formatter):
    """An entry as JSON. The mapping `fields` in an entry's `extra` is added to it."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["exception"] = _named(record.exc_info[1])
            line["trace"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line)


def _named(error: BaseException | None) -> str:
    names = []
    while error:
        # Only the code of an AWS error says what is wrong.
        code = f" {error.response['Error']['Code']}" if isinstance(error, ClientError) else ""
        names.append(type(error).__name__ + code)
        error = error.__cause__
    return " from ".join(names)


def configure() -> None:
    """Send the backend's own entries, and the warnings of all others, to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("backend").setLevel(logging.INFO)
