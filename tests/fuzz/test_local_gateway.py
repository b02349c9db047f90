"""No template and no request ends the local gateway in a traceback.

The templates are those of its integration tests, each with something replaced, renamed or gone. Functions
are not run: a stub that always answers the same replaces each.
"""

import asyncio
import copy
import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import yaml
from hypothesis import given
from hypothesis import strategies as st

from local.api.gateway import Gateway
from local.api.request.routes import Routes
from local.template.document import read
from local.template.parameters import TemplateError
from local.template.template import Template
from local.wire.exchange import Request
from local.wire.forward import Forwarder

if TYPE_CHECKING:
    from local.functions.functions import Functions

TEMPLATES = Path(__file__).parents[1] / "integration" / "local" / "templates"
NAMES = sorted(path.name for path in TEMPLATES.glob("*.yaml"))
# More than one API in it: nothing is served without a choice.
APIS = {"signed.yaml": "Extension"}


class Answering:
    """Replaces all functions."""

    def __init__(self, answer: object) -> None:
        self._answer = json.dumps(answer).encode()

    def has_handler(self, name: str) -> bool:
        return bool(name)

    def is_web_app(self, _name: str) -> bool:
        return False

    async def invoke(self, _name: str, event: bytes) -> bytes:
        assert json.loads(event)
        return self._answer

    def print_error(self, *_: object) -> None:
        """Drop the output."""


def gateway(template: Template, answer: object) -> Gateway:
    return Gateway(template.api, cast("Functions", Answering(answer)), Forwarder(), None)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in a document."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))


@cache
def document(name: str) -> str:
    return json.dumps(read(TEMPLATES / name))


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        None, 0, -1, 5, 1e400, True, "", "x", "\0", "2026-01-01", "${", "{{resolve:ssm:x}}", "arn:aws:lambda",
        [], [None], [[]], ["x", 1], {}, {"x": None}, {"Ref": "Nowhere"}, {"Ref": []}, {"Fn::Sub": "${"},
        {"Fn::GetAtt": "Nowhere"}, {"Fn::GetAtt": ["Api", {}]}, {"Fn::If": ["No", 1, 2]}, {"Fn::Join": 1},
        {"Fn::Select": ["9", []]}, {"Fn::Transform": 1}, {"Fn::Split": [1, 2]}, {"Ref": "AWS::NoValue"},
        {"Fn::ImportValue": "x"}, {"Condition": "No"},
    ]
).map(copy.deepcopy)  # fmt: skip
REQUEST = st.builds(
    Request,
    method=st.sampled_from(["GET", "POST", "OPTIONS", "PUT", "HEAD", "DELETE", "TRACE", "x"]),
    path=st.sampled_from(["/", "//", "/things", "/things/1", "/keyed", "/near", "/loop", "*", ""])
    | st.text(max_size=20).map("/".__add__),
    query=st.sampled_from(["", "page=1", "page", "&&==", "page=%zz"]) | st.text(max_size=20),
    headers=st.lists(
        st.tuples(
            st.sampled_from(
                ["Host", "x-api-key", "Content-Type", "Accept", "Authorization", "X-Who", "Content-Encoding"]
            ),
            st.sampled_from(
                ["application/json", "gzip", "*/*", "", "a-key-of-twenty-letters", "AWS4-HMAC-SHA256 x"]
            )
            | st.text(max_size=10),
        ),
        max_size=5,
    ),
    body=st.sampled_from([b"", b"{}", b'{"a": 1, "b": 1}', b"[", b"\xff", b"[" * 3000])
    | st.binary(max_size=20),
    source_ip=st.sampled_from(["127.0.0.1", "::1"]),
)
ANSWER = ODD | st.fixed_dictionaries(
    {},
    optional={
        "statusCode": ODD, "body": ODD, "headers": ODD, "multiValueHeaders": ODD, "isBase64Encoded": ODD,
        "principalId": ODD, "policyDocument": ODD, "context": ODD, "usageIdentifierKey": ODD,
    },
)  # fmt: skip


def answers(template: Template, answer: object, requests: list[Request]) -> None:
    async def run() -> None:
        served = gateway(template, answer)
        assert all(isinstance(line, str) for line in served.warnings())
        for request in requests:
            response, _ = await served.respond(request)
            assert 100 <= response.status <= 599

    asyncio.run(run())


@given(name=st.sampled_from(NAMES), data=st.data())
def test_a_damaged_template_is_served_or_refused_with_a_line(name: str, data: st.DataObject) -> None:
    damaged = json.loads(document(name))
    for _ in range(data.draw(st.integers(1, 3))):
        found = list(places(damaged))
        if not found:
            break
        *above, last = data.draw(st.sampled_from(found))
        parent = damaged
        for key in above:
            parent = parent[key]
        value = parent.pop(last)
        match data.draw(st.sampled_from(["replace", "rename", "remove"])):
            case "replace" if isinstance(parent, list):
                parent.insert(last, data.draw(ODD))
            case "replace":
                parent[last] = data.draw(ODD)
            case "rename" if isinstance(parent, dict):
                parent[data.draw(st.sampled_from(["Type", "x", "Ref", "Fn::Sub", "5", ""]))] = value
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "template.yaml"
        path.write_text(yaml.safe_dump(damaged))
        try:
            template = Template.load(path, api=APIS.get(name))
        except TemplateError:
            return
    requests = [
        Request(
            "GET" if route.verb == "ANY" else route.verb,
            route.resource.replace("{", "").replace("}", ""),
            "",
            [("Host", "localhost")],
            b"{}",
            "127.0.0.1",
        )
        for route in Routes(template.api.body)
        if str(route.integration.get("type")).lower() != "http_proxy"
    ]
    answers(template, {"statusCode": 200}, requests)


@cache
def whole(name: str) -> Template:
    return Template.load(TEMPLATES / name, api=APIS.get(name))


@given(name=st.sampled_from(NAMES), requests=st.lists(REQUEST, min_size=1, max_size=5), answer=ANSWER)
def test_any_request_is_answered(name: str, requests: list[Request], answer: object) -> None:
    answers(whole(name), answer, requests)
