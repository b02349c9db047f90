"""The path that a web application gets, as AWS Lambda Web Adapter passes it."""

import pytest

from local.api.integrations.web_app import resolved


@pytest.mark.parametrize(
    ("path", "passed"),
    [
        ("/", "/"),
        ("/a/b", "/a/b"),
        ("/a/b/", "/a/b/"),
        ("/a//b", "/a//b"),
        ("/a/./b", "/a/b"),
        ("/a/../b", "/b"),
        ("/a/b/..", "/a/"),
        ("/a/.", "/a/"),
        ("/..", "/"),
        ("/../../a", "/a"),
        ("/a//../b", "/a/b"),
        ("/a/%2e%2E/b", "/b"),
        ("/a/.%2e/b", "/b"),
        ("/a/%2e/b", "/a/b"),
        ("/a\\b", "/a/b"),
        ("/a\\..\\b", "/b"),
        ("/a/%5c../b", "/a/%5c../b"),
        ("/a%2F..%2fb", "/a%2F..%2fb"),
        ("/a/...", "/a/..."),
        ("/a/%252e%252e/b", "/a/%252e%252e/b"),
        ("/{a}|^[b]~", "/%7Ba%7D|^[b]~"),
        ('/"<>`', "/%22%3C%3E%60"),
        ("/é", "/%C3%A9"),
        ("/a/.\t./b", "/b"),
        ("/api/runtime/%2e%2e/%2E./invoices", "/invoices"),
        ("/a;b=c,d:e@f!$&'()*+", "/a;b=c,d:e@f!$&'()*+"),
    ],
)
def test_a_path_is_resolved_as_by_the_url_standard(path: str, passed: str) -> None:
    assert resolved(path) == passed
