"""One process that is measured: a handler, called again and again with one event.

`python -m tests.benchmarks.worker MODULE FUNCTION EVENT VERDICT` checks that a call ends in VERDICT, then
reads a number of calls from each line of its standard input, and answers the process CPU and the wall time of
one call, in microseconds, as a line of JSON.
"""

import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

Handler = Callable[[Any, None], Any]


class LambdaStdout:
    """Passes every write on at once, as AWS's runtime does (`Unbuffered` in awslambdaric)."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        self._stream.write(text)
        self.flush()

    def flush(self) -> None:
        self._stream.flush()


def main() -> None:
    """Measure until the standard input ends."""
    module, function, event_path, expected = sys.argv[1:]
    event = json.loads(Path(event_path).read_text())
    with os.fdopen(os.dup(1), "w") as replies, Path(os.devnull).open("w") as log:
        # What a reader at the other end would cost is the runtime's, not the handler's.
        os.dup2(log.fileno(), 1)
        sys.stdout = LambdaStdout(sys.stdout)
        handler: Handler = getattr(importlib.import_module(module), function)
        for _ in range(3):
            verdict = _verdict(handler, event)
            if verdict != expected:
                sys.exit(f"{module}.{function}: {verdict} instead of {expected}")
        for line in sys.stdin:
            print(json.dumps(_measured(handler, event, int(line))), file=replies, flush=True)


def _verdict(handler: Handler, event: object) -> str:
    try:
        answer = handler(event, None)
    except Exception as error:
        return str(error)
    denied = isinstance(answer, dict) and "missing_scope" in answer.get("context", ())
    return "denied" if denied else "allowed"


def _measured(handler: Handler, event: object, calls: int) -> dict[str, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(calls):
        _verdict(handler, event)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu_us": cpu / calls * 1e6, "wall_us": wall / calls * 1e6}


if __name__ == "__main__":
    main()
