import pytest

from local.api.integrations.web_app import resolved


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/api/runtime/capabilities", "/api/runtime/capabilities"),
        ("/api/mcp/", "/api/mcp/"),
        ("/", "/"),
        ("/api/runtime/%2e%2e/%2E./invoices", "/invoices"),
        ("/api/runtime/.%2E/x", "/api/x"),
        ("/api/runtime/..\\x", "/api/x"),
        ("/a/./b/%2e", "/a/b/"),
        ("/a/b/..", "/a/"),
        ("/../../x", "/x"),
        ("/a//b", "/a//b"),
        ("/a/...", "/a/..."),
        ("/a%2f..%2fb", "/a%2f..%2fb"),
    ],
)
def test_dot_segments_are_resolved_as_the_adapter_does(path: str, seen: str) -> None:
    assert resolved(path) == seen
