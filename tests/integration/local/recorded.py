"""What others recorded of Amazon API Gateway: one table, a line for each fact.

The facts were recorded by the tests marked `aws.validated` in
https://github.com/localstack/localstack/tree/main/tests/aws/services/apigateway, and are in the snapshots
beside them. Each line names the test that holds it, where its file's name is test_apigateway_FILE.py.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Replaced by the address of an HTTP upstream.
UPSTREAM = "upstream.invalid"

#: The value of a field that must be absent.
ABSENT = "(absent)"

Body = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A request to an API, and what is known of the answer: names as `Answer` has them, and their values."""

    source: str
    api: Body
    request: str
    headers: tuple[tuple[str, str], ...] = ()
    body: object = None
    variables: Mapping[str, str] = field(default_factory=dict)
    answer: Mapping[str, object]

    def __str__(self) -> str:
        return f"{self.source}: {self.request}"


def function(name: str, **extra: Any) -> Body:
    """A Lambda proxy integration."""
    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{name}"
    uri = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": uri} | extra


def http(uri: str, **extra: Any) -> Body:
    """An HTTP proxy integration."""
    return {"type": "http_proxy", "httpMethod": "POST", "uri": uri} | extra


def api(routes: Mapping[str, Body], **extra: Any) -> Body:
    """An OpenAPI body, given the integration of each route."""
    paths: dict[str, Any] = {}
    for route, integration in routes.items():
        verb, path = route.split()
        name = "x-amazon-apigateway-any-method" if verb == "ANY" else verb.lower()
        paths.setdefault(path, {})[name] = {"x-amazon-apigateway-integration": integration}
    return {"openapi": "3.0.1", "paths": paths} | extra


ECHO, ANSWER = function("EchoFunction"), function("AnswerFunction")

SIBLINGS = api({"POST /test": ECHO, "ANY /test/any": ECHO, "OPTIONS /{proxy+}": ECHO})
ORDER = api({"GET /part1": ECHO, "GET /{param+}": ECHO, "GET /part1/hardcoded-value": ECHO})
PROXY = api({"ANY /{proxy+}": ECHO, "ANY /hardcoded": ECHO})
EXISTING = api({"GET /existing": ECHO})
DECLARED_WITH_SLASH = api({"GET /hello/": ECHO})


def answers(*binary: str) -> Body:
    return api({"ANY /{proxy+}": ANSWER}, **{"x-amazon-apigateway-binary-media-types": list(binary)})


def routed(source: str, body: Body, request: str, resource: str, **more: object) -> Fact:
    """A fact of routing: the resource that serves a request, and what its function sees."""
    return Fact(
        source=source, api=body, request=request, answer={"status": 200, "event resource": resource} | more
    )


_SIBLING = "common test_proxy_routing_with_hardcoded_resource_sibling"
_ORDER = "common test_routing_with_hardcoded_resource_sibling_order"
_NOT_FOUND = "common test_routing_not_found"
_EVENT = "lambda test_lambda_aws_proxy_integration"
_NO_ROUTE = {
    "status": 403,
    "json message": "Missing Authentication Token",
    "header x-amzn-errortype": "MissingAuthenticationTokenException",
    "header x-amzn-trace-id": ABSENT,
}

ROUTES = [
    routed(_SIBLING, SIBLINGS, "OPTIONS /test", "/{proxy+}"),
    routed(_SIBLING, SIBLINGS, "POST /test", "/test"),
    routed(_SIBLING, SIBLINGS, "OPTIONS /test/any", "/test/any"),
    routed(_SIBLING, SIBLINGS, "GET /test/any", "/test/any"),
    routed(_ORDER, ORDER, "GET /part1", "/part1"),
    routed(_ORDER, ORDER, "GET /part1/hardcoded-value", "/part1/hardcoded-value"),
    routed(_ORDER, ORDER, "GET /part1/random-value", "/{param+}"),
    Fact(source=_NOT_FOUND, api=EXISTING, request="GET /random-non-existing", answer=_NO_ROUTE),
    Fact(source=_NOT_FOUND, api=EXISTING, request="POST /existing", answer=_NO_ROUTE),
    # Not recorded there, but by https://github.com/aws-powertools/powertools-lambda-python/pull/1577
    Fact(source="powertools", api=DECLARED_WITH_SLASH, request="GET /hello", answer={"status": 200}),
    Fact(source="powertools", api=DECLARED_WITH_SLASH, request="GET /hello/", answer={"status": 200}),
]


def passed(request: str, path: str, proxy: str | None, **more: object) -> Fact:
    """A fact of paths: what the function sees of one."""
    seen = {
        "event path": path,
        "event pathParameters": {"proxy": proxy} if proxy else None,
        "event requestContext path": f"/stage{request.split()[1].partition('?')[0]}",
    }
    return routed(_EVENT, PROXY, request, "/{proxy+}" if proxy else "/hardcoded", **seen, **more)


_EMAILS = "proxy-value/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com"
_QUERY = (
    "dateTimeOffset=2023-06-12T18:05:10.123456+00:00&email=test%2Balias@gmail.com&plus=test+alias@gmail.com"
    "&url=https://www.google.com/&whitespace=foo%20bar&zhash=abort/"
)
_PARAMETERS = {
    "dateTimeOffset": "2023-06-12T18:05:10.123456 00:00",
    "email": "test+alias@gmail.com",
    "plus": "test alias@gmail.com",
    "url": "https://www.google.com/",
    "whitespace": "foo bar",
    "zhash": "abort/",
}
_MANY = "category=electronics&category=books&price=10&price=20&price=30"

PATHS = [
    passed("GET /proxy-value", "/proxy-value", "proxy-value"),
    passed("GET /proxy-value/", "/proxy-value/", "proxy-value"),
    passed("GET /proxy-value//double-slash", "/proxy-value//double-slash", "proxy-value//double-slash"),
    passed("GET //proxy-value", "/proxy-value", "proxy-value"),
    passed("GET //hardcoded", "/hardcoded", None),
    passed(f"GET /{_EMAILS}", f"/{_EMAILS}", _EMAILS),
    passed(
        "GET /proxy-value/?urlparam=test",
        "/proxy-value/",
        "proxy-value",
        **{"event queryStringParameters": {"urlparam": "test"}},
    ),
    passed(
        f"GET /proxy-value/api?{_QUERY}",
        "/proxy-value/api",
        "proxy-value/api",
        **{"event queryStringParameters": _PARAMETERS},
    ),
    passed(
        f"GET /proxy-value?{_MANY}",
        "/proxy-value",
        "proxy-value",
        **{
            "event queryStringParameters": {"category": "books", "price": "30"},
            "event multiValueQueryStringParameters": {
                "category": ["electronics", "books"],
                "price": ["10", "20", "30"],
            },
        },
    ),
    passed(
        "POST /proxy-value",
        "/proxy-value",
        "proxy-value",
        **{
            "event queryStringParameters": None,
            "event multiValueQueryStringParameters": None,
            "event stageVariables": None,
            "event body": None,
            "event isBase64Encoded": False,
        },
    ),
]

# What integrations.py sends, but for what an HTTP client writes itself.
SENT = (
    ("Host", "api.example:8443"),
    ("Accept", "application/json"),
    ("Accept-Charset", "UTF-8"),
    ("Accept-Encoding", "br"),
    ("Age", "request_Age"),
    ("Authorization", "Unauthorized"),
    ("Connection", "close"),
    ("Content-Encoding", "deflate"),
    ("Content-Length", "0"),
    ("Content-MD5", "request_Content-MD5"),
    ("Content-Type", "application/json"),
    ("Date", "request_Date"),
    ("Expect", "100-continue"),
    ("Max-Forwards", "2"),
    ("Pragma", "cache"),
    ("Proxy-Authenticate", "Basic"),
    ("Range", "bytes=500-999"),
    ("Referer", "https://example.com/"),
    ("Server", "https://example.com/"),
    ("TE", "deflate"),
    ("Trailer", "Expires"),
    ("Transfer-Encoding", "chunked"),
    ("Upgrade", "HTTP/2.0"),
    ("User-Agent", "localStack/0.0"),
    ("Warn", "299 localStack/0.0"),
    ("WWW-Authenticate", "Basic YWxhZGRpbjpvcGVuc2VzYW1l"),
)
_NEVER_PASSED = {
    "Connection", "Content-Length", "Content-MD5", "Expect", "Max-Forwards", "Proxy-Authenticate", "Server",
    "TE", "Trailer", "Transfer-Encoding", "Upgrade", "WWW-Authenticate",
}  # fmt: skip
_ROOT = "Root=1-3152b799-8954dae64eda91bc9a23a7e8"
_FULL = f"{_ROOT};Parent=7fa8c0f79203be72;Sampled=1"
_TRACE = "common test_invocation_trace_id"
_REMAPPING_AWS = "integrations test_apigateway_header_remapping_aws[AWS_PROXY]"


def mapped(*headers: str) -> Body:
    return {"requestParameters": {f"integration.request.header.{name}": "'mapped'" for name in headers}}


_MISCONFIGURED = {
    "status": 500,
    "json message": "Internal server error",
    "header x-amzn-errortype": "InternalServerErrorException",
    "header x-amzn-trace-id": ABSENT,
}

EVENT_HEADERS = [
    Fact(
        source=_REMAPPING_AWS,
        api=PROXY,
        request="GET /no-param",
        headers=SENT,
        answer={f"event headers {name}": value for name, value in SENT if name not in _NEVER_PASSED}
        | {f"event headers {name}": ABSENT for name in _NEVER_PASSED}
        | {
            "event headers X-Amzn-Trace-Id": re.compile(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}"),
            "event headers X-Forwarded-For": "127.0.0.1",
            "event headers X-Forwarded-Port": "8443",
            "event headers X-Forwarded-Proto": re.compile("https?"),
            "header content-type": "application/json",
            "header x-amzn-trace-id": re.compile("Root=1-.*"),
            "header x-amzn-requestid": re.compile("[0-9a-f-]{36}"),
            "header x-amz-apigw-id": re.compile(".+"),
        },
    ),
    Fact(
        source=_EVENT,
        api=PROXY,
        request="GET /proxy-value",
        headers=(("tEsT-HEADeR", "aValUE"), ("authorization", "random-value"), ("user-Agent", "testing")),
        answer={
            "event headers tEsT-HEADeR": "aValUE",
            "event headers Authorization": "random-value",
            "event headers authorization": ABSENT,
            "event multiValueHeaders Authorization": ["random-value"],
            "event headers User-Agent": "testing",
            "event requestContext identity userAgent": "testing",
        },
    ),
    Fact(
        source=_EVENT,
        api=PROXY,
        request="POST /proxy-value",
        headers=(("aUThorization", "Bearer token123;API key456"),),
        answer={"event headers Authorization": "Bearer token123;API key456"},
    ),
    Fact(
        source=_TRACE,
        api=PROXY,
        request="GET /proxy-value",
        answer={
            "header x-amzn-trace-id": re.compile("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};.*")
        },
    ),
    Fact(
        source=_TRACE,
        api=PROXY,
        request="GET /proxy-value",
        headers=(("x-amzn-trace-id", _FULL),),
        answer={"header x-amzn-trace-id": re.compile(f"{_FULL}.*")},
    ),
    Fact(
        source=_TRACE,
        api=PROXY,
        request="GET /proxy-value",
        headers=(("x-amzn-trace-id", _ROOT),),
        answer={"header x-amzn-trace-id": re.compile(f"{_ROOT};Parent=(?!7fa8c0f79203be72)[0-9a-f]+;.+")},
    ),
    # What is mapped for a function is not used.
    Fact(
        source="lambda test_lambda_aws_proxy_integration_request_data_mapping",
        api=api(
            {
                "ANY /{pathVariable}": ECHO
                | {
                    "requestParameters": {
                        "integration.request.header.headerVar": "method.request.header.foobar",
                        "integration.request.path.pathVar": "method.request.path.pathVariable",
                        "integration.request.querystring.testQs": "method.request.querystring.testVar",
                    }
                }
            }
        ),
        request="POST /foobar?testQueryString=foo&testVar=bar",
        headers=(("foobar", "mapped-value"), ("headerVar", "request-value")),
        body={"message": "hello world"},
        answer={
            "event headers foobar": "mapped-value",
            "event headers headerVar": "request-value",
            "event queryStringParameters": {"testQueryString": "foo", "testVar": "bar"},
            "event pathParameters": {"pathVariable": "foobar"},
            "event body": '{"message": "hello world"}',
        },
    ),
    *(
        Fact(
            source=_REMAPPING_AWS,
            api=api({"GET /full": ECHO | mapped(header)}),
            request="GET /full",
            answer=_MISCONFIGURED,
        )
        for header in (
            "Content-Length",
            "Transfer-Encoding",
            "Authorization",
            "Connection",
            "Expect",
            "Proxy-Authenticate",
            "TE",
        )
    ),
    Fact(
        source=_REMAPPING_AWS,
        api=api({"GET /full": ECHO | mapped("Accept", "User-Agent", "Via", "Max-Forwards")}),
        request="GET /full",
        headers=SENT,
        answer={
            "event headers Accept": "application/json",
            "event headers User-Agent": "localStack/0.0",
            "event headers Max-Forwards": ABSENT,
        },
    ),
    Fact(
        source="lambda test_lambda_aws_proxy_integration_non_post_method",
        api=api({"ANY /{proxy+}": ECHO | {"httpMethod": "GET"}}),
        request="GET /proxy-value",
        answer={"status": 500, "json message": "Internal server error"},
    ),
]

_FORMAT = "lambda test_lambda_aws_proxy_response_format"
_VALIDATION = "lambda test_aws_proxy_response_payload_format_validation"
_BINARY = "lambda test_aws_proxy_binary_response"
_IMAGE = b"\x89PNG\xff\x00"
_IMAGE_TEXT = base64.b64encode(_IMAGE)
_EMPTY = {"status": 200, "body": b"", "header content-type": "application/json"}
_MALFORMED = {
    "status": 502,
    "json message": "Internal server error",
    "header x-amzn-errortype": "InternalServerErrorException",
}


def returned(source: str, result: object, **answer: object) -> Fact:
    """A fact of results: what a client gets for what a function returns."""
    named = {name.replace("__", " ").replace("_", "-"): value for name, value in answer.items()}
    return Fact(source=source, api=answers(), request="POST /test", body=result, answer=named)


RESULTS = [
    returned(_VALIDATION, {"statusCode": 200}, **_EMPTY),
    returned(
        _VALIDATION,
        {"statusCode": 200, "headers": {"test-header": "value", "header-bool": True}},
        header__test_header="value",
        header__header_bool="true",
        header__content_type="application/json",
    ),
    returned(_VALIDATION, {"statusCode": 200, "headers": None}, **_EMPTY),
    returned(_VALIDATION, {"statusCode": 200, "wrongValue": "value"}, **_MALFORMED),
    returned(_VALIDATION, {"statusCode": 200, "body": "dGVzdA==", "isBase64Encoded": True}, body=b"dGVzdA=="),
    returned(_VALIDATION, {"statusCode": 200, "body": "dGVzdA=="}, body=b"dGVzdA=="),
    returned(
        _VALIDATION,
        {"statusCode": 200, "multiValueHeaders": {"test-multi": ["value1", "value2"]}},
        header__test_multi="value1, value2",
    ),
    *(
        returned(
            _VALIDATION,
            {
                "statusCode": 200,
                "multiValueHeaders": {name: ["value-multi"]},
                "headers": {"test-multi": "value-solo"},
            },
            header__test_multi="value-multi, value-solo",
        )
        for name in ("test-multi", "tesT-Multi")
    ),
    returned(_VALIDATION, {"statusCode": 200, "multiValueHeaders": {"test-multi": "value1"}}, **_MALFORMED),
    returned(_VALIDATION, {"statusCode": "test"}, **_MALFORMED),
    returned(_VALIDATION, {"statusCode": "201"}, status=201),
    returned(_VALIDATION, "justAString", **_MALFORMED),
    returned(_VALIDATION, {"headers": {"test-header": "value"}}, **_EMPTY, header__test_header="value"),
    # The 502 for an empty request body in `_VALIDATION` is that of a function that fails on it.
    returned(_FORMAT, {}, **_EMPTY),
]


def binary(types: tuple[str, ...], accept: str | None, *, decoded: bool, **result: object) -> Fact:
    """A fact of binary bodies: whether a client that accepts a type gets the bytes, or base64."""
    return Fact(
        source=_BINARY,
        api=answers(*types),
        request="POST /test",
        headers=(("Accept", accept),) if accept else (),
        body={"statusCode": 200, "body": _IMAGE_TEXT.decode(), "isBase64Encoded": True} | result,
        answer={"status": 200, "body": _IMAGE if decoded else _IMAGE_TEXT},
    )


_FIRST, _SECOND = ("image/png", "*/test"), ("image/png", "image/jpg", "application/*")
_OF_TEST, _OF_IMAGE = (
    {"headers": {"Content-Type": "application/test"}},
    {"headers": {"Content-Type": "image/png"}},
)

BINARY = [
    binary((), "image/png", decoded=False),
    binary(_FIRST, "image/png", decoded=True),
    binary(_FIRST, "image/jpg", decoded=False),
    binary(_FIRST, "image/*", decoded=False),
    binary(_FIRST, "*/test", decoded=False),
    binary(_FIRST, "random/test", decoded=False),
    binary(_FIRST, "*/*", decoded=False),
    binary(_FIRST, "image/webp,image/png,*/*;q=0.8", decoded=False),
    binary(_FIRST, "image/png,image/*,*/*;q=0.8", decoded=True),
    binary(_FIRST, "image/png", decoded=False, isBase64Encoded=False),
    binary(_SECOND, "application/whatever", decoded=True, **_OF_TEST),
    binary(_SECOND, "application/test", decoded=True, **_OF_TEST),
    binary(_SECOND, "application/*", decoded=True, **_OF_TEST),
    binary(_SECOND, "image/jpg", decoded=True, **_OF_IMAGE),
    binary(_SECOND, "application", decoded=False),
    binary(_SECOND, None, decoded=False),
    Fact(
        source=_BINARY,
        api=answers(*_SECOND),
        request="POST /test",
        headers=(("Accept", "image/png"),),
        body={"statusCode": 200, "body": "èé+à)(", "isBase64Encoded": True},
        answer=_MISCONFIGURED,
    ),
]

_REMAPPING_HTTP = "integrations test_apigateway_header_remapping_http[HTTP_PROXY]"
_IMPORTED = "import test_import_with_stage_variables"
_MAPPINGS = {
    "integration.request.header.headerVar": "method.request.header.foobar",
    "integration.request.path.qsVar": "method.request.querystring.testVar",
    "integration.request.path.path-var": "method.request.path.pathVariable",
    "integration.request.querystring.queryString": "method.request.querystring.testQueryString",
    "integration.request.querystring.testQs": "method.request.querystring.testQueryString",
    "integration.request.querystring.testEmptyQs": "method.request.header.emptyheader",
}
_WITH_VARIABLES = api(
    {
        "GET /path1": http(
            "http://${stageVariables.TestHost}/${stageVariables.testPath}?${stageVariables.querystring}"
        )
    }
)
_MAPPED_HEADERS = {
    "Accept": "text/html",
    "Authorization": "request_params_authorization",
    "Content-Encoding": "compress",
    "Content-MD5": "request_params_Content-MD5",
    "Max-Forwards": "2",
    "Server": "https://example.com/page",
    "Trailer": "user-agent",
    "User-Agent": "Override-Agent",
    "WWW-Authenticate": "Basic YWxhZGRpbjpvcGVuc2VzYW1l",
}
_NEVER_SENT = ("Connection", "Expect", "Proxy-Authenticate", "TE")

HTTP = [
    Fact(
        source="http test_http_proxy_integration_request_data_mappings",
        api=api(
            {
                "ANY /{pathVariable}": http(
                    f"http://{UPSTREAM}/?testVar={{path-var}}&testQs={{qsVar}}", requestParameters=_MAPPINGS
                )
            }
        ),
        request="POST /foobar?testQueryString=foo&testVar=bar",
        headers=(
            ("foobar", "mapped-value"),
            ("user-Agent", "test/integration"),
            ("headerVar", "request-value"),
        ),
        body={"message": "hello world"},
        answer={
            "status": 200,
            "upstream query": {
                "queryString": "foo",
                "testQs": "bar,foo",
                "testQueryString": "foo",
                "testVar": "foobar,bar",
            },
            "upstream headers foobar": "mapped-value",
            "upstream headers headervar": "mapped-value",
            "upstream headers user-agent": "test/integration",
            "upstream headers host": re.compile(r"127\.0\.0\.1:\d+"),
            "upstream method": "POST",
            "header x-amzn-remapped-connection": "keep-alive",
            "header x-amzn-remapped-content-length": re.compile(r"\d+"),
            "header x-amzn-remapped-date": re.compile(".+"),
            "header x-amzn-remapped-x-amzn-requestid": "of-the-upstream",
            "header x-amzn-requestid": re.compile("[0-9a-f-]{36}"),
        },
    ),
    Fact(
        source=_REMAPPING_HTTP,
        api=api({"GET /no-param": http(f"http://{UPSTREAM}/post")}),
        request="GET /no-param",
        headers=SENT,
        answer={
            **{
                f"upstream headers {name.lower()}": value
                for name, value in SENT
                if name not in _NEVER_PASSED | {"Host", "Content-Encoding"}
            },
            **{
                f"upstream headers {name.lower()}": ABSENT
                for name in (_NEVER_PASSED | {"Content-Encoding"}) - {"Content-Length", "Connection"}
            },
            "upstream headers x-amzn-apigateway-api-id": re.compile("[a-z0-9]+"),
            "upstream headers x-amzn-trace-id": re.compile("Root=1-.*"),
            "header x-amzn-remapped-connection": "keep-alive",
            "header x-amzn-remapped-content-length": re.compile(r"\d+"),
            "header x-amzn-remapped-server": "gunicorn/19.9.0",
            "header server": ABSENT,
            "header x-amzn-trace-id": ABSENT,
        },
    ),
    Fact(
        source=_REMAPPING_HTTP,
        api=api(
            {
                "GET /full": http(
                    f"http://{UPSTREAM}/post",
                    requestParameters={
                        f"integration.request.header.{name}": f"'{value}'"
                        for name, value in (_MAPPED_HEADERS | dict.fromkeys(_NEVER_SENT, "never")).items()
                    }
                    | {"integration.request.header.Host": "method.request.header.Host"},
                )
            }
        ),
        request="GET /full",
        headers=SENT,
        answer={f"upstream headers {name.lower()}": value for name, value in _MAPPED_HEADERS.items()}
        | {f"upstream headers {name.lower()}": ABSENT for name in _NEVER_SENT if name != "Connection"}
        | {"upstream headers host": "api.example:8443"},
    ),
    *(
        Fact(
            source=_REMAPPING_HTTP,
            api=api({"GET /full": http(f"http://{UPSTREAM}/post", **mapped(header))}),
            request="GET /full",
            answer=_MISCONFIGURED,
        )
        for header in ("Content-Length", "Transfer-Encoding")
    ),
    Fact(
        source=_IMPORTED,
        api=_WITH_VARIABLES,
        request="GET /path1",
        variables={"TestHost": UPSTREAM, "testPath": "test-path", "querystring": "qs_key=qs_value"},
        answer={
            "upstream method": "POST",
            "upstream path": "/test-path",
            "upstream query": {"qs_key": "qs_value"},
        },
    ),
    Fact(source=_IMPORTED, api=_WITH_VARIABLES, request="GET /path1", answer=_MISCONFIGURED),
    *(
        Fact(
            source="http test_http_integration_invoke_status_code_passthrough[HTTP_PROXY]",
            api=api({"GET /status": http(f"http://{UPSTREAM}/status/{status}")}),
            request="GET /status",
            answer={"status": status},
        )
        for status in (200, 400)
    ),
]

_RESPONSES = "api test_gateway_response_put"
_TOLD = {"application/json": '{"told": $context.error.messageString, "type": "$context.error.responseType"}'}
_OF_CLASS = {
    "statusCode": "599",
    "responseParameters": {"gatewayresponse.header.x-request-header": "method.request.header.Accept"},
    "responseTemplates": _TOLD,
}


def declared(routes: Mapping[str, Body], **responses: Body) -> Body:
    return api(routes, **{"x-amazon-apigateway-gateway-responses": responses})


GATEWAY_RESPONSES = [
    # One without a template or a status of its own has the default ones, whatever DEFAULT_5XX says.
    Fact(
        source=_RESPONSES,
        api=declared(
            {"GET /full": ECHO | {"httpMethod": "GET"}},
            DEFAULT_5XX=_OF_CLASS,
            API_CONFIGURATION_ERROR={"responseParameters": {"gatewayresponse.header.foo": "'bar'"}},
        ),
        request="GET /full",
        headers=(("Accept", "text/html"),),
        answer={
            "status": 500,
            "json message": "Internal server error",
            "header foo": "bar",
            "header x-request-header": ABSENT,
        },
    ),
    Fact(
        source=_RESPONSES,
        api=declared({"GET /full": ECHO | {"httpMethod": "GET"}}, DEFAULT_5XX=_OF_CLASS),
        request="GET /full",
        headers=(("Accept", "text/html"),),
        answer={
            "status": 599,
            "json told": "Internal server error",
            "json type": "API_CONFIGURATION_ERROR",
            "header x-request-header": "text/html",
        },
    ),
    Fact(
        source=_RESPONSES,
        api=declared({}, MISSING_AUTHENTICATION_TOKEN={"statusCode": "404"}),
        request="GET /",
        answer={"status": 404, "json message": "Missing Authentication Token"},
    ),
    Fact(
        source=_RESPONSES,
        api=declared({}, MISSING_AUTHENTICATION_TOKEN={"responseTemplates": _TOLD}),
        request="GET /",
        answer={"status": 403, "json type": "MISSING_AUTHENTICATION_TOKEN"},
    ),
]

_MOCKED = "integrations test_integration_mock_with_path_param"


def mock(template: str) -> Body:
    """A mock integration whose one response is for what is a success."""
    return {
        "type": "mock",
        "requestTemplates": {"application/json": template},
        "responses": {"2\\d{2}": {"statusCode": "200", "responseTemplates": {}}},
    }


MOCKS = [
    Fact(
        source=_MOCKED,
        # No JSON, as the AWS CDK writes it for a preflight.
        api=api({"GET /{testPath}": mock("{statusCode: 200}")}),
        request="GET /test-path",
        answer={"status": 200, "body": b""},
    ),
]

FACTS = [*ROUTES, *PATHS, *EVENT_HEADERS, *RESULTS, *BINARY, *HTTP, *MOCKS, *GATEWAY_RESPONSES]


def sent_body(fact: Fact) -> bytes:
    """The body of the fact's request."""
    return b"" if fact.body is None else json.dumps(fact.body).encode()
