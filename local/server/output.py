"""What functions print, filtered for a developer who wants one line per request and nothing else.

Owns which of their lines are shown: all of standard error, and of their logs everything from warnings
upwards.
"""

import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

# Lambda takes a log without a level for one of INFO as well.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
_QUIET = {"TRACE", "DEBUG", "INFO"}


@contextmanager
def warnings_only() -> Iterator[None]:
    """Keep the lines back that functions log in JSON below the level of a warning.

    Processes inherit a pipe in place of standard output, which stays this process's own.
    """
    source, sink = os.pipe()
    everybodys, own = sys.stdout, os.fdopen(os.dup(1), "w")
    os.dup2(sink, 1)
    os.close(sink)
    sys.stdout = own
    # A process that outlives the gateway keeps the pipe open, and must not keep the gateway.
    reader = threading.Thread(target=_show, args=(os.fdopen(source, errors="replace"), own), daemon=True)
    reader.start()
    try:
        yield
    finally:
        own.flush()
        os.dup2(own.fileno(), 1)
        reader.join(1)
        sys.stdout = everybodys


def _show(lines: TextIO, output: TextIO) -> None:
    for line in lines:
        if not _is_quiet(line):
            print(line, end="", file=output, flush=True)


def _is_quiet(line: str) -> bool:
    try:
        log = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if not isinstance(log, dict):
        return False
    level = log.get("level")
    return level is None or (isinstance(level, str) and level in _QUIET)
