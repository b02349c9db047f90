"""Whatever goes wrong, and in whichever part, the answer is JSON with an `error`."""

import logging
from collections.abc import Mapping

import httpx
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import ErrorEnvelope, NotFoundError, UnavailableError, UnidentifiedError

pytestmark = pytest.mark.anyio


async def call(app: ASGIApp) -> httpx.Response:
    transport = httpx.ASGITransport(ErrorEnvelope(app))
    async with httpx.AsyncClient(transport=transport, base_url="http://backend") as client:
        return await client.get("/")


def raising(error: Exception) -> ASGIApp:
    async def app(_: Scope, __: Receive, ___: Send) -> None:
        raise error

    return app


@pytest.mark.parametrize(
    ("error", "status", "headers"),
    [
        (NotFoundError("There is no such session."), 404, {}),
        (UnavailableError("There is no such session."), 503, {"retry-after": "1"}),
        (UnidentifiedError("There is no such session."), 500, {}),
    ],
)
async def test_a_call_error_is_answered_with_its_status_and_text(
    error: Exception, status: int, headers: Mapping[str, str]
) -> None:
    response = await call(raising(error))
    assert response.status_code == status
    assert response.json() == {"error": "There is no such session."}
    assert headers.items() <= dict(response.headers).items()


@pytest.mark.parametrize(("error", "logged"), [(NotFoundError("No."), 0), (UnavailableError("No."), 1)])
async def test_errors_that_the_caller_did_not_cause_are_logged(
    caplog: pytest.LogCaptureFixture, error: Exception, logged: int
) -> None:
    with caplog.at_level(logging.INFO, logger="backend"):
        await call(raising(error))
    assert len([record for record in caplog.records if record.name.startswith("backend")]) == logged


async def test_an_unexpected_exception_is_a_500_that_reveals_nothing_about_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR, logger="backend"):
        response = await call(raising(RuntimeError("what broke")))
    assert response.status_code == 500
    assert "what broke" not in response.json()["error"]
    assert [record.exc_info is not None for record in caplog.records] == [True]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (PlainTextResponse("Method Not Allowed", 405, {"Allow": "POST"}), "Method not allowed"),
        (Response(status_code=405, headers={"Allow": "POST"}), "Method not allowed"),
        (StreamingResponse(iter(["Method ", "Not Allowed"]), 405, {"Allow": "POST"}), "Method not allowed"),
    ],
)
async def test_an_error_of_a_library_becomes_json_and_keeps_status_and_headers(
    answer: Response, error: str
) -> None:
    response = await call(answer)
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"
    assert response.headers["content-type"] == "application/json"
    assert int(response.headers["content-length"]) == len(response.content)
    assert response.json() == {"error": error}


async def test_an_error_that_is_already_json_does_not_change() -> None:
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "Parse error"}}
    response = await call(JSONResponse(error, 400))
    assert response.status_code == 400
    assert response.json() == error


async def test_an_answer_that_is_not_an_error_does_not_change() -> None:
    response = await call(PlainTextResponse("Not Found", 200))
    assert response.text == "Not Found"


async def test_an_answer_that_breaks_midway_is_not_finished() -> None:
    sent = []

    async def broken(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise RuntimeError

    async def nothing() -> dict[str, object]:
        raise AssertionError

    async def collect(message: dict[str, object]) -> None:
        sent.append(message)

    with pytest.raises(RuntimeError):
        await ErrorEnvelope(broken)({"type": "http"}, nothing, collect)  # type: ignore[arg-type]
    assert [message.get("more_body") for message in sent] == [None, True]
