"""A web application that streams, and that meets a test at the address in a request's body."""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Do what the last part of the path says."""
    if scope["type"] != "http":
        return
    body = (await receive())["body"]

    async def start(status: int = 200) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"www-authenticate", b"Bearer")]
        await send({"type": "http.response.start", "status": status, "headers": headers})

    async def write(text: str, *, more: bool = True) -> None:
        await send({"type": "http.response.body", "body": text.encode(), "more_body": more})

    async def meet() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = body.decode().split(":")
        return await asyncio.open_connection(host, int(port))

    match scope["path"].rsplit("/", 1)[-1]:
        case "ready":
            await start(404)
            await write("", more=False)
        case "meet":
            await start()
            await write("first\n")
            reader, writer = await meet()
            await reader.read(1)
            writer.close()
            await write(f"{os.getpid()}\n", more=False)
        case "leave":
            await start()
            await write("first\n")
            await receive()
            _, writer = await meet()
            writer.write(b"gone")
            writer.close()
        case "break":
            await start()
            await write("first\n")
            await asyncio.sleep(0.1)
            os._exit(1)
        case "exit":
            os._exit(1)
        case "late":
            await asyncio.sleep(60)
        case _:
            headers = [(name.decode(), value.decode()) for name, value in scope["headers"]]
            query = scope["query_string"].decode()
            seen = {"method": scope["method"], "path": scope["raw_path"].decode(), "query": query}
            await start()
            await write(json.dumps(seen | {"headers": headers, "body": body.decode()}), more=False)
