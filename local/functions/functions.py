"""All functions of a template, ready to be called.

Owns how each function runs: by its handler, or as a web application behind AWS Lambda Web Adapter.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from local.functions.environment import NOWHERE, environment
from local.functions.packages import warning
from local.functions.sandbox import FunctionError
from local.functions.web_apps import WebApp, WebAppPool
from local.functions.workers import PAYLOAD_LIMIT, WorkerPool
from local.template.function import Function
from local.template.stacks import Stacks
from local.wire.forward import Forwarder

T = TypeVar("T")


class PayloadTooLargeError(Exception):
    """The event is larger than Lambda takes."""


class _Unserved:
    """A function that is refused when it is called, as one whose process cannot be started."""

    def __init__(self, reason: str) -> None:
        self._error = FunctionError.of("Runtime.InvalidEntrypoint", f"It is not served: {reason}.")

    async def invoke(self, _event: bytes) -> bytes:
        raise self._error

    async def warm_up(self) -> None:
        """There is nothing to start."""

    async def close(self) -> None:
        """There is nothing to end."""


def _with_directory(function: Function, parent: Path) -> Function:
    """The function with its code in a directory, be it within the template: Lambda calls that file index."""
    if function.inline_code is None:
        return function
    code = parent / function.name
    code.mkdir()
    (code / "index.py").write_text(function.inline_code)
    return replace(function, code=code)


def _at_gateways(text: str, urls: Mapping[str, str]) -> str:
    """A variable's value; where the template names an API's address, a function finds the gateway's."""
    for address, url in urls.items():
        text = text.replace(address, url)
    return text


class Functions:
    """All stacks' functions by their names or logical ids: handlers, and web applications."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that functions reach
        self,
        stacks: Stacks,
        dynamodb_endpoint: str,
        forwarder: Forwarder,
        directory: Path,
        urls: Mapping[str, str],
        aws_endpoint: str = NOWHERE,
    ) -> None:
        """`directory` is empty, and only the functions use it while they run.

        `urls` has the address of each API, and `aws_endpoint` takes the place of AWS.
        """
        #: Log group → what receives each line that a function prints there. Other lines are only shown.
        self.logs: dict[str, Callable[[str], None]] = {}
        self._workers: dict[str, WorkerPool | _Unserved] = {
            name: _Unserved(reason) for name, reason in stacks.unserved.items()
        }
        self._web_apps: dict[str, WebAppPool] = {}
        for name, declared in stacks.functions.items():
            function = _with_directory(declared, directory)
            own = {key: _at_gateways(value, urls) for key, value in function.environment.items()}
            variables = environment(function, dynamodb_endpoint, aws_endpoint, directory, own)
            if function.is_web_app:
                self._web_apps[name] = WebAppPool(function, variables, forwarder)
            else:
                self._workers[name] = WorkerPool(function, variables, self.logs)
        self._names = stacks.aliases
        self._warnings = [line for one in stacks.functions.values() if (line := warning(one))]
        self._running: set[asyncio.Task[Any]] = set()

    def warnings(self) -> list[str]:
        """A line for each function whose packages are not here."""
        return self._warnings

    def has_handler(self, name: str) -> bool:
        """Whether there is such a function, run by its handler: one to `invoke` or to `start`."""
        return self._named(name) in self._workers

    def is_web_app(self, name: str) -> bool:
        """Whether there is such a function, and it is a web application: one to `lease`."""
        return self._named(name) in self._web_apps

    def lease(self, name: str) -> AbstractAsyncContextManager[WebApp]:
        """A process of a web application, for only one request. Raises FunctionError."""
        return self._web_apps[self._named(name)].lease()

    async def invoke(self, name: str, event: bytes) -> bytes:
        """The result for an event, both in JSON. Raises FunctionError and PayloadTooLargeError.

        A caller that goes away does not stop the function, just as on Lambda.
        """
        return await asyncio.shield(self._task(name, event))

    def start(self, name: str, event: bytes) -> None:
        """Invoke a function without waiting for it. Raises PayloadTooLargeError."""

        def finished(task: asyncio.Task[bytes]) -> None:
            if not task.cancelled() and isinstance(error := task.exception(), FunctionError):
                self.print_error(name, error)

        self._task(name, event).add_done_callback(finished)

    def warm_up(self, name: str) -> None:
        """Start a process of the function in the background. If it cannot start, the first call tells."""
        self._run(self._workers[self._named(name)].warm_up()).add_done_callback(
            lambda task: task.cancelled() or task.exception()
        )

    def _named(self, name: str) -> str:
        """The name of a function, which is called by its logical id as well."""
        return self._names.get(name, name)

    def _task(self, name: str, event: bytes) -> asyncio.Task[bytes]:
        if len(event) > PAYLOAD_LIMIT:
            raise PayloadTooLargeError
        return self._run(self._workers[self._named(name)].invoke(event))

    def _run(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    @staticmethod
    def print_error(name: str, error: FunctionError) -> None:
        """Show the developer what the client is told nothing of."""
        print(f"{name}: {error}", file=sys.stderr)

    async def close(self) -> None:
        """End every process."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        for workers in self._workers.values():
            await workers.close()
        for web_apps in self._web_apps.values():
            await web_apps.close()
