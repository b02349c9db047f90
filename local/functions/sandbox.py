"""What all processes of functions have in common: start, reuse, end.

Owns the life of a process, and when its loaded code is out of date.
"""

import asyncio
import contextlib
import itertools
import json
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Generic, TypeVar

from local.functions.packages import packages_of
from local.template.function import Function

#: How long a function may take to be ready, in seconds, before its own timeout begins.
#: Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
INIT_SECONDS = 10


#: What a function's code is made of, as `fingerprint` tells it.
Code = frozenset[tuple[str, int, int]]


class FunctionError(Exception):
    """A function failed. `payload` is what Lambda reports: JSON with `errorType` and `errorMessage`."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload

    def __str__(self) -> str:
        report = self.report
        stack = "".join(report.get("stackTrace", []))
        return f"{report['errorType']}: {report['errorMessage']}\n{stack}".rstrip()

    @classmethod
    def of(cls, kind: str, message: str) -> "FunctionError":
        """The report of what the function could not report itself."""
        return cls(json.dumps({"errorType": kind, "errorMessage": message}).encode())

    @property
    def report(self) -> dict[str, Any]:
        """The payload, read."""
        report: dict[str, Any] = json.loads(self.payload)
        return report


class ThrottledError(FunctionError):
    """As many executions run as the function may have.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
    """

    def __init__(self) -> None:
        text = {"errorType": "TooManyRequestsException", "errorMessage": "Rate Exceeded."}
        super().__init__(json.dumps(text).encode())


class Process:
    """One process of a function. `code` tells what it has loaded, to see whether it was edited since."""

    def __init__(self, process: asyncio.subprocess.Process, code: Code) -> None:
        self.code = code
        self._process = process

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    @property
    def exit_reason(self) -> str:
        """How it ended, in Lambda's words."""
        code = self._process.returncode
        if not code:
            return "Runtime exited without providing a reason"
        if code < 0:
            name = signal.strsignal(-code) or "unknown"
            return f"Runtime exited with error: signal: {name.lower()}"
        return f"Runtime exited with error: exit status {code}"

    async def end(self) -> None:
        """Kill the process and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


P = TypeVar("P", bound=Process)


class Pool(Generic[P]):
    """The processes of one function: started when none is free, and used again when they are."""

    def __init__(self, function: Function, size: int, start: Callable[[], Awaitable[P]]) -> None:
        """`size` is how many run at once here; `start` makes a new one that is ready."""
        self._directories = function.directories
        self._start = start
        # Up to this machine's size a reservation counts as on Lambda. Beyond it, calls wait for their turn.
        reserved = size + 1 if function.reserved is None else function.reserved
        self._throttles = reserved <= size
        self._slots = asyncio.Semaphore(min(reserved, size))
        # More starts at once than there are processors would only make all of them late.
        self._starts = asyncio.Semaphore(os.cpu_count() or 1)
        self._idle: list[P] = []

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[P]:
        """A process for only one call. While all are busy it waits, or raises ThrottledError."""
        if self._throttles and self._slots.locked():
            raise ThrottledError
        async with self._slots:
            process = await self._reuse() or await self._reuse_or_start()
            try:
                yield process
            finally:
                if process.is_alive:
                    self._idle.append(process)

    async def _reuse_or_start(self) -> P:
        async with self._starts:
            # One may have become free while this call waited for its turn.
            return await self._reuse() or await self._start()

    async def _reuse(self) -> P | None:
        """A free process that runs the code as it is now. Those that do not are ended."""
        current = fingerprint(self._directories)
        while self._idle:
            process = self._idle.pop()
            if process.code == current and process.is_alive:
                return process
            await process.end()
        return None

    async def close(self) -> None:
        """End the processes that are free."""
        for process in self._idle:
            await process.end()


async def spawn(
    function: Function,
    variables: Mapping[str, str],
    *command: str,
    channel: int | None = None,
    stdout: int | None = None,
) -> asyncio.subprocess.Process:
    """Start `command` as the function's process; `channel` is a file descriptor that it inherits."""
    return await asyncio.create_subprocess_exec(
        *command,
        stdout=stdout,
        pass_fds=() if channel is None else (channel,),
        stdin=asyncio.subprocess.DEVNULL,
        cwd=function.code,
        env={**variables, **packages_of(function).variables},
        # A separate session: Ctrl-C reaches only the gateway, and what the function starts ends with it.
        start_new_session=True,
    )


def fingerprint(directories: Iterable[Path]) -> Code:
    """Names, times and sizes of all files in the directories, which differ after any of them was edited.

    Leaves out what no function loads: bytecode, hidden directories, a virtual environment, and links to other
    directories.
    """
    found = []
    for folder, folders, files in itertools.chain.from_iterable(map(os.walk, directories)):
        if "pyvenv.cfg" in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if name[0] != "." and name != "__pycache__"]
        for name in files:
            path = f"{folder}/{name}"
            with contextlib.suppress(OSError):
                status = os.stat(path)  # noqa: PTH116 - at each call, for each file
                found.append((path, status.st_mtime_ns, status.st_size))
    return frozenset(found)
