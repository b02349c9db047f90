"""The local gateway answers any request to any OpenAPI body: no exception escapes."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.api.gateway import Gateway
from local.functions.functions import Functions
from local.template.rest_api import Api
from local.template.stacks import Stacks
from local.template.template import Template
from local.wire.exchange import Request, Stream
from local.wire.forward import Forwarder

SAMPLE = Path(__file__).parents[1] / "integration" / "local" / "sample"
ARN = (
    "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-central-1:1:function:"
)

ANSWER = {"type": "aws_proxy", "httpMethod": "POST", "uri": f"{ARN}AnswerFunction/invocations"}

parts = st.sampled_from(
    [
        "a",
        "b",
        "{x}",
        "{y+}",
        "",
        "..",
        "%2e%2e",
        "%2F",
        "\\",
        "é",
        "{",
        "}",
        "a b",
        "{a-b}",
        "${stageVariables.v}",
    ]
)
paths = st.lists(parts, max_size=4).map(lambda found: "/" + "/".join(found))
verbs = st.sampled_from(
    ["get", "post", "options", "head", "x-amazon-apigateway-any-method", "trace", "parameters"]
)
texts = st.text(max_size=12)
sources = st.sampled_from(
    [
        "'fixed'",
        "'",
        "method.request.header.a",
        "method.request.path.x",
        "context.identity",
        "stageVariables.v",
        "x",
    ]
)
targets = st.sampled_from(
    [
        "integration.request.header.a",
        "integration.request.header.Content-Length",
        "integration.request.path.x",
        "integration.request.path.a-b",
        "integration.request.querystring.q",
        "integration.request.body",
        "nonsense",
    ]
)
uris = st.sampled_from(
    [
        *(f"{ARN}{name}/invocations" for name in ("AnswerFunction", "UnservedFunction", "Missing")),
        "http://127.0.0.1:1/{x}?a={a-b}",
        "http://127.0.0.1:1/${stageVariables.v}",
        "http://[::1/",
        "http:///a",
        "ftp://127.0.0.1/",
        "",
    ]
)
base = st.sampled_from([ANSWER, ANSWER, {"type": "http_proxy", "uri": "http://127.0.0.1:1/{x}"}, {}])
oddities = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["aws_proxy", "AWS_PROXY", "http_proxy", "http", "mock", "aws", ""]),
        "httpMethod": st.sampled_from(["POST", "GET", "ANY", "get"]),
        "uri": uris,
        "requestParameters": st.dictionaries(targets, sources, max_size=3),
        "timeoutInMillis": st.sampled_from([29000, "29000"]),
        "responseTransferMode": st.sampled_from(["STREAM", "BUFFERED"]),
    },
)
integrations = st.tuples(base, st.just({}) | oddities).map(lambda both: {**both[0], **both[1]})
bodies: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {
        "paths": st.dictionaries(
            paths,
            st.dictionaries(
                verbs,
                integrations.map(lambda one: {"x-amazon-apigateway-integration": one}),
                min_size=1,
                max_size=3,
            ),
            min_size=1,
            max_size=5,
        )
    },
    optional={
        "x-amazon-apigateway-binary-media-types": st.lists(
            st.sampled_from(["*/*", "image/*", "*/a", "", "a"]), max_size=2
        ),
        "x-amazon-apigateway-gateway-responses": st.dictionaries(
            st.sampled_from(["DEFAULT_4XX", "DEFAULT_5XX", "API_CONFIGURATION_ERROR", "UNKNOWN"]),
            st.fixed_dictionaries(
                {},
                optional={
                    "statusCode": st.sampled_from([418, "599"]),
                    "responseTemplates": st.dictionaries(st.sampled_from(["a/b", "application/json"]), texts),
                    "responseParameters": st.dictionaries(
                        st.sampled_from(["gatewayresponse.header.a", "a"]), sources
                    ),
                },
            ),
            max_size=2,
        ),
    },
)
results = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "statusCode",
                    "body",
                    "headers",
                    "multiValueHeaders",
                    "isBase64Encoded",
                    "Connection",
                    "a\r\n",
                    "",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
names = st.sampled_from(
    ["Host", "Accept", "Content-Type", "Content-Encoding", "Accept-Encoding", "Connection", "X-Amzn-Trace-Id"]
)
pairs = st.tuples(names | texts, texts | st.sampled_from(["gzip", "image/png", "h:1"]))


@st.composite
def cases(draw: st.DrawFn) -> tuple[dict[str, Any], Request]:
    """An API, and a request that is for one of its methods more often than not."""
    body = draw(bodies)
    declared = [(verb, path) for path, methods in body["paths"].items() for verb in methods]
    verb, path = draw(st.sampled_from(declared)) if declared else ("get", "/")
    method = "POST" if verb.startswith("x-") else verb.upper()
    request = Request(
        method=draw(
            st.just(method) | st.just(method) | st.sampled_from(["GET", "OPTIONS", "ANY", "get", ""])
        ),
        path=draw(st.just(path) | st.just(path) | paths | texts),
        query=draw(texts),
        headers=draw(st.lists(pairs, max_size=5)),
        body=draw(results.map(json.dumps).map(str.encode) | st.binary(max_size=20)),
        source_ip="127.0.0.1",
    )
    return body, request


class Gateways:
    """Gateways of any API, with the sample's functions behind them."""

    def __init__(self, runner: asyncio.Runner, functions: Functions, forwarder: Forwarder) -> None:
        self._runner, self._functions, self._forwarder = runner, functions, forwarder

    def answer(self, body: dict[str, Any], request: Request) -> tuple[int, bytes]:
        return self._runner.run(self._answer(body, request))

    async def _answer(self, body: dict[str, Any], request: Request) -> tuple[int, bytes]:
        address = "https://Api.execute-api.eu-central-1.amazonaws.com/live"
        api = Api(region="eu-central-1", stage="live", address=address, variables={"v": "1"}, body=body)
        gateway = Gateway(api, self._functions, self._forwarder, None)
        gateway.warnings()
        response, _ = await gateway.respond(request)
        if not isinstance(response.body, Stream):
            return response.status, response.body
        async with response.body as chunks:
            return response.status, b"".join([chunk async for chunk in chunks])


@pytest.fixture(scope="module")
def gateways(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateways]:
    template = Template.load(SAMPLE / "template.yaml", {})
    directory = tmp_path_factory.mktemp("functions")
    with asyncio.Runner() as runner:
        forwarder = runner.run(Forwarder().__aenter__())
        functions = runner.run(_functions(template, forwarder, directory))
        yield Gateways(runner, functions, forwarder)
        runner.run(functions.close())
        runner.run(forwarder.__aexit__())


async def _functions(template: Template, forwarder: Forwarder, directory: Path) -> Functions:
    return Functions(Stacks([template]), "http://127.0.0.1:1", forwarder, directory, {})


# The gateways keep no state.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases())
def test_every_request_is_answered(gateways: Gateways, case: tuple[dict[str, Any], Request]) -> None:
    status, _ = gateways.answer(*case)
    assert 200 <= status <= 599
