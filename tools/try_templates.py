"""`python -m tools.try_templates PATH ...`: try the local gateway on many templates.

For each SAM or CloudFormation template below the paths that has a REST API, prints whether it starts or why
not, and each route with the status of one call. A traceback is a bug of the gateway. A parameter without a
default gets a value. The functions' own code runs, unless `--start-only` is given, which makes no calls.
"""

import argparse
import asyncio
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

from local.api.gateway import Gateway
from local.api.request.routes import Route, Routes
from local.functions.functions import Functions
from local.services import elsewhere
from local.services.dynamodb.embedded import embedded_dynamodb
from local.services.dynamodb.tables import client, create_tables
from local.services.usage_plans import UsagePlans
from local.template.document import read
from local.template.parameters import TemplateError, text
from local.template.stacks import Stacks
from local.template.template import Template
from local.wire.exchange import Request, Stream
from local.wire.forward import Forwarder

_SUFFIXES = {".json", ".template", ".yaml", ".yml"}
# What a template with a REST API holds somewhere.
_REST = re.compile(r"AWS::Serverless::Api|AWS::ApiGateway::RestApi|\bType\W{1,4}Api\b")
_SEVERAL = re.compile(r"One REST API is served, the template has ([^,]+), .*")
_VARIABLE = re.compile(r"\{[^}]*\}")


def _templates(paths: list[Path]) -> Iterator[Path]:
    """The files that hold a template with a REST API."""
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.suffix in _SUFFIXES and file.is_file():
                text = file.read_text(errors="replace")
                if "Resources" in text and _REST.search(text):
                    yield file


def _values(template: Path) -> dict[str, str]:
    """A value for each parameter without a default: the first allowed value, or one of its type."""
    document = read(template)
    declared = document.get("Parameters") if isinstance(document, dict) else None
    values = {}
    for name, one in declared.items() if isinstance(declared, dict) else ():
        if isinstance(one, dict) and one.get("Default") is None:
            allowed = one.get("AllowedValues") or ["1" if "Number" in str(one.get("Type")) else "example"]
            values[name] = text(allowed[0])
    return values


async def _status(gateway: Gateway, route: Route) -> str:
    """The status of one call of a route, without headers and body."""
    verb = "GET" if route.verb == "ANY" else route.verb
    request = Request(verb, _VARIABLE.sub("1", route.resource), "", [("Host", "localhost")], b"", "127.0.0.1")
    response, _ = await gateway.respond(request)
    if isinstance(response.body, Stream):
        async with response.body as chunks:
            async for _ in chunks:
                pass
    return str(response.status)


async def _serve(template: Template, endpoint: str, *, calls: bool) -> None:
    for line in [*create_tables(client(endpoint, template.region), template), *template.warnings]:
        print(f"  {line}")
    async with AsyncExitStack() as resources:
        directory = Path(resources.enter_context(tempfile.TemporaryDirectory()))
        forwarder = await resources.enter_async_context(Forwarder())
        aws = resources.enter_context(elsewhere.listen())
        functions = Functions(Stacks([template]), endpoint, forwarder, directory, {}, elsewhere.url(aws))
        resources.push_async_callback(functions.close)
        plans = UsagePlans([template.api.keys], time.time)
        await resources.enter_async_context(elsewhere.served(aws, functions, plans))
        gateway = Gateway(template.api, functions, forwarder, None, plans)
        for line in [*functions.warnings(), *gateway.warnings()]:
            print(f"  {line}")
        for route in Routes(template.api.body):
            print(f"  {await _status(gateway, route) if calls else '-'} {route}", flush=True)


def _load(path: Path) -> Template:
    """The template, with the first of its REST APIs."""
    values = _values(path)
    try:
        return Template.load(path, values)
    except TemplateError as error:
        several = _SEVERAL.fullmatch(str(error))
        if several is None:
            raise
        return Template.load(path, values, api=several[1])


def _try(path: Path, *, calls: bool) -> str:
    """Serve one template and print what comes of it. Returns the kind of that."""
    try:
        template = _load(path)
        with embedded_dynamodb() as endpoint:
            asyncio.run(_serve(template, endpoint, calls=calls))
    except TemplateError as error:
        print(f"  refused: {error}")
        return "refused"
    except Exception:  # noqa: BLE001 - this is what is looked for
        traceback.print_exc(file=sys.stdout)
        return "ended in a traceback"
    return "started"


def main() -> None:
    """Read the command line, try each template, and count."""
    parser = argparse.ArgumentParser(prog="python -m tools.try_templates", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--start-only", action="store_true", help="start each template, and call no route")
    arguments = parser.parse_args()
    kinds: Counter[str] = Counter()
    for path in _templates(arguments.paths):
        print(f"{path}", flush=True)
        kind = _try(path, calls=not arguments.start_only)
        print(f"  {kind}", flush=True)
        kinds[kind] += 1
    print(
        ", ".join(f"{number} {kind}" for kind, number in kinds.most_common()) or "no template with a REST API"
    )


if __name__ == "__main__":
    main()
