"""Functions in their processes: failures, environments, concurrency, edited code, the Invoke call."""

import json
import os
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.integration.local.conftest import Gateway


def fail(gateway: Gateway, how: str) -> tuple[str, str]:
    error, kind = gateway.invoke("FailFunction", {"how": how})
    assert kind == "Unhandled"
    return error["errorType"], error["errorMessage"]


def test_an_exception_is_reported_with_its_stack(gateway: Gateway) -> None:
    error, kind = gateway.invoke("FailFunction", {"how": "raise"})
    assert kind == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'lost'")
    [frame] = error["stackTrace"]
    assert "handlers.py" in frame
    assert 'raise KeyError("lost")' in frame
    assert error["requestId"]


@pytest.mark.parametrize(
    ("how", "kind", "text"),
    [
        ("hang", "Sandbox.Timedout", "Task timed out after 1.00 seconds"),
        ("exit", "Runtime.ExitError", "Runtime exited with error: exit status 3"),
        ("quit", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("kill", "Runtime.ExitError", "Runtime exited with error: signal: killed"),
        ("object", "Runtime.MarshalError", "Object of type object is not JSON serializable"),
        ("huge", "Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size"),
    ],
)
def test_a_failure_is_reported_and_the_next_call_works(
    gateway: Gateway, how: str, kind: str, text: str
) -> None:
    failed = fail(gateway, how)
    assert failed[0] == kind
    assert text in failed[1]
    assert gateway.invoke("FailFunction", {"how": "not"})[1] is None


def test_502_a_failure_behind_the_api(gateway: Gateway) -> None:
    for how in ("raise", "exit", "hang"):
        answer = gateway.http.post("/fail", content=how)
        assert (answer.status_code, answer.json()) == (502, {"error": "Internal server error"})
    assert gateway.http.post("/fail", content="not").status_code == 200


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [
        ("BrokenFunction", "Runtime.ImportModuleError", "No module named 'a_module_that_does_not_exist'"),
        ("NoHandlerFunction", "Runtime.HandlerNotFound", "Handler 'nothing' missing on module 'handlers'"),
    ],
)
def test_a_handler_that_cannot_be_loaded_says_why(gateway: Gateway, name: str, kind: str, text: str) -> None:
    error, failed = gateway.invoke(name, {})
    assert failed == "Unhandled"
    assert error["errorType"] == kind
    assert text in error["errorMessage"]


def test_a_function_has_only_its_own_environment(gateway: Gateway) -> None:
    environment = gateway.invoke("EchoFunction", {})[0]
    variables = json.loads(environment["body"])["environment"]
    assert variables["ONLY_ECHO"] == "hi from eu-central-1"
    assert variables["TABLE"] == "Things"
    assert variables["AWS_LAMBDA_FUNCTION_NAME"] == "EchoFunction"
    assert variables["AWS_REGION"] == "eu-central-1"
    assert variables["AWS_CONFIG_FILE"] == variables["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert "GATEWAYS_OWN" not in variables
    assert "HOME" not in variables


def test_the_context_is_that_of_the_function(gateway: Gateway) -> None:
    context, _ = gateway.invoke("ContextFunction", {})
    assert context["function_name"] == "ContextFunction"
    assert context["memory_limit_in_mb"] == "256"
    assert context["invoked_function_arn"].endswith(":function:ContextFunction")
    assert 0 < context["remaining"] <= 10_000
    assert context["aws_request_id"] != gateway.invoke("ContextFunction", {})[0]["aws_request_id"]


def test_a_free_worker_is_used_again(gateway: Gateway) -> None:
    pids = {gateway.http.post("/fail", content="pid").text for _ in range(3)}
    assert len(pids) == 1


def test_two_concurrent_calls_run_in_parallel(gateway: Gateway) -> None:
    # Each call waits until both have arrived here.
    with socket.create_server(("127.0.0.1", 0)) as meeting, ThreadPoolExecutor() as calls:
        address = f"127.0.0.1:{meeting.getsockname()[1]}"
        answers = [calls.submit(gateway.http.post, "/wait", content=address) for _ in range(2)]
        arrived = [meeting.accept()[0] for _ in answers]
        for number, connection in enumerate(arrived):
            with connection:
                connection.sendall(str(number).encode())
        assert sorted(answer.result().text for answer in answers) == ["0", "1"]


def test_more_calls_than_workers_wait_for_their_turn(gateway: Gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as meeting, ThreadPoolExecutor(20) as calls:
        address = f"127.0.0.1:{meeting.getsockname()[1]}"
        answers = [calls.submit(gateway.http.post, "/wait", content=address) for _ in range(20)]
        first = [meeting.accept()[0] for _ in range(16)]
        meeting.settimeout(0.5)
        with pytest.raises(TimeoutError):
            meeting.accept()
        meeting.settimeout(100)
        for connection in first:
            with connection:
                connection.sendall(b"x")
        for _ in range(4):
            with meeting.accept()[0] as connection:
                connection.sendall(b"x")
        assert [answer.result().status_code for answer in answers] == [200] * 20


def test_a_function_is_throttled_beyond_its_reserved_concurrency(gateway: Gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as meeting, ThreadPoolExecutor() as calls:
        event = f"127.0.0.1:{meeting.getsockname()[1]}"
        first = calls.submit(gateway.http.post, "/narrow", content=event)
        with meeting.accept()[0] as connection:
            assert gateway.http.post("/narrow", content=event).status_code == 502
            with pytest.raises(ClientError, match="TooManyRequestsException") as throttled:
                gateway.invoke("NarrowFunction", {"body": event})
            assert throttled.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
            connection.sendall(b"done")
        assert first.result().text == "done"


def test_504_a_call_that_takes_longer_than_its_integration_may(gateway: Gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as meeting:
        address = f"127.0.0.1:{meeting.getsockname()[1]}"
        answer = gateway.http.post("/hurry", content=address)
        assert (answer.status_code, answer.json()) == (504, {"error": "Endpoint request timed out"})
        # The function runs on, as on Lambda.
        with meeting.accept()[0] as connection:
            connection.sendall(b"done")


def test_an_edit_of_the_same_second_and_size_is_picked_up(gateway: Gateway, sample: Path) -> None:
    module = sample / "code" / "edited.py"
    moment = time.time_ns()
    try:
        for number, text in enumerate(["AAA", "BBB", "CCC"]):
            module.write_text(f"def handler(event, context):\n    return {text!r}\n")
            os.utime(module, ns=(moment, moment // 10**9 * 10**9 + number))
            assert gateway.invoke("EditedFunction", {}) == (text, None)
    finally:
        module.unlink()


@pytest.mark.parametrize("name", ["data.json", "page/style.css"])
def test_an_edit_of_any_file_is_picked_up(gateway: Gateway, sample: Path, name: str) -> None:
    file = sample / "code" / name
    file.parent.mkdir(exist_ok=True)
    try:
        for text in ("AAA", "BBB"):
            file.write_text(text)
            assert gateway.invoke("ReadFunction", {"name": name}) == (text, None)
    finally:
        file.unlink()


def test_an_edited_web_application_is_picked_up(gateway: Gateway, sample: Path) -> None:
    module = sample / "web" / "greeting.py"
    try:
        for text in ("AAA", "BBB"):
            module.write_text(f"TEXT = {text!r}\n")
            answer = gateway.http.get("/web/greeting", headers={"x-id": "Allow"})
            assert (answer.status_code, answer.text) == (200, text)
    finally:
        module.unlink()


def test_no_bytecode_is_left_next_to_the_code(gateway: Gateway, sample: Path) -> None:
    gateway.invoke("ContextFunction", {})
    gateway.http.get("/web/ready", headers={"x-id": "Allow"})
    assert not list(sample.rglob("*.pyc"))


def test_the_bytecode_of_installed_packages_is_used(gateway: Gateway) -> None:
    cached = gateway.invoke("PackageFunction", {})[0]
    assert Path(cached).is_relative_to(sys.prefix)


def test_code_within_the_template_runs(gateway: Gateway) -> None:
    assert gateway.invoke("InlineFunction", {"a": 1}) == ({"a": 1}, None)


def test_a_function_that_cannot_be_served_prints_a_warning_and_is_refused(gateway: Gateway) -> None:
    assert gateway.printed("UnservedFunction is not served: its code, 'elsewhere/', is not a directory")
    answer = gateway.http.get("/unserved")
    assert (answer.status_code, answer.json()) == (502, {"error": "Internal server error"})
    error, failed = gateway.invoke("UnservedFunction", {})
    assert failed == "Unhandled"
    assert "It is not served" in error["errorMessage"]


def test_a_function_reaches_the_tables_of_the_template(gateway: Gateway) -> None:
    item, failed = gateway.invoke("StoreFunction", {"id": "a", "owner": "b"})
    assert failed is None
    assert item == {"id": "a", "owner": "b", "count": 3, "ratio": 0.5}


# Lambda's Invoke call.


def test_a_function_is_invoked_by_name_and_by_arn(gateway: Gateway) -> None:
    for name in (
        "ContextFunction",
        "arn:aws:lambda:eu-central-1:123456789012:function:ContextFunction:$LATEST",
    ):
        assert gateway.invoke(name, {})[0]["function_name"] == "ContextFunction"


def test_404_a_function_that_does_not_exist(gateway: Gateway) -> None:
    with pytest.raises(ClientError) as error:
        gateway.invoke("NoSuchFunction", {})
    assert error.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_an_event_invocation_returns_before_the_function_does(gateway: Gateway) -> None:
    with socket.create_server(("127.0.0.1", 0)) as meeting:
        event = {"body": f"127.0.0.1:{meeting.getsockname()[1]}"}
        answer = gateway.functions.invoke(
            FunctionName="SlowFunction", InvocationType="Event", Payload=json.dumps(event).encode()
        )
        assert answer["StatusCode"] == 202
        with meeting.accept()[0] as connection:
            connection.sendall(b"done")


def test_a_dry_run_runs_nothing(gateway: Gateway) -> None:
    answer = gateway.functions.invoke(FunctionName="FailFunction", InvocationType="DryRun", Payload=b"{}")
    assert answer["StatusCode"] == 204


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer key"},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=x", "Origin": "https://example.com"},
    ],
)
def test_403_an_invocation_that_no_sdk_sent(gateway: Gateway, headers: dict[str, str]) -> None:
    answer = gateway.http.post("/2015-03-31/functions/EchoFunction/invocations", json={}, headers=headers)
    assert answer.status_code == 403
    assert "signature" in answer.json()["message"]


def signed(gateway: Gateway, content: bytes) -> httpx.Response:
    return gateway.http.post(
        "/2015-03-31/functions/EchoFunction/invocations",
        content=content,
        headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x"},
    )


def test_400_an_event_that_is_not_json(gateway: Gateway) -> None:
    answer = signed(gateway, b"{")
    assert answer.status_code == 400
    assert answer.headers["x-amzn-errortype"] == "InvalidRequestContentException"


def test_413_an_event_that_is_too_large(gateway: Gateway) -> None:
    assert signed(gateway, b'"' + b"x" * 6_500_000 + b'"').status_code == 413


def test_a_missing_event_is_an_empty_event(gateway: Gateway) -> None:
    assert json.loads(signed(gateway, b"").json()["body"])["event"] == {}


def test_a_worker_that_dies_while_it_is_free_is_replaced(gateway: Gateway) -> None:
    pid = int(gateway.http.post("/fail", content="pid").text)
    os.kill(pid, 9)
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            break
        threading.Event().wait(0.05)
    answer = gateway.http.post("/fail", content="pid")
    assert answer.status_code == 200
    assert int(answer.text) != pid
