"""Templates as people write them, each of one kind: what starts, what is printed, and what is answered."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from local.api.gateway import Gateway
from local.functions.functions import Functions
from local.services import elsewhere
from local.services.dynamodb.tables import client, create_tables
from local.services.usage_plans import UsagePlans
from local.template.stacks import Stacks
from local.template.template import Template
from local.wire.exchange import Request, Response
from local.wire.forward import Forwarder

TEMPLATES = Path(__file__).parent / "templates"

KEY = "a-key-of-twenty-letters"
JSON = {"Content-Type": "application/json"}


class Served:
    """One template, served in this process: `lines` is what is printed at the start."""

    def __init__(self, gateway: Gateway, lines: list[str]) -> None:
        self._gateway = gateway
        self.lines = lines

    async def call(
        self, verb: str, target: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of an answer."""
        url = urlsplit(target)
        pairs = [("Host", "localhost"), *(headers or {}).items()]
        response, _ = await self._gateway.respond(
            Request(verb, url.path, url.query, pairs, body, "127.0.0.1")
        )
        assert isinstance(response.body, bytes)
        return response.status, _loaded(response), dict(response.headers)


def _loaded(response: Response) -> Any:
    assert isinstance(response.body, bytes)
    try:
        return json.loads(response.body)
    except ValueError:
        return response.body.decode()


@asynccontextmanager
async def serve(
    name: str,
    endpoint: str,
    directory: Path,
    api: str | None = None,
    now: Callable[[], float] = time.time,
) -> AsyncIterator[Served]:
    template = Template.load(TEMPLATES / f"{name}.yaml", api=api)
    lines = [*create_tables(client(endpoint, template.region), template), *template.warnings]
    async with AsyncExitStack() as resources:
        forwarder = await resources.enter_async_context(Forwarder())
        aws = resources.enter_context(elsewhere.listen())
        urls = ({template.api.address: "http://localhost"}, elsewhere.url(aws))
        functions = Functions(Stacks([template]), endpoint, forwarder, directory, *urls)
        resources.push_async_callback(functions.close)
        plans = UsagePlans([template.api.keys], now)
        await resources.enter_async_context(elsewhere.served(aws, functions, plans))
        gateway = Gateway(template.api, functions, forwarder, None, plans)
        yield Served(gateway, lines + functions.warnings() + gateway.warnings())


# Template, and its API where it has several → each call, with the status and a part of the body.
Call = tuple[str, str, dict[str, str], bytes, int, str]
CALLS: dict[str, list[Call]] = {
    "unquoted_dates": [
        ("GET", "/", {}, b"", 200, '"DAY": "2026-01-04", "FLAG": "true", "SECRET": "2026-01-02"'),
    ],
    "api_key": [
        ("GET", "/keyed", {}, b"", 403, '{"message": "Forbidden"}'),
        ("GET", "/keyed", {"x-api-key": "another-key-of-this-kind"}, b"", 403, "Forbidden"),
        ("GET", "/keyed", {"x-api-key": "a-key-of-no-usage-plan"}, b"", 403, "Forbidden"),
        ("GET", "/keyed", {"X-API-KEY": KEY}, b"", 200, f'"apiKey": "{KEY}", "apiKeyId": "Good"'),
        ("GET", "/both", {}, b"", 403, "Forbidden"),
        ("GET", "/both", {"x-api-key": KEY}, b"", 200, '"principalId": "somebody"'),
        ("GET", "/open", {}, b"", 200, ""),
    ],
    "made_up_key": [("GET", "/keyed", {}, b"", 403, "Forbidden")],
    "key_by_authorizer": [
        ("GET", "/keyed", {"x-api-key": KEY}, b"", 403, "Forbidden"),
        ("GET", "/keyed", {"x-caller": KEY}, b"", 200, '"apiKeyId": "Key"'),
    ],
    "usage_plans": [
        ("GET", "/keyed", {"x-caller": KEY}, b"", 200, '"apiKeyId": "Key"'),
        ("GET", "/keyed", {"x-caller": "a-key-of-no-usage-plan"}, b"", 403, "Forbidden"),
        ("GET", "/free", {}, b"", 200, ""),
    ],
    "signed Api": [
        ("GET", "/iam", {}, b"", 403, "Missing Authentication Token"),
        ("GET", "/iam", {"Authorization": "AWS4-HMAC-SHA256 x"}, b"", 403, "not authorized"),
        ("GET", "/people", {"Authorization": "any"}, b"", 401, "Unauthorized"),
    ],
    "signed Extension": [
        ("GET", "/extension", {}, b"", 403, "Missing Authentication Token"),
        ("GET", "/undeclared", {}, b"", 403, "not authorized"),
        ("GET", "/keyed", {}, b"", 403, "Forbidden"),
        ("GET", "/open", {}, b"", 200, ""),
    ],
    "resource_policy": [
        ("GET", "/near", {}, b"", 200, ""),
        ("GET", "/far", {}, b"", 403, "with an explicit deny"),
        ("GET", "/odd", {}, b"", 403, "with an explicit deny"),
        ("POST", "/near", {}, b"", 403, "User: anonymous is not authorized to perform: execute-api:Invoke"),
    ],
    "policy_and_authorizer": [
        ("GET", "/denied", {}, b"", 403, "with an explicit deny"),
        ("GET", "/unsaid", {}, b"", 200, ""),
        ("GET", "/allowed", {}, b"", 200, ""),
        ("GET", "/neither", {}, b"", 403, "not authorized"),
    ],
    "validators": [
        ("POST", "/things/1", {}, b"", 400, "Missing required request parameters: [X-Who, page]"),
        ("POST", "/things/1?page=1", {"x-who": "me"}, b"", 400, "Invalid request body"),
        ("POST", "/things/1?page=1", {"x-who": "me"} | JSON, b'{"a": 1}', 400, "Invalid request body"),
        (
            "POST",
            "/things/1?page=1",
            {"x-who": "me"} | JSON,
            b'{"a": 1, "b": 0}',
            400,
            "Invalid request body",
        ),
        ("POST", "/things/1?page=1", {"x-who": "me"} | JSON, b'{"a": 1, "b": 1}', 200, ""),
        ("POST", "/things/1?page=1", {"x-who": "me", "Content-Type": "text/plain"}, b"any", 200, ""),
        ("POST", "/loop", JSON, b'{"a": 1}', 500, "Internal server error"),
    ],
    "cors": [("OPTIONS", "/things", {}, b"", 200, "{}"), ("POST", "/things", {}, b"", 200, "")],
    "include": [("GET", "/included", {}, b"", 200, '"resource": "/included"')],
    "no_code_uri": [("GET", "/", {}, b"", 200, "beside")],
    "layers": [("GET", "/", {}, b"", 200, "from the layer")],
    "declared_names": [
        ("GET", "/", {}, b"", 200, '"TABLE": "things-dev"'),
        ("GET", "/", {}, b"", 200, '"QUEUE": "https://sqs.eu-central-1.amazonaws.com/123456789012/jobs"'),
        ("GET", "/", {}, b"", 200, '"LIST": "arn:aws:dynamodb:eu-central-1:123456789012:table/things-dev"'),
    ],
    "tables": [("GET", "/", {}, b"", 200, "")],
    "parameters": [("GET", "/", {}, b"", 200, '"LIST": "a|b|c"')],
    "plain_api": [
        ("GET", "/things/1", {}, b"", 401, "Unauthorized"),
        ("GET", "/things/1", {"Authorization": "any"}, b"", 200, '"pathParameters": {"id": "1"}'),
        ("POST", "/things", {}, b'{"a": 1}', 400, "Missing required request parameters: [page]"),
        ("POST", "/things?page=1", {}, b"{}", 400, "Invalid request body"),
        ("POST", "/things?page=1", {}, b'{"a": 1}', 200, '"stage": "live"'),
        ("PUT", "/things", {}, b"", 404, "Missing Authentication Token"),
        ("GET", "/things", {}, b"", 403, "Forbidden"),
        ("DELETE", "/things", {}, b"", 500, "Internal server error"),
        ("OPTIONS", "/things", {}, b"", 204, ""),
    ],
    "not_imitated": [
        *(
            ("GET", f"/{name}", {}, b"", 500, "Internal server error")
            for name in ("vtl", "mapped", "lost", "unquoted")
        ),
        *(("GET", f"/{name}", {}, b"", 500, "Internal server error") for name in ("upstream", "private")),
        *(("GET", f"/{name}", {}, b"", 500, "Internal server error") for name in ("imported", "nothing")),
        ("POST", "/queue", {}, b"", 500, "Internal server error"),
        ("GET", "/served", {}, b"", 200, ""),
    ],
    "broken_authorizers": [
        ("GET", "/nobody", {}, b"", 500, '{"message": null}'),
        ("GET", "/conditional", {}, b"", 500, '{"message": null}'),
        ("GET", "/elsewhere", {}, b"", 500, '{"message": null}'),
    ],
    "packages": [
        ("GET", "/packaged", {}, b"", 200, "own: true"),
        ("GET", "/bare", {}, b"", 502, "Internal server error"),
        ("GET", "/lazy", {}, b"", 502, "Internal server error"),
        ("GET", "/tools", {}, b"", 200, "Logger"),
        ("GET", "/queue", {}, b"", 200, "sqs is not imitated locally, and SendMessage did not leave"),
        ("GET", "/invoke", {}, b"", 200, "own: true"),
        ("GET", "/context", {}, b"", 200, '"tenant_id": "None"'),
        ("GET", "/context", {}, b"", 200, '"trace": "Root=1-'),
        ("GET", "/context", {}, b"", 200, '"pool": "None"'),
        ("GET", "/context", {}, b"", 200, '"text": "LambdaContext([aws_request_id='),
    ],
    "shared_anchors": [("GET", "/one", {}, b"", 200, ""), ("GET", "/two", {}, b"", 200, "")],
}

NUMPY = "arn:aws:lambda:eu-central-1:123456789012:layer:numpy:1"
STORED = "its value is in Parameter Store, which is not imitated. The name of it there is used in its place"
ALWAYS_500 = "always answered by 500"
ONLY_FIXED = "only a fixed header, in quotes, is imitated"
UNQUOTED = f"600 to method.response.header.X; {ONLY_FIXED}"
MAPPED = f"integration.response.header.Y to method.response.header.X; {ONLY_FIXED}"

# What a developer reads at the start.
LINES: dict[str, list[str]] = {
    "api_key": [
        "API key Disabled opens nothing: it is not Enabled.",
        "API key Elsewhere opens nothing here: no usage plan of the stage has it.",
    ],
    "signed Api": [
        "GET /iam: always refused, it is authorized by IAM, whose signatures are not checked.",
        "GET /people: always refused, its authorizer People is of a kind that is not imitated.",
    ],
    "signed Extension": [
        "GET /extension: always refused, it is authorized by IAM, whose signatures are not checked.",
        "GET /undeclared: always refused, its security scheme Nobody is not declared.",
    ],
    "resource_policy": ["Resource policy: statement 4 has Condition of a kind that is not imitated."],
    "layers": [
        f"Layered: what its layer brings is missing here: {NUMPY}.",
    ],
    "declared_names": ["AWS::SQS::Queue is not imitated: Queue."],
    "parameters": [
        "Echo: SECRET of its environment is a dynamic reference, which is not resolved.",
        f"Parameter Stored: {STORED}; pass --parameter Stored=VALUE.",
    ],
    "not_imitated": [
        "Fn::ForEach::Topics is not expanded: AWS::LanguageExtensions is not imitated.",
        "ServerlessHttpApi: GET /http: HTTP APIs are not served.",
        "EchoJobs is not served: 'arn:aws:sqs:eu-central-1:123456789012:Queue' is not the stream of a table.",
        "AWS::SQS::Queue is not imitated: Queue.",
        "ApiliveStage: its responses are not cached here.",
        "ApiliveStage: its canary is not imitated, and gets no calls.",
        f"GET /unquoted: {ALWAYS_500}, its mock integration maps {UNQUOTED}.",
        "GET /upstream: always answered by 500, its integration of the type http is not imitated.",
        "POST /queue: always answered by 500, its integration of the type aws is not imitated.",
        "GET /vtl: always answered by 500, its mock integration has a template in VTL.",
        "GET /lost: always answered by 500, its function Lost is not in the template.",
        f"GET /private: {ALWAYS_500}, its integration goes through a VPC link, which is not imitated.",
        f"GET /imported: {ALWAYS_500}, Fn::ImportValue of 'elsewhere' cannot be resolved.",
        f"GET /mapped: {ALWAYS_500}, its mock integration maps {MAPPED}.",
        "GET /nothing: always answered by 500, it has no integration.",
    ],
    "broken_authorizers": [
        "GET /elsewhere: always refused, its authorizer is not a function of this template that runs here."
    ],
}
# What its own test covers, because its value is made up or comes from elsewhere.
ELSEWHERE = {"made_up_key", "signed Extension", "packages", "plain_api", "tables"}


@pytest.mark.parametrize("name", CALLS)
def test_a_template_is_served_as_on_aws_and_differences_are_printed(
    name: str, dynamodb_endpoint: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def run() -> None:
        template, _, api = name.partition(" ")
        async with serve(template, dynamodb_endpoint, tmp_path, api or None) as served:
            if name not in ELSEWHERE:
                assert sorted(served.lines) == sorted(LINES.get(name, []))
            for verb, target, headers, body, status, part in CALLS[name]:
                answer = await served.call(verb, target, headers, body)
                assert answer[0] == status, (target, answer)
                told = answer[1] if isinstance(answer[1], str) else json.dumps(answer[1])
                assert part in told, (target, told)
                if status == 500:
                    assert f"{verb} {target}: " in capfd.readouterr().err

    asyncio.run(run())


def test_every_template_is_called() -> None:
    assert {path.stem for path in TEMPLATES.glob("*.yaml")} == {name.partition(" ")[0] for name in CALLS}


def test_a_key_without_a_value_is_made_up_and_shown(dynamodb_endpoint: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with serve("made_up_key", dynamodb_endpoint, tmp_path) as served:
            [line] = served.lines
            start, _, value = line.partition(": ")
            assert start == "API key ApiApiKey, made up for this run"
            assert len(value) == 40
            assert (await served.call("GET", "/keyed", {"x-api-key": value}))[0] == 200

    asyncio.run(run())


def test_a_preflight_has_the_headers_that_the_template_says(dynamodb_endpoint: str, tmp_path: Path) -> None:
    async def run() -> None:
        async with serve("cors", dynamodb_endpoint, tmp_path) as served:
            status, body, headers = await served.call("OPTIONS", "/things", {"Origin": "https://example.com"})
            assert (status, body) == (200, {})
            assert headers["Access-Control-Allow-Origin"] == "https://example.com"
            assert headers["Access-Control-Allow-Headers"] == "x-api-key"
            assert headers["Access-Control-Allow-Methods"] == "OPTIONS,POST"
            assert headers["Access-Control-Max-Age"] == "600"

    asyncio.run(run())


def test_a_table_that_cannot_be_made_is_a_line_and_the_others_are_made(
    dynamodb_endpoint: str, tmp_path: Path
) -> None:
    async def run() -> None:
        async with serve("tables", dynamodb_endpoint, tmp_path) as served:
            wrong, many = sorted(served.lines, reverse=True)
            assert wrong.startswith("Table Wrong is not there: ")
            assert many.startswith("Table Many is not there: ")

    asyncio.run(run())
    dynamodb = client(dynamodb_endpoint, "eu-central-1")
    assert {"Text", "Everywhere"} <= set(dynamodb.list_tables()["TableNames"])
    throughput = dynamodb.describe_table(TableName="Text")["Table"]["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (5, 5)


def test_each_missing_package_of_a_function_is_a_line(
    dynamodb_endpoint: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    async def run() -> None:
        async with serve("packages", dynamodb_endpoint, tmp_path) as served:
            [line] = served.lines
            assert line.startswith(
                "Unbuilt is not built: a-distribution-that-nobody-made of its requirements.txt"
            )
            for path, name in (("/bare", "Bare"), ("/lazy", "Lazy")):
                await served.call("GET", path)
                told = (
                    f"{name}: aiohttp is not in its requirements.txt, and Lambda's runtime does not have it."
                )
                assert f"{told}\n" in capfd.readouterr().err

    asyncio.run(run())
