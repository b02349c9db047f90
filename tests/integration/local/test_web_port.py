"""The port of a web application: only the gateway gets an answer."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from local.functions.environment import NOWHERE, environment
from local.functions.sandbox import FunctionError
from local.functions.web_apps import SECRET_HEADER, WebApp
from local.template.function import Function
from local.wire.forward import Forwarder

SERVER = """
from http.server import BaseHTTPRequestHandler, HTTPServer
import os
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"answered")
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def application(directory: Path, options: str = "") -> Function:
    (directory / "app.py").write_text(SERVER)
    script = directory / "run.sh"
    script.write_text(f"#!/bin/sh\nexec python {options} app.py\n")
    script.chmod(0o755)
    return Function(
        name="Web",
        arn="arn",
        region="eu-central-1",
        code=directory,
        handler="run.sh",
        environment={},
        timeout=60,
        memory=128,
    )


async def start(function: Function, forwarder: Forwarder, bytecode: Path) -> WebApp:
    variables = environment(function, NOWHERE, NOWHERE, bytecode, {})
    return await WebApp.start(function, variables, forwarder, free_port())


@pytest.mark.parametrize("secret", [None, "", "made up", "x" * 64])
def test_a_caller_without_the_secret_gets_no_answer(tmp_path: Path, secret: str | None) -> None:
    async def run() -> None:
        async with Forwarder() as forwarder, httpx.AsyncClient(timeout=60) as client:
            app = await start(application(tmp_path), forwarder, tmp_path / "bytecode")
            try:
                forged = {"x-amzn-request-context": "{}"} | (
                    {} if secret is None else {SECRET_HEADER: secret}
                )
                with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                    await client.get(app.url, headers=forged)
                answer = await client.get(app.url, headers={SECRET_HEADER: app.secret})
                assert answer.text == "answered"
            finally:
                await app.end()

    asyncio.run(run())


def test_an_application_that_answers_everybody_is_not_served(tmp_path: Path) -> None:
    async def run() -> None:
        async with Forwarder() as forwarder:
            # Without `site` nothing guards the port.
            with pytest.raises(FunctionError, match="answers others than the gateway"):
                await start(application(tmp_path, "-S"), forwarder, tmp_path / "bytecode")

    asyncio.run(run())
