"""A web application that streams, and that meets a test at the address in a request's body."""

import asyncio
import importlib
import json
import os
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def app(scope: Message, receive: Receive, send: Send) -> None:
    """Answer HTTP; there is nothing to start and to end."""
    if scope["type"] == "http":
        await _Exchange(receive, send, (await receive())["body"]).answer(scope)


class _Exchange:
    """One request: what it asks for is the last part of its path."""

    def __init__(self, receive: Receive, send: Send, body: bytes) -> None:
        self._receive = receive
        self._send = send
        self._body = body

    async def answer(self, scope: Message) -> None:
        wish = getattr(self, scope["path"].rsplit("/", 1)[-1], None)
        await (wish() if wish else self._echo(scope))

    async def _start(self, status: int = 200) -> None:
        headers = [(b"content-type", b"text/event-stream"), (b"www-authenticate", b"Bearer")]
        await self._send({"type": "http.response.start", "status": status, "headers": headers})

    async def _write(self, text: str, *, more: bool = True) -> None:
        await self._send({"type": "http.response.body", "body": text.encode(), "more_body": more})

    async def _meet(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host, port = self._body.decode().split(":")
        return await asyncio.open_connection(host, int(port))

    async def ready(self) -> None:
        await self._start(404)
        await self._write("", more=False)

    async def meet(self) -> None:
        await self._start()
        await self._write("first\n")
        reader, writer = await self._meet()
        await reader.read(1)
        writer.close()
        await self._write(f"{os.getpid()}\n", more=False)

    async def leave(self) -> None:
        await self._start()
        await self._write("first\n")
        await self._receive()
        _, writer = await self._meet()
        writer.write(b"gone")
        writer.close()

    async def crash(self) -> None:
        await self._start()
        await self._write("first\n")
        # What was written is sent once the loop runs again.
        asyncio.get_running_loop().call_later(0.1, os._exit, 1)
        await asyncio.Event().wait()

    async def greeting(self) -> None:
        await self._start()
        await self._write(importlib.import_module("greeting").TEXT, more=False)

    async def exit(self) -> None:
        os._exit(1)

    async def late(self) -> None:
        await asyncio.Event().wait()

    async def _echo(self, scope: Message) -> None:
        seen = {
            "method": scope["method"],
            "path": scope["raw_path"].decode(),
            "query": scope["query_string"].decode(),
            "headers": [(name.decode(), value.decode()) for name, value in scope["headers"]],
            "body": self._body.decode(),
        }
        await self._start()
        await self._write(json.dumps(seen), more=False)
