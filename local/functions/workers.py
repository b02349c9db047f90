"""Functions that run by a handler: in worker processes, with one invocation at a time in each.

Owns the exchange with `worker`, the child's side, and the reports of failures: a timeout, an exit, a result
that is too large.
"""

import asyncio
import json
import socket
import sys
import time
import uuid
from collections.abc import Callable, Mapping
from functools import partial

from local.functions import worker
from local.functions.sandbox import INIT_SECONDS, FunctionError, Pool, Process, fingerprint, spawn
from local.template.function import Function

#: The largest event and the largest result, in bytes.
#: Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PAYLOAD_LIMIT = 6 * 1024 * 1024 + 100

_AT_ONCE = 16

#: Log group → what takes each line of it. One that is not there is read by nobody.
Logs = Mapping[str, Callable[[str], None]]


class WorkerPool:
    """The workers of one function."""

    def __init__(self, function: Function, variables: Mapping[str, str], logs: Logs) -> None:
        start = partial(_Worker.start, function, variables, logs)
        self._pool = Pool(function, _AT_ONCE, start)

    async def invoke(self, event: bytes) -> bytes:
        """The result of the function, both in JSON. Raises FunctionError."""
        async with self._pool.lease() as process:
            return await process.call(event)

    async def warm_up(self) -> None:
        """Start a worker unless one is free. Raises FunctionError."""
        async with self._pool.lease():
            pass

    async def close(self) -> None:
        """End the workers that are free."""
        await self._pool.close()


class _Worker(Process):
    """One process that runs the function's handler."""

    _function: Function
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _copying: asyncio.Task[None]

    @classmethod
    async def start(cls, function: Function, variables: Mapping[str, str], logs: Logs) -> "_Worker":
        """Start a process and let it load the handler. Raises FunctionError when it cannot."""
        code = fingerprint(function.directories)
        ours, theirs = socket.socketpair()
        with theirs:
            # Before there is a process: a canceled start must not leave one behind.
            reader, writer = await asyncio.open_connection(sock=ours)
            command = (sys.executable, "-P", worker.__file__, str(theirs.fileno()))
            log = logs.get(function.log_group or "")
            output = asyncio.subprocess.PIPE if log else None
            try:
                child = await spawn(function, variables, *command, channel=theirs.fileno(), stdout=output)
            except BaseException:
                writer.close()
                raise
        process = cls(child, code)
        if log and child.stdout:
            # Held, because the loop holds a task weakly.
            process._copying = asyncio.create_task(_copy(child.stdout, log))
        process._function = function
        process._reader, process._writer = reader, writer
        try:
            await process._answer(INIT_SECONDS + function.timeout, str(uuid.uuid4()))
        except FunctionError:
            await process.end()
            raise
        return process

    async def call(self, event: bytes) -> bytes:
        """Run the function once. Raises FunctionError."""
        seconds, request_id = self._function.timeout, str(uuid.uuid4())
        deadline = time.time() + seconds
        context = {
            "request_id": request_id,
            "arn": self._function.arn,
            "deadline": deadline,
            "trace_id": _trace_id(deadline - seconds),
        }
        for message in (json.dumps(context).encode(), event):
            self._writer.write(len(message).to_bytes(4, "big") + message)
        result = await self._answer(seconds, request_id)
        if len(result) > PAYLOAD_LIMIT:
            size = f"({len(result)} bytes) exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes)"
            raise FunctionError.of("Function.ResponseSizeTooLarge", f"Response payload size {size}.")
        return result

    async def _answer(self, seconds: float, request_id: str) -> bytes:
        """The next message. Raises FunctionError for an error, and when the process is late or ends."""
        try:
            async with asyncio.timeout(seconds):
                length = await self._reader.readexactly(4)
                message = await self._reader.readexactly(int.from_bytes(length, "big"))
        except TimeoutError:
            await self.end()
            text = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
            raise FunctionError.of("Sandbox.Timedout", text) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            await self.end()
            text = f"RequestId: {request_id} Error: {self.exit_reason}"
            raise FunctionError.of("Runtime.ExitError", text) from None
        except asyncio.CancelledError:
            await self.end()
            raise
        if message[:1] == worker.ERROR:
            raise FunctionError(message[1:])
        return message[1:]

    async def end(self) -> None:
        # In this order: a worker that still loads would have nobody to report to, and say so.
        await super().end()
        self._writer.close()


def _trace_id(now: float) -> str:
    """A new trace, which X-Ray does not sample.

    Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    """
    return f"Root=1-{int(now):08x}-{uuid.uuid4().hex[:24]};Parent={uuid.uuid4().hex[:16]};Sampled=0"


async def _copy(lines: asyncio.StreamReader, log: Callable[[str], None]) -> None:
    """Show what a function prints, as that of all others is shown, and log it."""
    async for line in lines:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
        log(line.decode(errors="replace").rstrip("\n"))
