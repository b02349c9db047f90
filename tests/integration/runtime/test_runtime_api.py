"""The Runtime API, call by call, as the adapter calls it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from backend.input import BODY_BYTES
from backend.tools import TOOLS
from local.template.template import Template
from tests.integration.runtime.conftest import PATIENCE_S, Backend, identity, running

SESSIONS = "/api/runtime/sessions"


def error(response: httpx.Response) -> str:
    assert response.headers["content-type"] == "application/json"
    [(name, text)] = response.json().items()
    assert name == "error"
    assert isinstance(text, str)
    return text


def executions(client: httpx.Client) -> str:
    return f"{SESSIONS}/{client.post(SESSIONS).json()['id']}/executions"


def test_200_capabilities_show_the_caller_and_the_tools(one: httpx.Client) -> None:
    capabilities = one.get("/api/runtime/capabilities").json()
    assert [tool["name"] for tool in capabilities.pop("tools")] == list(TOOLS)
    assert capabilities == {
        "organization_id": "org_one",
        "key_id": "key_AAAAAAAAAAAA",
        "scopes": ["runtime"],
    }


@pytest.mark.parametrize("path", ["/api/runtime/capabilities", SESSIONS, "/api/runtime/nothing", "/"])
def test_no_cache_keeps_an_answer(one: httpx.Client, path: str) -> None:
    assert one.get(path).headers["cache-control"] == "no-store"


def test_a_session_is_opened_read_and_closed(one: httpx.Client) -> None:
    opened = one.post(SESSIONS)
    assert opened.status_code == 201
    path = f"{SESSIONS}/{opened.json()['id']}"
    assert one.get(path).json() == opened.json()
    assert (one.delete(path).status_code, one.get(path).status_code) == (204, 404)


def test_404_for_every_call_on_another_organizations_session(one: httpx.Client, other: httpx.Client) -> None:
    path = f"{SESSIONS}/{one.post(SESSIONS).json()['id']}"
    never = f"{SESSIONS}/session_{'0' * 32}"
    run = {"tool": "whoami"}
    for missing in (path, never):
        answers = [
            other.get(missing),
            other.delete(missing),
            other.post(f"{missing}/executions", json=run),
            other.post(f"{missing}/executions", json=run, headers={"Accept": "text/event-stream"}),
        ]
        assert {(answer.status_code, error(answer)) for answer in answers} == {
            (404, "There is no such session. Open one with POST /api/runtime/sessions.")
        }
    assert one.post(f"{path}/executions", json=run).json()["outputs"][0]["organization_id"] == "org_one"


def test_200_an_execution_returns_its_outputs(one: httpx.Client) -> None:
    answer = one.post(executions(one), json={"tool": "echo", "arguments": {"text": "grüezi"}})
    assert answer.status_code == 200
    assert answer.json()["outputs"] == [{"text": "grüezi"}]


@pytest.mark.parametrize(
    "accept", ["text/event-stream", "application/json;q=0.1, Text/Event-Stream; charset=utf-8"]
)
def test_200_an_execution_is_a_stream_for_a_client_that_accepts_one(one: httpx.Client, accept: str) -> None:
    body = {"tool": "count", "arguments": {"to": 3, "interval_ms": 1}}
    answer = one.post(executions(one), json=body, headers={"Accept": accept})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert [line for line in answer.text.splitlines() if line.startswith("event")] == [
        *["event: output"] * 3,
        "event: done",
    ]


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream;q=0, application/json", "*/*"])
def test_200_an_execution_is_a_document_for_a_client_that_accepts_no_stream(
    one: httpx.Client, accept: str
) -> None:
    answer = one.post(executions(one), json={"tool": "clock"}, headers={"Accept": accept})
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("body", ["", "{}", " {}\n"])
def test_201_a_session_accepts_an_empty_body(one: httpx.Client, body: str) -> None:
    assert one.post(SESSIONS, content=body).status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ('{"organization_id": "org_other"}', "This takes no fields."),
        ("[]", "The body"),
        ("{", "The body"),
    ],
)
def test_400_a_session_accepts_no_field(one: httpx.Client, body: str, field: str) -> None:
    answer = one.post(SESSIONS, content=body)
    assert answer.status_code == 400
    assert error(answer).startswith(field)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/runtime/capabilities"),
        ("POST", SESSIONS),
        ("GET", "{session}"),
        ("DELETE", "{session}"),
        ("POST", "{session}/executions"),
    ],
)
def test_400_a_parameter_in_the_query_is_refused_and_not_repeated(
    one: httpx.Client, method: str, path: str
) -> None:
    session = f"{SESSIONS}/{one.post(SESSIONS).json()['id']}"
    answer = one.request(method, path.format(session=session), params={"organization_id": "org_other"})
    assert answer.status_code == 400
    assert error(answer) == "This call takes no parameters in the query."


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_400_a_body_that_no_call_would_read_is_refused(one: httpx.Client, method: str) -> None:
    session = f"{SESSIONS}/{one.post(SESSIONS).json()['id']}"
    paths = [session] if method == "DELETE" else [session, "/api/runtime/capabilities"]
    for path in paths:
        for body in (b"{}", iter([b"", b" "])):
            answer = one.request(method, path, content=body)
            assert (answer.status_code, error(answer)) == (400, "This call takes no body.")
    assert one.get(session).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ("", "The body"),
        ("{", "The body"),
        ("[]", "The body"),
        ("null", "The body"),
        ("{}", "tool"),
        ('{"tool": 1}', "tool"),
        ('{"tool": "sudo"}', "tool"),
        ('{"tool": "clock", "arguments": []}', "arguments"),
        ('{"tool": "clock", "organization_id": "org_other"}', "Unknown field"),
        ('{"tool": "clock", "tool": "whoami"}', "The body has a duplicate member"),
        ('{"tool": "clock", "arguments": {}, "arguments": {}}', "The body has a duplicate member"),
        ('{"tool": "echo", "arguments": {"text": "a", "text": "b"}}', "The body has a duplicate member"),
        ('{"tool": "count"}', "to"),
        ('{"tool": "count", "arguments": {"to": 10000}}', "interval_ms"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_400_names_the_field_before_any_stream_begins(
    one: httpx.Client, body: str, field: str, accept: str
) -> None:
    answer = one.post(executions(one), content=body, headers={"Accept": accept})
    assert answer.status_code == 400
    assert error(answer).startswith(field)


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("path", [lambda _: SESSIONS, executions])
def test_413_for_a_body_larger_than_any_good_call_needs(
    one: httpx.Client, path: Callable[[httpx.Client], str], *, declared: bool
) -> None:
    body = b" " * (BODY_BYTES + 1)

    def in_pieces() -> Iterator[bytes]:
        yield from (body[start : start + 10_000] for start in range(0, len(body), 10_000))

    answer = one.post(path(one), content=body if declared else in_pieces())
    assert answer.status_code == 413
    assert error(answer)


def test_200_the_longest_text_is_accepted_with_any_escapes(one: httpx.Client) -> None:
    text = "👋" * 10_000
    body = json.dumps({"tool": "echo", "arguments": {"text": text}})
    assert one.post(executions(one), content=body).json()["outputs"] == [{"text": text}]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/",
        "/api/other",
        "/api/runtime",
        "/api/runtime/capabilities/",
        "/events",
    ],
)
def test_404_for_every_unknown_path(one: httpx.Client, path: str) -> None:
    answer = one.get(path)
    assert (answer.status_code, error(answer)) == (404, "Not found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/api/runtime/capabilities", "GET, HEAD"),
        ("GET", SESSIONS, "POST"),
        ("OPTIONS", SESSIONS, "POST"),
        ("PUT", f"{SESSIONS}/session_{'0' * 32}", "DELETE, GET, HEAD"),
        ("GET", f"{SESSIONS}/session_{'0' * 32}/executions", "POST"),
    ],
)
def test_405_names_the_allowed_methods(one: httpx.Client, method: str, path: str, allowed: str) -> None:
    answer = one.request(method, path)
    assert (answer.status_code, error(answer)) == (405, "Method not allowed")
    assert ", ".join(sorted(answer.headers["allow"].split(", "))) == allowed


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-amzn-request-context": "{}"},
        {"x-amzn-request-context": "null"},
        {"x-organization-id": "org_one", "x-key-id": "key_AAAAAAAAAAAA", "x-scopes": "runtime"},
        {"x-gateway-secret": "", "x-organization-id": "org_one", "x-key-id": "k", "x-scopes": "runtime"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/runtime/capabilities"), ("POST", SESSIONS), ("POST", "/api/mcp"), ("GET", "/api/x")],
)
def test_500_for_a_call_without_the_gateways_identity(
    backend: Backend, method: str, path: str, headers: dict[str, str]
) -> None:
    answer = httpx.request(method, backend.url + path, headers=headers)
    assert answer.status_code == 500
    assert "no identity" in error(answer)


def test_503_with_retry_after_when_the_session_store_cannot_be_reached(template: Template) -> None:
    # The discard port, on which nothing listens.
    with running(template, "http://127.0.0.1:9") as backend:
        answer = httpx.post(backend.url + SESSIONS, headers=identity("org_one"), timeout=PATIENCE_S)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert error(answer).startswith("The session store cannot be reached.")
        backend.wait_for("UnavailableError from EndpointConnectionError")


def test_the_caller_of_a_service_behind_the_gateway_is_in_the_mapped_headers(
    template: Template, dynamodb_endpoint: str
) -> None:
    secret = "s" * 32
    mapped = {
        "x-organization-id": "org_one",
        "x-key-id": "key_AAAAAAAAAAAA",
        "x-scopes": "runtime keys",
        "x-gateway-secret": secret,
    }
    with running(template, dynamodb_endpoint, GATEWAY_SECRET=secret) as backend:
        path = backend.url + "/api/runtime/capabilities"
        assert httpx.get(path, headers=mapped).json()["scopes"] == ["runtime", "keys"]
        forged = identity("org_other")
        assert httpx.get(path, headers=mapped | forged).json()["organization_id"] == "org_one"
        assert httpx.get(path, headers=forged).status_code == 500
        assert httpx.get(path, headers=mapped | {"x-gateway-secret": "x" * 32}).status_code == 500
        assert secret not in backend.output


def test_429_for_a_key_at_its_bound_while_plain_calls_are_answered(
    one: httpx.Client, other: httpx.Client
) -> None:
    headers = {"Accept": "text/event-stream", **identity("org_one", "key_Bounded00000")}
    path, others = executions(one), executions(other)
    long = {"tool": "count", "arguments": {"to": 6, "interval_ms": 60_000}}
    short = {"tool": "count", "arguments": {"to": 2, "interval_ms": 1}}
    with ExitStack() as running:

        def begin() -> Iterator[str]:
            """A stream that runs as long as its lines are held."""
            lines = running.enter_context(one.stream("POST", path, json=long, headers=headers)).iter_lines()
            assert next(lines) == "event: output"
            return lines

        held = [begin() for _ in range(3)]
        # A client that has read the end of one may begin the next.
        for _ in range(3):
            assert one.post(path, json=short, headers=headers).text.count("event: done") == 1
            assert one.post(path, json=short, headers=headers | {"Accept": "*/*"}).status_code == 200
        held.append(begin())
        for accept in ("text/event-stream", "application/json"):
            refused = one.post(path, json=short, headers=headers | {"Accept": accept})
            assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
            assert error(refused).startswith(
                "This key has 4 executions running, which is the limit. Wait until"
            )
        assert one.post(path, json={"tool": "whoami"}, headers=headers).status_code == 200
        assert other.post(others, json=short).status_code == 200


def test_a_client_that_hangs_up_stops_the_execution(backend: Backend, one: httpx.Client) -> None:
    body = {"tool": "count", "arguments": {"to": 6, "interval_ms": 60_000}}
    headers = {"Accept": "text/event-stream", **identity("org_one", "key_HangsUp00000")}
    with one.stream("POST", executions(one), json=body, headers=headers) as stream:
        assert next(stream.iter_lines()) == "event: output"
    entry = json.loads(backend.wait_for('"execution ', "key_HangsUp00000"))
    assert (entry["message"], entry["outputs"]) == ("execution stopped", 1)


def test_the_log_contains_no_argument_and_no_header(backend: Backend, one: httpx.Client) -> None:
    headers = {"Authorization": "Bearer sk_live_copia_secret", **identity("org_one", "key_Logged000000")}
    one.post(executions(one), json={"tool": "echo", "arguments": {"text": "a private text"}}, headers=headers)
    one.post(executions(one), content="sk_live_copia_secret", headers=headers)
    backend.wait_for("key_Logged000000", "execution done")
    assert "sk_live" not in backend.output
    assert "private" not in backend.output
