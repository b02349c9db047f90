"""Start and stop: the templates, their DynamoDB, functions, gateways and servers, in this order.

Owns what ends the program, and what it prints then.
"""

import asyncio
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
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
from local.services.dynamodb.tables import client, create_tables
from local.services.logs import LogGroup
from local.services.streams import delivered
from local.services.usage_plans import UsagePlans
from local.template.parameters import TemplateError
from local.template.stacks import Stacks
from local.template.template import Template
from local.wire.forward import Forwarder

#: Called once the gateways serve, with the URL of each and the functions.
Announce = Callable[[Sequence[str], Functions], Awaitable[None]]


def run(
    load: Callable[[], Sequence[Template]],
    listeners: Sequence[socket.socket],
    dynamodb: Callable[[], str],
    announce: Announce,
    warm: Sequence[str] = (),
) -> None:
    """Serve templates, each on its listener, until SIGINT or SIGTERM.

    `dynamodb` waits for DynamoDB and returns its endpoint URL. The functions in `warm` start first. Ends the
    program with a line when the templates cannot be served.
    """
    try:
        loaded = Stacks(load())
        try:
            asyncio.run(_serve(loaded, dynamodb(), listeners, announce, warm))
        finally:
            # A second Ctrl-C ends what is left of the way out.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
    except (TemplateError, FunctionError) as error:
        sys.exit(str(error))
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"DynamoDB: {error}")


async def _serve(
    stacks: Stacks,
    endpoint: str,
    listeners: Sequence[socket.socket],
    announce: Announce,
    warm: Sequence[str],
) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    # What a function started may write once more while it is killed.
    with TemporaryDirectory(prefix="local-gateway-", ignore_cleanup_errors=True) as directory:
        urls = [elsewhere.url(one) for one in listeners]
        async with _running(stacks, endpoint, listeners, Path(directory), warm) as (functions, access_logs):
            await announce(urls, functions)
            for one in access_logs:
                one.warm_up()  # only now, so that nobody waits for it
            await stopped.wait()


@asynccontextmanager
async def _running(
    stacks: Stacks, endpoint: str, listeners: Sequence[socket.socket], directory: Path, warm: Sequence[str]
) -> AsyncIterator[tuple[Functions, list[AccessLog]]]:
    async with AsyncExitStack() as resources:
        forwarder = await resources.enter_async_context(Forwarder())
        aws = resources.enter_context(elsewhere.listen())
        served = list(zip(stacks.templates, listeners, strict=True))
        urls = {template.api.address: elsewhere.url(listener) for template, listener in served}
        functions = Functions(stacks, endpoint, forwarder, directory, urls, elsewhere.url(aws))
        resources.push_async_callback(functions.close)
        for name in warm:
            functions.warm_up(name)
        for one in stacks.templates:
            # In a thread, so that the functions start at the same time.
            for line in await asyncio.to_thread(create_tables, client(endpoint, one.region), one):
                print(line, flush=True)
        plans = UsagePlans([template.api.keys for template in stacks.templates], time.time)
        await resources.enter_async_context(elsewhere.served(aws, functions, plans))
        filters = stacks.subscription_filters
        for name in {one.log_group for one in filters}:
            functions.logs[name] = LogGroup.of(name, filters, functions).put
        gateways, access_logs = [], []
        for template in stacks.templates:
            if access_log := AccessLog.of(template.api, filters, functions):
                access_logs.append(access_log)
            gateways.append(Gateway(template.api, functions, forwarder, access_log, plans))
        deliveries = delivered(stacks.event_sources, functions, endpoint, stacks.templates[0].region)
        no_streams = await resources.enter_async_context(deliveries)
        warnings = [line for template in stacks.templates for line in template.warnings]
        warnings += [
            *no_streams,
            *functions.warnings(),
            *(line for gateway in gateways for line in gateway.warnings()),
        ]
        for warning in warnings:
            print(warning, flush=True)
        for gateway, listener in zip(gateways, listeners, strict=True):
            runner = web.ServerRunner(Server(gateway, functions), shutdown_timeout=1)
            await runner.setup()
            resources.push_async_callback(runner.cleanup)
            await web.SockSite(runner, listener).start()
        yield functions, access_logs
