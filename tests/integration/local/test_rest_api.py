"""The REST API over HTTP: routes, events, responses, limits, authorizers."""

import gzip
import http.client
import json
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.integration.local.conftest import PATIENCE_S, Gateway

Echo = Callable[..., Any]


def raw(gateway: Gateway, request: bytes) -> bytes:
    """All that the gateway answers to these bytes until it closes the connection."""
    address = urlsplit(gateway.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def test_the_stage_and_its_variables_reach_the_function(event: Echo) -> None:
    received = event("GET", "/")
    assert received["resource"] == received["path"] == "/"
    assert received["requestContext"]["path"] == "/test/"
    assert received["stageVariables"] == {"color": "blue"}


def test_an_encoded_path_arrives_as_it_was_sent(event: Echo) -> None:
    received = event("GET", "/echo/a%2Fb%20c/d/e%3F")
    assert received["path"] == "/echo/a%2Fb%20c/d/e%3F"
    assert received["pathParameters"] == {"id": "a%2Fb%20c", "rest": "d/e%3F"}


@pytest.mark.parametrize(
    ("target", "host", "path"),
    [
        ("http://api.example:8080/echo?a=b", "api.example:8080", "/echo"),
        ("HTTPS://someone@api.example/echo/", "api.example", "/echo/"),
        ("http://api.example?a=b", "api.example", "/"),
        ("//echo", "other.example", "/echo"),
    ],
)
def test_the_host_of_a_request_line_is_the_host(gateway: Gateway, target: str, host: str, path: str) -> None:
    head = f"GET {target} HTTP/1.1\r\nHost: other.example\r\nConnection: close\r\n\r\n"
    _, _, body = raw(gateway, head.encode()).partition(b"\r\n\r\n")
    received = json.loads(body)["event"]
    assert received["multiValueHeaders"]["Host"] == [host]
    assert received["requestContext"]["domainName"] == host
    assert received["path"] == path
    assert (received["queryStringParameters"] or {}) == ({"a": "b"} if "?" in target else {})


@pytest.mark.parametrize("target", ["*", "http:///echo", "api.example:443", "ftp://api.example/echo"])
def test_404_a_request_line_without_a_path(gateway: Gateway, target: str) -> None:
    head = f"OPTIONS {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    assert raw(gateway, head.encode()).split()[1] in (b"404", b"400")


def test_header_names_keep_their_case(gateway: Gateway) -> None:
    address = urlsplit(gateway.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=PATIENCE_S)
    connection.putrequest("GET", "/echo")
    for name, value in (("X-MiXeD", "1"), ("x-mixed", "2"), ("X-MiXeD", "3")):
        connection.putheader(name, value)
    connection.endheaders()
    received = json.loads(connection.getresponse().read())["event"]
    connection.close()
    assert received["multiValueHeaders"]["X-MiXeD"] == ["1", "3"]
    assert received["multiValueHeaders"]["x-mixed"] == ["2"]
    assert received["headers"]["X-MiXeD"] == "3"


def test_a_compressed_body_reaches_the_function_as_it_was(event: Echo) -> None:
    received = event("POST", "/echo", content=gzip.compress(b"plain"), headers={"Content-Encoding": "gzip"})
    assert received["body"] == "plain"


def test_415_a_body_that_is_not_compressed_as_it_says(gateway: Gateway) -> None:
    answer = gateway.http.post("/echo", content=b"plain", headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()) == (415, {"error": "Unsupported Media Type"})


def test_an_answer_of_the_apis_minimum_size_is_compressed_on_request(gateway: Gateway) -> None:
    for length, coding in ((1999, None), (2000, "gzip")):
        result = {"statusCode": 200, "body": "0" * length}
        answer = gateway.http.post("/answer", json=result, headers={"Accept-Encoding": "gzip"})
        assert answer.text == "0" * length
        assert answer.headers.get("content-encoding") == coding


@pytest.mark.parametrize(("method", "path"), [("GET", "/nope"), ("DELETE", "/answer")])
def test_404_an_unknown_path_or_verb(gateway: Gateway, method: str, path: str) -> None:
    answer = gateway.http.request(method, path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})
    assert answer.headers["content-type"] == "application/json"


def test_an_answer_carries_what_the_function_said(gateway: Gateway) -> None:
    result = {
        "statusCode": 418,
        "headers": {"X-One": "1", "WWW-Authenticate": "Bearer"},
        "multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]},
        "body": "é",
    }
    answer = gateway.http.post("/answer", json=result)
    assert (answer.status_code, answer.text) == (418, "é")
    assert answer.headers["x-one"] == "1"
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["x-amzn-remapped-www-authenticate"] == "Bearer"


@pytest.mark.parametrize(("accept", "body"), [("image/png", b"\xff"), ("text/html", b"/w==")])
def test_binary_is_sent_to_clients_that_accept_it(gateway: Gateway, accept: str, body: bytes) -> None:
    result = {"statusCode": 200, "body": "/w==", "isBase64Encoded": True}
    assert gateway.http.post("/answer", json=result, headers={"Accept": accept}).content == body


@pytest.mark.parametrize("result", ["text", {"other": 1}, {"statusCode": 200, "body": {}}, None])
def test_502_a_malformed_result(gateway: Gateway, result: object) -> None:
    answer = gateway.http.post("/answer", content=json.dumps(result))
    assert (answer.status_code, answer.json()) == (502, {"error": "Internal server error"})


def test_413_a_body_beyond_10_mb(gateway: Gateway) -> None:
    answer = gateway.http.post("/echo", content=b" " * (10 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()) == (413, {"error": "Request Too Long"})


def test_413_an_event_beyond_what_lambda_takes(gateway: Gateway) -> None:
    assert gateway.http.post("/echo", content=b" " * 7_000_000).status_code == 413


@pytest.mark.parametrize("size", [9_900, 10_300, 19_000])
def test_413_headers_beyond_10240_bytes(gateway: Gateway, size: int) -> None:
    answer = gateway.http.get("/echo", headers={"x-long": "x" * size})
    assert answer.status_code == (200 if size < 10_000 else 413)
    assert answer.json()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"NOT HTTP\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\r\nContent-Length: nine\r\n\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_400_what_is_not_http(gateway: Gateway, request_bytes: bytes) -> None:
    head, _, body = raw(gateway, request_bytes).partition(b"\r\n\r\n")
    assert head.split()[1] == b"400"
    assert json.loads(body) == {"error": "Bad Request"}


def test_a_client_that_expects_100_continue_gets_it(gateway: Gateway) -> None:
    address = urlsplit(gateway.url)
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S) as connection:
        connection.sendall(
            b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
            b"Connection: close\r\n\r\n"
        )
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        connection.sendall(b"hi")
        assert connection.recv(100).startswith(b"HTTP/1.1 200")


def test_the_gateway_works_after_a_client_hangs_up(gateway: Gateway) -> None:
    address = urlsplit(gateway.url)
    for request in (b"GET /echo HT", b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf"):
        socket.create_connection((address.hostname, address.port)).close()
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall(request)
    assert gateway.http.get("/echo").status_code == 200


# Authorizers.


def guarded(gateway: Gateway, wish: str | None, path: str = "/guarded") -> tuple[int, Any]:
    answer = gateway.http.get(path, headers={"x-id": wish} if wish else {})
    return answer.status_code, answer.json()


def test_an_allowed_call_carries_the_authorizers_context_as_strings(gateway: Gateway) -> None:
    status, body = guarded(gateway, "typed")
    assert status == 200
    authorizer = body["event"]["requestContext"]["authorizer"]
    assert isinstance(authorizer.pop("integrationLatency"), int)
    assert authorizer == {"principalId": "somebody", "yes": "true", "number": "7", "text": "t"}


def test_the_authorizer_sees_the_path_and_the_arn_of_the_call(gateway: Gateway) -> None:
    _, body = guarded(gateway, "event", "/guarded/a%2Fb")
    authorizer = body["event"]["requestContext"]["authorizer"]
    assert authorizer["path"] == "/guarded/a%2Fb"
    arn = "arn:aws:execute-api:eu-central-1:123456789012:local/test/GET/guarded/a%2Fb"
    assert authorizer["arn"] == arn


def test_401_the_exception_unauthorized(gateway: Gateway) -> None:
    answer = gateway.http.get("/guarded")
    assert (answer.status_code, answer.json()) == (401, {"error": "Who are you?"})
    assert answer.headers["www-authenticate"] == "Bearer"


def test_403_an_explicit_and_an_implicit_deny(gateway: Gateway) -> None:
    message = "User is not authorized to access this resource"
    denied = guarded(gateway, "Deny")
    assert denied == (403, {"error": "just so", "message": f"{message} with an explicit deny"})
    assert guarded(gateway, "elsewhere") == (403, {"error": "not here", "message": message})


def test_503_any_other_exception(gateway: Gateway) -> None:
    assert guarded(gateway, "crash") == (503, {"error": "authorizer failed"})


@pytest.mark.parametrize("wish", ["nonsense", "nested", "Maybe"])
def test_503_a_malformed_answer(gateway: Gateway, wish: str) -> None:
    assert guarded(gateway, wish) == (503, {"error": "authorizer answered nonsense"})


def test_401_a_missing_identity_source_without_asking_the_function(gateway: Gateway) -> None:
    assert guarded(gateway, None, "/identified")[0] == 401
    assert guarded(gateway, "crash", "/identified")[0] == 503


def test_a_token_authorizer_gets_the_token(gateway: Gateway) -> None:
    assert gateway.http.get("/token").status_code == 401
    assert gateway.http.get("/token", headers={"X-Token": "Allow"}).status_code == 200
    assert gateway.http.get("/token", headers={"X-Token": "Deny"}).status_code == 403


def test_a_route_whose_authorizer_is_not_imitated_is_refused_signed_or_not(gateway: Gateway) -> None:
    # The gateway response of the sample: to AWS it is a missing token, as an unknown path is.
    assert gateway.http.get("/iam").status_code == 404
    assert gateway.http.get("/iam", headers={"Authorization": "AWS4-HMAC-SHA256 x"}).status_code == 403
    assert gateway.printed("GET /iam: always refused, it is authorized by IAM")
