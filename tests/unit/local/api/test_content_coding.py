"""Compressed bodies, handled as API Gateway does it."""

import gzip
import zlib

import pytest

from local.api.content_coding import decoded, encoded
from local.api.responses.gateway_responses import GatewayError
from local.wire.exchange import Request, Response

LIMIT = 10_000
BODY = b"0123456789" * 100


def request(body: bytes = b"", **headers: str) -> Request:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request("POST", "/", "", named, body, "127.0.0.1")


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("deflate", "deflate"),
        ("gzip, deflate, br", "gzip"),
        ("deflate, gzip", "deflate"),
        ("gzip;q=0.5, deflate;q=0.8", "deflate"),
        ("br;q=0.1, gzip", "gzip"),
        # What is preferred is not known, so nothing is compressed.
        ("br, gzip", None),
        ("identity", None),
        ("*", None),
        ("gzip;q=0", None),
        ("gzip;q=x", None),
        ("", None),
    ],
)
def test_a_response_is_compressed_as_the_client_prefers(accepted: str, coding: str | None) -> None:
    response = encoded(
        Response(200, [("Content-Length", "1000")], BODY), request(Accept_Encoding=accepted), 0
    )
    assert isinstance(response.body, bytes)
    if coding == "gzip":
        assert gzip.decompress(response.body) == BODY
    else:
        assert (zlib.decompress(response.body) if coding else response.body) == BODY
    assert dict(response.headers).get("Content-Encoding") == coding
    assert ("Content-Length" in dict(response.headers)) is (coding is None)


@pytest.mark.parametrize(
    ("minimum", "compressed"), [(None, False), (0, True), (len(BODY), True), (len(BODY) + 1, False)]
)
def test_a_response_is_compressed_from_the_apis_minimum_on(minimum: int | None, *, compressed: bool) -> None:
    response = encoded(Response(200, [], BODY), request(Accept_Encoding="gzip"), minimum)
    assert (response.body != BODY) is compressed


def test_a_response_without_a_body_stays_without_one() -> None:
    response = Response(204, [], b"")
    assert encoded(response, request(Accept_Encoding="gzip"), 0) is response


def test_a_response_that_the_backend_has_encoded_does_not_change() -> None:
    response = Response(200, [("content-encoding", "br")], BODY)
    assert encoded(response, request(Accept_Encoding="gzip"), 0) is response


@pytest.mark.parametrize(
    ("coding", "compressed"), [("gzip", gzip.compress(BODY, mtime=0)), ("deflate", zlib.compress(BODY))]
)
def test_a_compressed_request_reaches_the_backend_as_it_was(coding: str, compressed: bytes) -> None:
    received = decoded(request(compressed, Content_Encoding=coding, X_Other="1"), LIMIT)
    assert (received.body, received.headers) == (BODY, [("X-Other", "1")])


def test_the_members_of_a_gzip_body_are_one_body() -> None:
    members = b"".join(gzip.compress(part, mtime=0) for part in (BODY, b"", b"end", *[b"x"] * 2000))
    assert decoded(request(members, Content_Encoding="gzip"), LIMIT).body == BODY + b"end" + b"x" * 2000


def test_413_members_that_are_too_large_together() -> None:
    members = gzip.compress(b"0" * (LIMIT // 2 + 1)) * 2
    with pytest.raises(GatewayError) as error:
        decoded(request(members, Content_Encoding="gzip"), LIMIT)
    assert error.value.kind == "REQUEST_TOO_LARGE"


@pytest.mark.parametrize(("coding", "body"), [(None, BODY), ("identity", BODY), ("gzip", b""), ("br", b"")])
def test_a_request_that_is_not_compressed_does_not_change(coding: str | None, body: bytes) -> None:
    sent = request(body, **({"Content_Encoding": coding} if coding else {}))
    assert decoded(sent, LIMIT) is sent


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("br", BODY),
        ("gzip, gzip", gzip.compress(gzip.compress(BODY, mtime=0), mtime=0)),
        ("gzip", BODY),
        ("gzip", gzip.compress(BODY, mtime=0) + b"more"),
        ("gzip", gzip.compress(BODY, mtime=0) + b"\0"),
        ("gzip", gzip.compress(BODY, mtime=0) * 2 + gzip.compress(BODY, mtime=0)[:10]),
        ("deflate", zlib.compress(BODY) * 2),
        ("gzip", zlib.compress(BODY)),
        ("gzip", gzip.compress(BODY, mtime=0)[:-1]),
    ],
)
def test_415_a_request_that_is_not_what_its_coding_says(coding: str, body: bytes) -> None:
    with pytest.raises(GatewayError) as refused:
        decoded(request(body, Content_Encoding=coding), LIMIT)
    assert (refused.value.kind, refused.value.status) == ("UNSUPPORTED_MEDIA_TYPE", 415)


def test_413_a_request_that_is_too_large_once_it_is_not_compressed() -> None:
    assert decoded(request(gzip.compress(b"0" * LIMIT), Content_Encoding="gzip"), LIMIT).body == b"0" * LIMIT
    with pytest.raises(GatewayError) as refused:
        decoded(request(gzip.compress(b"0" * (LIMIT + 1)), Content_Encoding="gzip"), LIMIT)
    assert refused.value.kind == "REQUEST_TOO_LARGE"
