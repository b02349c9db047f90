"""Functions that are web applications: what AWS Lambda Web Adapter does for them on Lambda.

Owns their processes: the handler is a command that serves HTTP on the port in `PORT` and `AWS_LWA_PORT`. As
on Lambda, a process gets one request at a time. The only setting of the adapter that is read is the path of
its readiness check, which uses HTTP. Only the gateway can connect: a request carries a secret, and an
application that answers without it is not served.
Source: https://awslabs.github.io/aws-lambda-web-adapter/configuration/environment-variables.html
"""

import asyncio
import contextlib
import itertools
import random
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from local.functions.sandbox import INIT_SECONDS, FunctionError, Pool, Process, fingerprint, spawn
from local.template.function import Function
from local.wire.forward import Forwarder, UpstreamError

#: The header that `python_startup` looks for.
SECRET_HEADER = "x-local-secret"  # noqa: S105 - its name

_AT_ONCE = 64

# Below the ports that Linux and macOS use for outgoing connections, so that none of these takes one first.
_PORTS = range(20_000, 32_000)


class WebApp(Process):
    """One process that serves HTTP at `url`, which has no slash at its end, for requests with `secret`."""

    function: Function
    url: str
    secret: str

    @classmethod
    async def start(
        cls, function: Function, variables: Mapping[str, str], forwarder: Forwarder, port: int
    ) -> "WebApp":
        """Start a process and wait until it answers. Raises FunctionError when it does not."""
        code = fingerprint(function.directories)
        secret = secrets.token_hex(32)
        own = {**variables, "PORT": str(port), "AWS_LWA_PORT": str(port), "LOCAL_PORT_SECRET": secret}
        try:
            app = cls(await spawn(function, own, str(function.code / function.handler)), code)
        except OSError as error:
            message = f"{function.handler} cannot be started: {error.strerror}"
            raise FunctionError.of("Runtime.InvalidEntrypoint", message) from error
        app.function = function
        app.secret = secret
        app.url = f"http://127.0.0.1:{port}"
        try:
            async with asyncio.timeout(INIT_SECONDS + function.timeout):
                await app._ready(app.url + variables.get("AWS_LWA_READINESS_CHECK_PATH", "/"), forwarder)
                await app._refuse_others(port)
        except TimeoutError:
            await app.end()
            raise FunctionError.of("Sandbox.Timedout", f"{function.handler} was not ready in time") from None
        except BaseException:
            await app.end()
            raise
        return app

    async def _ready(self, url: str, forwarder: Forwarder) -> None:
        while not await forwarder.is_ready(url, {SECRET_HEADER: self.secret}):
            if not self.is_alive:
                raise FunctionError.of("Runtime.ExitError", self.exit_reason)
            await asyncio.sleep(0.02)

    async def _refuse_others(self, port: int) -> None:
        """Raise FunctionError when a request without the secret is answered, by anything at all."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if await reader.read(1):
                message = (
                    f"{self.function.handler} answers others than the gateway, as no server in Python does"
                )
                raise FunctionError.of("Runtime.InvalidEntrypoint", message)


class WebAppPool:
    """The processes of one web application."""

    def __init__(self, function: Function, variables: Mapping[str, str], forwarder: Forwarder) -> None:
        self._function = function
        self._variables = variables
        self._forwarder = forwarder
        self._pool = Pool(function, _AT_ONCE, self._start)
        # In random order, so that two gateways that start at once do not try the same ports.
        self._ports = itertools.cycle(random.sample(_PORTS, len(_PORTS)))

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[WebApp]:
        """A process for only one request. Raises FunctionError."""
        async with self._pool.lease() as app:
            try:
                yield app
            except (TimeoutError, UpstreamError):
                # It is busy with what nobody waits for any more, or dying.
                await app.end()
                raise

    async def _start(self) -> WebApp:
        port = next(filter(_is_free, self._ports))
        return await WebApp.start(self._function, self._variables, self._forwarder, port)

    async def close(self) -> None:
        """End the processes that are free."""
        await self._pool.close()


def _is_free(port: int) -> bool:
    """Whether nothing listens on a port."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
