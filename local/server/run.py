"""Start and stop: the template, its DynamoDB, its functions, the gateway and the server, in this order.

Owns what ends the program, and with which words.
"""

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web
from botocore.exceptions import BotoCoreError, ClientError

from local.api.access_log import AccessLog
from local.api.gateway import Gateway
from local.functions.functions import Functions
from local.functions.sandbox import FunctionError
from local.server.connections import Server
from local.services import elsewhere
from local.services.dynamodb import client, create_tables, dynamodb
from local.services.logs import LogGroup
from local.template.parameters import TemplateError
from local.template.template import Template
from local.wire.forward import Forwarder

#: Called once the gateway serves, with its URL and its functions.
Announce = Callable[[str, Functions], Awaitable[None]]


def run(load: Callable[[], Template], listener: socket.socket, announce: Announce) -> None:
    """Serve a template until SIGINT or SIGTERM. Ends the program with a line when it cannot be served."""
    try:
        loaded = load()
        with dynamodb() as endpoint:
            for line in create_tables(client(endpoint, loaded.region), loaded):
                print(line, flush=True)
            try:
                asyncio.run(_serve(loaded, endpoint, listener, announce))
            finally:
                # A second Ctrl-C ends what is left of the way out.
                signal.signal(signal.SIGINT, signal.SIG_DFL)
    except (TemplateError, FunctionError) as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"DynamoDB: {error}")


async def _serve(template: Template, endpoint: str, listener: socket.socket, announce: Announce) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    # What a function started may write once more while it is killed.
    with TemporaryDirectory(prefix="local-gateway-", ignore_cleanup_errors=True) as directory:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with _running(template, endpoint, listener, Path(directory), url) as (functions, access_log):
            await announce(url, functions)
            if access_log:
                access_log.warm_up()  # only now, so that nobody waits for it
            await stopped.wait()


@asynccontextmanager
async def _running(
    template: Template, endpoint: str, listener: socket.socket, directory: Path, url: str
) -> AsyncIterator[tuple[Functions, AccessLog | None]]:
    async with AsyncExitStack() as resources:
        forwarder = await resources.enter_async_context(Forwarder())
        aws = resources.enter_context(elsewhere.listen())
        functions = Functions(template, endpoint, forwarder, directory, url, elsewhere.url(aws))
        resources.push_async_callback(functions.close)
        await resources.enter_async_context(elsewhere.served(aws, functions))
        for name in {one.log_group for one in template.subscription_filters}:
            functions.logs[name] = LogGroup.of(name, template.subscription_filters, functions).put
        access_log = AccessLog.of(template, functions)
        gateway = Gateway(template.api, functions, forwarder, access_log)
        for warning in [*template.warnings, *functions.warnings(), *gateway.warnings()]:
            print(warning, flush=True)
        runner = web.ServerRunner(Server(gateway, functions), shutdown_timeout=1)
        await runner.setup()
        resources.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        yield functions, access_log
