import json
import time
from base64 import b64encode
from types import SimpleNamespace
from typing import Any

import pytest

from apikeys import errors
from operation import Caller, Input, Record, answer, operation
from operation.input.fields import Name

CONTEXT: Any = SimpleNamespace(
    function_name="Greet", aws_request_id="request-1", get_remaining_time_in_millis=lambda: 10_000
)


class Greet(Input):
    name: Name


@operation(Greet, status=201)
def greet(caller: Caller, wanted: Greet) -> Record:
    return {"id": wanted.name, "for": caller.organization_id, "by": caller.key_id}


def over_http(**fields: Any) -> dict[str, Any]:
    authorizer = {"organization_id": "org_example", "key_id": "key_ExampleKey01", "scopes": "keys"}
    return {
        "httpMethod": "POST",
        "requestContext": {"authorizer": authorizer},
        "pathParameters": None,
        "multiValueQueryStringParameters": None,
        "body": '{"name": "Ada"}',
        "isBase64Encoded": False,
    } | fields


def status_and_body(answer: dict[str, Any]) -> tuple[int, Any]:
    return answer["statusCode"], json.loads(answer["body"])


def test_over_http_the_answer_is_a_status_and_the_record_as_json() -> None:
    response = greet(over_http(), CONTEXT)
    assert status_and_body(response) == (201, {"id": "Ada", "for": "org_example", "by": "key_ExampleKey01"})
    assert response["headers"] == {"Content-Type": "application/json", "Cache-Control": "no-store"}


def test_invoked_directly_the_answer_is_the_record_itself() -> None:
    record = greet({"organization_id": "org_example", "name": "Ada"}, CONTEXT)
    assert record == {"id": "Ada", "for": "org_example", "by": "iam"}


def test_a_body_in_base64_is_read() -> None:
    event = over_http(body=b64encode(b'{"name": "Ada"}').decode(), isBase64Encoded=True)
    assert status_and_body(greet(event, CONTEXT))[0] == 201


@pytest.mark.parametrize("body", ["***", "bm90IGpzb24="])
def test_a_body_that_is_not_base64_as_declared_is_refused(body: str) -> None:
    assert status_and_body(greet(over_http(body=body, isBase64Encoded=True), CONTEXT)) == (
        400,
        {"error": "The body is not valid JSON."},
    )


@pytest.mark.parametrize(
    "context", [{}, {"authorizer": None}, {"authorizer": {}}, {"authorizer": {"key_id": "x"}}]
)
def test_a_call_without_a_valid_authorizer_context_is_not_performed(context: dict[str, Any]) -> None:
    status, body = status_and_body(greet(over_http(requestContext=context), CONTEXT))
    assert status == 500
    assert "request-1" in body["error"]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidInputError("Do this."), 400),
        (errors.ForbiddenError("Do this."), 403),
        (errors.NotFoundError("Do this."), 404),
        (errors.ConflictError("Do this."), 409),
        (errors.TooLargeError("Do this."), 413),
        (errors.StoreUnavailableError("Do this."), 503),
    ],
)
def test_each_error_has_its_status_and_the_same_text_both_ways(
    error: errors.ApiKeyError, status: int
) -> None:
    @operation(Greet)
    def fail(_caller: Caller, _wanted: Greet) -> Record:
        raise error

    response = fail(over_http(), CONTEXT)
    assert status_and_body(response) == (status, {"error": "Do this."})
    assert ("Retry-After" in str(response["headers"])) == (status == 503)
    with pytest.raises(type(error), match="Do this"):
        fail({"organization_id": "org_example", "name": "Ada"}, CONTEXT)


def test_every_error_of_the_domain_has_a_status() -> None:
    for kind in errors.ApiKeyError.__subclasses__():
        assert answer.failure(kind("Do this."), "request-1")["statusCode"] != 500


def test_an_error_that_nobody_expected_shows_nothing_of_itself() -> None:
    @operation(Greet)
    def fail(_caller: Caller, _wanted: Greet) -> Record:
        raise RuntimeError("a detail")

    status, body = status_and_body(fail(over_http(), CONTEXT))
    assert status == 500
    assert "a detail" not in body["error"]


def test_at_most_three_problems_are_listed_and_long_names_are_cut() -> None:
    body = json.dumps({"x" * 5000: 1, "a": 1, "b": 1, "c": 1})
    status, shown = status_and_body(greet(over_http(body=body), CONTEXT))
    assert status == 400
    assert len(shown["error"]) < 300


def test_the_log_shows_who_did_what_and_nothing_that_was_sent(caplog: pytest.LogCaptureFixture) -> None:
    greet(over_http(), CONTEXT)
    greet(over_http(body='{"name": ["a secret"]}'), CONTEXT)
    done, refused = map(vars, caplog.records)
    assert (done["message"], done["organization_id"], done["caller"], done["key_id"]) == (
        "done",
        "org_example",
        "key_ExampleKey01",
        "Ada",
    )
    assert (refused["message"], refused["error_type"]) == ("refused", "InvalidInputError")
    assert "a secret" not in str(refused)


def test_the_log_shows_the_name_of_a_person_beside_the_id(caplog: pytest.LogCaptureFixture) -> None:
    person = {
        "organization_id": "org_example",
        "key_id": "ses_ExampleSes01",
        "scopes": "keys",
        "organization_name": "Example",
        "person_id": "user_42",
        "person_name": "Ada",
        "role": "member",
        "opened_by": "ticket",
        "expires_at": "1795628400",
    }
    greet(over_http(requestContext={"authorizer": person}), CONTEXT)
    greet(over_http(requestContext={"authorizer": person}, body="{}"), CONTEXT)
    greet(over_http(), CONTEXT)
    assert [(vars(line)["caller"], vars(line)["caller_name"]) for line in caplog.records] == [
        ("user_42", "Ada"),
        ("user_42", "Ada"),
        ("key_ExampleKey01", None),
    ]


def test_a_failure_is_logged_with_the_key_that_was_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    greet(over_http(pathParameters={"key_id": "key_ExampleKey01"}, body="{}"), CONTEXT)
    with pytest.raises(errors.InvalidInputError):
        greet({"organization_id": "org_example", "key_id": "key_ExampleKey01"}, CONTEXT)
    assert [vars(line)["key_id"] for line in caplog.records] == ["key_ExampleKey01", "key_ExampleKey01"]


@pytest.mark.parametrize("sent", ["sk_live_copia_ExampleKey01", "key_ExampleKey01\n", "", 1, ["key_"], None])
def test_a_malformed_id_is_not_logged(sent: object, caplog: pytest.LogCaptureFixture) -> None:
    greet(over_http(pathParameters={"key_id": sent}), CONTEXT)
    [line] = caplog.records
    assert vars(line)["key_id"] is None


@pytest.mark.parametrize(
    ("gateway", "request_id"),
    [
        ({"extendedRequestId": "extended", "requestId": "chosen"}, "extended"),
        ({"requestId": "plain"}, "plain"),
        ({}, "request-1"),
    ],
)
def test_the_log_and_an_answer_to_report_name_one_id_and_the_log_lambdas_own_too(
    gateway: dict[str, str], request_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    status, body = status_and_body(greet(over_http(requestContext=gateway), CONTEXT))
    [line] = caplog.records
    assert (vars(line)["request_id"], vars(line)["invocation_id"]) == (request_id, "request-1")
    assert status == 500
    assert f"report the request {request_id}." in body["error"]


@pytest.mark.parametrize("context", [5, None, [], {"extendedRequestId": 5}])
def test_a_context_of_any_shape_is_answered(context: object) -> None:
    assert status_and_body(greet(over_http(requestContext=context), CONTEXT))[0] == 500


@pytest.mark.parametrize(
    "forged",
    [
        {"key_id": "iam"},
        {"key_id": "key_\n"},
        {"key_id": 'key_ExampleKey01"'},
        {"organization_id": ""},
        {"organization_id": 'org "x"'},
        {"organization_id": "org\nx"},
        {"organization_id": "x" * 65},
    ],
)
def test_invalid_ids_in_an_authorizer_context_are_not_trusted(forged: dict[str, str]) -> None:
    authorizer = {"organization_id": "org_example", "key_id": "key_ExampleKey01", "scopes": "*"} | forged
    status, body = status_and_body(greet(over_http(requestContext={"authorizer": authorizer}), CONTEXT))
    assert status == 503
    assert not any(value in body["error"] for value in forged.values() if value)


@pytest.mark.parametrize("event", [None, [], "text", {"key_id": []}])
def test_an_event_of_any_shape_is_refused(event: object) -> None:
    with pytest.raises(errors.InvalidInputError, match="organization_id"):
        greet(event, CONTEXT)


@pytest.mark.parametrize("left_ms", [0, 900, 1000])
def test_an_operation_with_no_time_left_says_so_too(left_ms: int) -> None:
    @operation(Greet)
    def hang(_caller: Caller, _wanted: Greet) -> Record:
        time.sleep(60)
        return {}

    no_time: Any = SimpleNamespace(**vars(CONTEXT) | {"get_remaining_time_in_millis": lambda: left_ms})
    assert status_and_body(hang(over_http(), no_time))[0] == 503


def test_an_operation_that_takes_too_long_says_so_before_lambda_ends_it() -> None:
    @operation(Greet)
    def hang(_caller: Caller, _wanted: Greet) -> Record:
        while True:
            try:
                time.sleep(60)
            except Exception:  # noqa: BLE001, S112 - as boto3 does, which tries again
                continue

    little_time: Any = SimpleNamespace(**vars(CONTEXT) | {"get_remaining_time_in_millis": lambda: 1100})
    status, body = status_and_body(hang(over_http(), little_time))
    assert status == 503
    assert "took too long" in body["error"]
