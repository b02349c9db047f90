"""Functions run as on Lambda: in processes of their own, one invocation at a time in each.

Owns the worker processes: their environment, their number, their end. A worker that is free is used again;
one that timed out, crashed, or whose code was edited is not. Must never pass on anything of the gateway's own
environment.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import worker
from local.dynamodb import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from local.template import Function

#: The largest event and the largest result, in bytes.
#: Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
PAYLOAD_LIMIT = 6 * 1024 * 1024 + 100

_AT_ONCE = 16

# How long a function may take to be imported, before its own timeout begins.
# Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
_INIT_SECONDS = 10

Fingerprint = frozenset[tuple[str, int]]


@dataclass(frozen=True)
class Outcome:
    """What an invocation came to: JSON, and whether it is a function error."""

    payload: bytes
    is_error: bool

    def error(self) -> dict[str, Any]:
        """The function error: `errorMessage`, `errorType` and, of an exception, `stackTrace`."""
        report: dict[str, Any] = json.loads(self.payload)
        return report


class PayloadTooLargeError(Exception):
    """The event is larger than Lambda takes."""


class Functions:
    """All functions of a template, ready to be invoked by their logical ids."""

    def __init__(self, functions: Mapping[str, Function], dynamodb_endpoint: str) -> None:
        self._pools = {
            name: _Pool(function, environment(function, dynamodb_endpoint))
            for name, function in functions.items()
        }
        self._running: set[asyncio.Task[Outcome]] = set()

    def __contains__(self, name: object) -> bool:
        return name in self._pools

    async def invoke(self, name: str, event: bytes) -> Outcome:
        """Invoke a function with an event in JSON, and wait. Raises PayloadTooLargeError.

        A caller that goes away does not stop the function, just as on Lambda.
        """
        return await asyncio.shield(self.start(name, event))

    def start(self, name: str, event: bytes) -> asyncio.Task[Outcome]:
        """Invoke a function without waiting for it. Raises PayloadTooLargeError."""
        if len(event) > PAYLOAD_LIMIT:
            raise PayloadTooLargeError
        task = asyncio.create_task(self._pools[name].invoke(event))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    @staticmethod
    def print_error(name: str, report: Mapping[str, Any]) -> None:
        """Show the developer a function error that the client is told nothing of."""
        stack = "".join(report.get("stackTrace", []))
        print(f"{name}: {report['errorType']}: {report['errorMessage']}\n{stack}", end="", file=sys.stderr)

    async def close(self) -> None:
        """End every worker process."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for pool in self._pools.values():
            await pool.close()


class _Pool:
    """The workers of one function."""

    def __init__(self, function: Function, variables: Mapping[str, str]) -> None:
        self._function = function
        self._variables = variables
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._idle: list[_Worker] = []

    async def invoke(self, event: bytes) -> Outcome:
        request_id = str(uuid.uuid4())
        async with self._slots:
            process = await self._reuse()
            if not process:
                process = await _Worker.start(self._function, self._variables)
                kind, report = await process.answer(_INIT_SECONDS + self._function.timeout, request_id)
                if kind != worker.READY:
                    await process.end()
                    return Outcome(report, is_error=True)
            outcome = await process.call(event, request_id)
            if process.is_alive:
                self._idle.append(process)
            return outcome

    async def _reuse(self) -> "_Worker | None":
        """A free worker that runs the code as it is now. Those that do not are ended."""
        current = fingerprint(self._function.code)
        while self._idle:
            process = self._idle.pop()
            if process.code == current and process.is_alive:
                return process
            await process.end()
        return None

    async def close(self) -> None:
        for process in self._idle:
            await process.end()


class _Worker:
    """One process that runs the function, once at a time. `code` is the fingerprint of what it imported."""

    def __init__(
        self,
        function: Function,
        code: Fingerprint,
        process: asyncio.subprocess.Process,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self.code = code
        self._function = function
        self._process = process
        self._reader, self._writer = streams

    @classmethod
    async def start(cls, function: Function, variables: Mapping[str, str]) -> "_Worker":
        """Start a process; its first answer says whether the handler could be loaded."""
        code = fingerprint(function.code)
        ours, theirs = socket.socketpair()
        with theirs:
            # A session of its own: Ctrl-C reaches the gateway alone, and what the function starts ends too.
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", worker.__file__, str(theirs.fileno())),
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                cwd=function.code,
                env=variables,
                start_new_session=True,
            )
        return cls(function, code, process, await asyncio.open_connection(sock=ours))

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def call(self, event: bytes, request_id: str) -> Outcome:
        """Run the function once."""
        seconds = self._function.timeout
        deadline = time.time() + seconds
        context = {"request_id": request_id, "arn": self._function.arn, "deadline": deadline}
        for message in (json.dumps(context).encode(), event):
            self._writer.write(len(message).to_bytes(4, "big") + message)
        kind, payload = await self.answer(seconds, request_id)
        if len(payload) > PAYLOAD_LIMIT:
            size = f"({len(payload)} bytes) exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes)"
            report = _report("Function.ResponseSizeTooLarge", f"Response payload size {size}.")
            return Outcome(report, is_error=True)
        return Outcome(payload, is_error=kind == worker.ERROR)

    async def answer(self, seconds: float, request_id: str) -> tuple[bytes, bytes]:
        """The next message: its kind and JSON. An error takes its place when the process is late or ends."""
        try:
            async with asyncio.timeout(seconds):
                length = await self._reader.readexactly(4)
                message = await self._reader.readexactly(int.from_bytes(length, "big"))
                return message[:1], message[1:]
        except TimeoutError:
            await self.end()
            kind, text = "Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds"
        except (asyncio.IncompleteReadError, ConnectionError):
            await self.end()
            kind, text = "Runtime.ExitError", _exit(self._process.returncode)
        except asyncio.CancelledError:
            await self.end()
            raise
        return worker.ERROR, _report(kind, f"RequestId: {request_id} Error: {text}")

    async def end(self) -> None:
        """Kill the process and all that it started."""
        self._writer.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()


def _report(kind: str, message: str) -> bytes:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode()


def _exit(code: int | None) -> str:
    if not code:
        return "Runtime exited without providing a reason"
    if code < 0:
        return f"Runtime exited with error: signal: {(signal.strsignal(-code) or 'unknown').lower()}"
    return f"Runtime exited with error: exit status {code}"


def environment(function: Function, dynamodb_endpoint: str) -> dict[str, str]:
    """All environment variables of a function's process: its own, and those that Lambda sets.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return {
        # The same Python as the gateway's comes first, for functions that are started by a script.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin", "/usr/bin", "/bin"]),
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        **function.environment,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_SESSION_TOKEN": "local",
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb_endpoint,
        # The developer's own profiles stay out of reach.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
    }


def fingerprint(code: Path) -> Fingerprint:
    """Names and times of all Python files below `code`; another one after any of them was edited."""
    found = set()
    for folder, folders, files in os.walk(code):
        folders[:] = [name for name in folders if not name.startswith((".", "__pycache__"))]
        for name in files:
            if name.endswith(".py"):
                path = Path(folder, name)
                with contextlib.suppress(FileNotFoundError):
                    found.add((str(path), path.stat().st_mtime_ns))
    return frozenset(found)
