"""What a Lambda proxy integration makes of a function's result."""

import base64

import pytest

from local.api.responses.proxy_response import BrokenBase64Error, MalformedResponseError, proxy_response


def response(result: object, *, binary: bool = False) -> tuple[int, list[tuple[str, str]], bytes]:
    made = proxy_response(result, binary=binary)
    assert isinstance(made.body, bytes)
    return made.status, made.headers, made.body


JSON = ("Content-Type", "application/json")


@pytest.mark.parametrize(("result", "status"), [({"statusCode": 204}, 204), ({}, 200)])
def test_no_field_is_required(result: object, status: int) -> None:
    assert response(result) == (status, [JSON], b"")


def test_a_status_of_digits_is_read_as_a_number() -> None:
    assert response({"statusCode": "201"})[0] == 201


def test_a_body_is_sent_unchanged() -> None:
    assert response({"statusCode": 200, "body": "é{}", "isBase64Encoded": False})[2] == "é{}".encode()


@pytest.mark.parametrize(
    "result",
    [
        None,
        "text",
        [],
        7,
        {"statusCode": 200, "other": 1},
        {"errorMessage": "of a function"},
        {"statusCode": None},
        {"statusCode": True, "body": ""},
        {"statusCode": 200.5},
        {"statusCode": "2OO"},
        {"statusCode": "٢٠٠"},
        {"statusCode": 99},
        {"statusCode": 101},
        {"statusCode": 600},
        {"statusCode": 200, "body": {"an": "object"}},
        {"statusCode": 200, "body": 7},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {"a": ["list"]}},
        {"statusCode": 200, "headers": {"a": None}},
        {"statusCode": 200, "headers": {"a": "b\r\nc: d"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"": "c"}},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "multiValueHeaders": ["a"]},
    ],
)
def test_a_malformed_result_is_refused(result: object) -> None:
    with pytest.raises(MalformedResponseError):
        proxy_response(result, binary=False)


def test_the_error_says_what_is_wrong_without_quoting_the_result() -> None:
    with pytest.raises(MalformedResponseError) as error:
        proxy_response({"statusCode": "hidden", "body": "hidden"}, binary=False)
    assert "hidden" not in str(error.value)


def test_header_values_become_strings() -> None:
    _, headers, _ = response({"statusCode": 200, "headers": {"a": 1, "b": True, "c": 0.5}})
    assert headers == [("a", "1"), ("b", "true"), ("c", "0.5"), JSON]


def test_both_kinds_of_headers_are_merged_and_a_pair_is_sent_once() -> None:
    _, headers, _ = response(
        {
            "statusCode": 200,
            "headers": {"a": "1", "b": "2"},
            "multiValueHeaders": {"a": ["1", "3"], "Set-Cookie": ["x=1", "y=2"]},
        }
    )
    pairs = [("a", "1"), ("a", "3"), ("Set-Cookie", "x=1"), ("Set-Cookie", "y=2"), ("b", "2"), JSON]
    assert headers == pairs


def test_the_functions_own_content_type_stays_whatever_its_case() -> None:
    _, headers, _ = response({"statusCode": 200, "headers": {"content-TYPE": "text/html"}})
    assert headers == [("content-TYPE", "text/html")]


def test_restricted_headers_are_renamed_or_dropped() -> None:
    _, headers, _ = response(
        {
            "statusCode": 401,
            "headers": {"WWW-Authenticate": "Bearer", "Content-Length": "9", "Transfer-Encoding": "chunked"},
        }
    )
    assert headers == [("x-amzn-Remapped-WWW-Authenticate", "Bearer"), JSON]


def test_a_base64_body_is_decoded_for_a_client_that_accepts_binary() -> None:
    result = {"statusCode": 200, "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}
    assert response(result, binary=True)[2] == b"\x00\xff"
    assert response(result, binary=False)[2] == b"AP8="


def test_an_invalid_base64_body_is_refused() -> None:
    with pytest.raises(BrokenBase64Error):
        proxy_response({"statusCode": 200, "body": "no base64!", "isBase64Encoded": True}, binary=True)
