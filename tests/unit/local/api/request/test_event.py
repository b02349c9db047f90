"""The event that a function gets."""

from dataclasses import replace

import pytest

from local.api.request.call import Call
from local.api.request.event import authorizer_event, matches_media_type, proxy_event, request_context
from local.api.request.reception import received
from local.api.request.routes import Routes
from local.template.rest_api import Api
from local.wire.exchange import Request

TRACE = "Root=1-3152b799-8954dae64eda91bc9a23a7e8"

BODY = {
    "x-amazon-apigateway-binary-media-types": ["image/*"],
    "paths": {"/a/{id}": {"x-amazon-apigateway-any-method": {}}},
}
API = Api(
    region="eu-central-1", stage="live", variables={"color": "blue"}, address="https://api.example", body=BODY
)


def request(**changes: object) -> Request:
    arguments: dict[str, object] = {
        "method": "GET",
        "path": "/a/b%2Fc",
        "query": "x=1&x=2&y=&z=a%20b+c%C3%A9",
        "headers": [("Host", "h"), ("X-Api-Key", "one"), ("x-api-key", "two"), ("X-Api-Key", "three")],
        "body": b"",
        "source_ip": "127.0.0.1",
    }
    return Request(**arguments | changes)  # type: ignore[arg-type]


def call(sent: Request) -> Call:
    request = received(sent)
    match = Routes(BODY).match(request.method, request.path)
    assert match
    return Call(API, request, match, request_context(request, API, match.route.resource, sent.path))


def event(sent: Request) -> dict[str, object]:
    return proxy_event(call(sent))


def test_headers_keep_their_case_and_the_last_value_wins() -> None:
    sent = request()
    made = event(replace(sent, headers=[*sent.headers, ("X-Amzn-Trace-Id", TRACE)]))
    assert made["headers"] == {
        "Host": "h",
        "X-Api-Key": "three",
        "x-api-key": "two",
        "X-Amzn-Trace-Id": TRACE,
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Port": "80",
        "X-Forwarded-Proto": "http",
    }
    assert made["multiValueHeaders"] == {
        "Host": ["h"],
        "X-Api-Key": ["one", "three"],
        "x-api-key": ["two"],
        "X-Amzn-Trace-Id": [TRACE],
        "X-Forwarded-For": ["127.0.0.1"],
        "X-Forwarded-Port": ["80"],
        "X-Forwarded-Proto": ["http"],
    }


def test_a_clients_own_forwarding_header_gets_its_address_added() -> None:
    made = event(request(headers=[("X-Forwarded-For", "10.0.0.1")]))
    assert made["headers"]["X-Forwarded-For"] == "10.0.0.1, 127.0.0.1"  # type: ignore[index]


def test_a_query_is_decoded_with_all_its_values() -> None:
    made = event(request())
    assert made["queryStringParameters"] == {"x": "2", "y": "", "z": "a b cé"}
    assert made["multiValueQueryStringParameters"] == {"x": ["1", "2"], "y": [""], "z": ["a b cé"]}


def test_missing_fields_are_null() -> None:
    made = event(request(query=""))
    assert made["queryStringParameters"] is None
    assert made["multiValueQueryStringParameters"] is None
    assert made["body"] is None
    assert made["isBase64Encoded"] is False


def test_the_path_keeps_its_encoding_and_the_resource_its_names() -> None:
    made = event(request())
    assert made["path"] == "/a/b%2Fc"
    assert made["resource"] == "/a/{id}"
    assert made["pathParameters"] == {"id": "b%2Fc"}
    assert made["stageVariables"] == {"color": "blue"}


def test_the_context_says_where_and_who() -> None:
    context = event(request(headers=[("User-Agent", "curl"), ("Host", "h:1")]))["requestContext"]
    assert isinstance(context, dict)
    assert context["path"] == "/live/a/b%2Fc"
    assert context["resourcePath"] == "/a/{id}"
    assert (context["stage"], context["httpMethod"], context["apiId"]) == ("live", "GET", "local")
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userAgent"] == "curl"
    assert "authorizer" not in context


@pytest.mark.parametrize(
    ("content_type", "body", "text", "is_base64"),
    [
        ("application/json", "é".encode(), "é", False),
        ("application/json", b"\xff", "\ufffd", False),
        ("image/png", b"\xff", "/w==", True),
        ("IMAGE/PNG; x=y", b"\xff", "/w==", True),
        ("image/png", b"", None, False),
    ],
)
def test_a_body_is_text_unless_its_media_type_is_binary(
    content_type: str, body: bytes, text: str | None, is_base64: bool
) -> None:
    made = event(request(method="POST", body=body, headers=[("content-type", content_type)]))
    assert (made["body"], made["isBase64Encoded"]) == (text, is_base64)


def test_an_authorizer_gets_empty_objects_and_no_body() -> None:
    made = authorizer_event(call(request(query="", body=b"secret", method="POST")))
    assert made["type"] == "REQUEST"
    assert made["methodArn"].startswith("arn:aws:execute-api:")
    assert made["queryStringParameters"] == {}
    assert "body" not in made


def test_a_method_arn_holds_the_path_as_it_was_sent() -> None:
    arn = "arn:aws:execute-api:eu-central-1:123456789012:local/live/GET/a/b%2Fc"
    assert call(request()).method_arn == arn


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'a text'", "a text"),
        ("method.request.header.X-API-KEY", "three"),
        ("method.request.header.nothing", None),
        ("method.request.querystring.x", "2"),
        ("method.request.querystring.nothing", None),
        ("method.request.path.id", "b%2Fc"),
        ("method.request.body", None),
        ("stageVariables.color", "blue"),
        ("context.stage", "live"),
        ("context.identity.sourceIp", "127.0.0.1"),
        ("context.identity", None),
        ("context.identity.user", None),
        ("context.stage.deeper", None),
        ("nonsense", None),
    ],
)
def test_a_parameter_is_named_by_its_expression(expression: str, value: str | None) -> None:
    assert call(request()).parameter(expression) == value


@pytest.mark.parametrize(
    ("value", "types", "matches"),
    [
        ("image/png", ["image/png"], True),
        ("image/png, text/html", ["image/png"], True),
        ("text/html, image/png", ["image/png"], False),
        ("image/webp;q=0.9", ["image/*"], True),
        ("", ["*/*"], False),
        ("anything/else", ["*/*"], True),
        ("image/png", [], False),
        ("*/test", ["*/test"], False),
        ("some/test", ["*/test"], False),
        ("image/[a]", ["image/[ab]"], False),
        ("image", ["image/*"], False),
    ],
)
def test_only_the_first_media_type_counts(value: str, types: list[str], matches: bool) -> None:
    assert matches_media_type(value, types) is matches
