from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizer.path import is_plain
from local.api.integrations.web_app import resolved


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api/runtime/capabilities",
        "/api/mcp/",
        "/a/b.c/.well-known/...",
        "/a/v1%2E2/50%25/na%20me/https%3A%2F%2Fexample.com",
        "/a/عميل",
        "/a/..b/b..",
    ],
)
def test_an_ordinary_path_is_plain(path: str) -> None:
    assert is_plain(path)


@pytest.mark.parametrize(
    "path",
    [
        "/api/runtime/../../invoices",
        "/api/runtime/%2e%2e/%2e%2e/invoices",
        "/api/runtime/.%2E/x",
        "/api/runtime/%252e%252e/x",
        "/api/runtime/%25252525252e/x",
        "/api/runtime/..%2f..%2finvoices",
        "/api/runtime/..%5cx",
        "/api/runtime/..\\x",
        "/api/runtime/a\\b",
        "/api/runtime/%5cx",
        "/api/runtime/..;x=1/y",
        "/api/runtime/.%3b/y",
        "/api/runtime/./y",
        "/api/runtime/..",
        "/api/runtime/.",
        "/api/runtime//y",
        "//evil.example/y",
        "/api/mcp//",
        "/api/runtime/.\t./y",
        "/api/runtime/.%09./y",
        "/api/runtime/a%00b",
        "/api/runtime/a%0d%0ab",
        "/api/runtime/\x7f",
    ],
)
def test_a_path_that_can_be_read_in_two_ways_is_not_plain(path: str) -> None:
    assert not is_plain(path)


_pieces = st.sampled_from(
    ["/", ".", "..", "%2e", "%2E", "%252e", "%2f", "%5c", "\\", ";", "a", "b.c", "%", "\t", " "]
)


@given(st.lists(_pieces, max_size=12).map("".join))
def test_a_plain_path_is_the_same_for_a_reader_who_resolves_it(path: str) -> None:
    path = "/" + path
    if is_plain(path):
        # What is not allowed in a path is encoded as well.
        for read in (path, unquote(path)):
            assert unquote(resolved(read)) == unquote(read)
