"""Each fact that was recorded from AWS, on this gateway with its own functions and upstream."""

import asyncio
import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from local.api.gateway import Gateway
from local.functions.functions import Functions
from local.template.rest_api import Api
from local.template.stacks import Stacks
from local.template.template import Template
from local.wire.exchange import Request, Response, Stream
from local.wire.forward import Forwarder
from tests.integration.local.conftest import SAMPLE
from tests.integration.local.recorded import ABSENT, FACTS, UPSTREAM, Fact, sent_body
from tests.served import served


class _Upstream(BaseHTTPRequestHandler):
    """Returns what it got, or answers with the status that its path names."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        seen = {
            "method": self.command,
            "path": url.path,
            "query": {name: ",".join(values) for name, values in parse_qs(url.query).items()},
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }
        body = json.dumps(seen).encode()
        self.send_response_only(int(url.path.partition("/status/")[2] or 200))
        for name, value in {
            "Connection": "keep-alive",
            "Content-Length": str(len(body)),
            "Content-Type": "application/json",
            "Date": self.date_time_string(),
            "Server": "gunicorn/19.9.0",
            "x-amzn-RequestId": "of-the-upstream",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Upstream)
    server.daemon_threads = True
    with served(server):
        yield f"127.0.0.1:{server.server_port}"


class Answers:
    """The answers to facts, from one set of functions."""

    def __init__(
        self, runner: asyncio.Runner, functions: Functions, forwarder: Forwarder, upstream: str
    ) -> None:
        self._runner, self._functions, self._forwarder = runner, functions, forwarder
        self._upstream = upstream

    def to(self, fact: Fact) -> dict[str, Any]:
        """What the client got, and what the function or upstream says that it got."""
        return self._runner.run(self._ask(fact))

    async def _ask(self, fact: Fact) -> dict[str, Any]:
        body = json.loads(json.dumps(fact.api).replace(UPSTREAM, self._upstream))
        variables = {name: value.replace(UPSTREAM, self._upstream) for name, value in fact.variables.items()}
        address = "https://Api.execute-api.eu-central-1.amazonaws.com/stage"
        api = Api(region="eu-central-1", stage="stage", address=address, variables=variables, body=body)
        verb, target = fact.request.split()
        path, _, query = target.partition("?")
        request = Request(verb, path, query, list(fact.headers), sent_body(fact), "127.0.0.1")
        response, _ = await Gateway(api, self._functions, self._forwarder, None).respond(request)
        return _view(response.status, response, await _whole(response))


async def _whole(response: Response) -> bytes:
    if not isinstance(response.body, Stream):
        return response.body
    async with response.body as chunks:
        return b"".join([chunk async for chunk in chunks])


def _view(status: int, response: Response, body: bytes) -> dict[str, Any]:
    headers: dict[str, str] = {}
    for name, value in response.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    told = content if isinstance(content, dict) else {}
    return {
        "status": status,
        "header": headers,
        "body": body,
        "json": told,
        "event": told.get("event", {}),
        "upstream": told,
    }


@pytest.fixture(scope="module")
def answers(upstream: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    template = Template.load(SAMPLE / "template.yaml", {})
    directory: Path = tmp_path_factory.mktemp("functions")
    with asyncio.Runner() as runner:
        forwarder = runner.run(Forwarder().__aenter__())
        functions = runner.run(_functions(template, forwarder, directory))
        yield Answers(runner, functions, forwarder, upstream)
        runner.run(functions.close())
        runner.run(forwarder.__aexit__())


async def _functions(template: Template, forwarder: Forwarder, directory: Path) -> Functions:
    return Functions(Stacks([template]), "http://127.0.0.1:1", forwarder, directory, {})


def value(name: str, answer: dict[str, Any]) -> object:
    """The part of an answer that a fact names."""
    found: Any = answer
    for key in name.split(" "):
        if key not in found:
            return ABSENT
        found = found[key]
    return found


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_a_recorded_fact_is_true_here(fact: Fact, answers: Answers) -> None:
    answer = answers.to(fact)
    for name, expected in fact.answer.items():
        found = value(name, answer)
        if isinstance(expected, re.Pattern):
            assert expected.fullmatch(str(found)), (name, found)
        else:
            assert found == expected, name
