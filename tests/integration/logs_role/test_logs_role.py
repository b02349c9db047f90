"""The account's role for API Gateway's logs: given where there is none, never replaced."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from logs_role import app
from tests.mocked import mocked_api_gateway
from tests.served import served

OURS = "arn:aws:iam::123456789012:role/ours"
THEIRS = "arn:aws:iam::123456789012:role/theirs"


class CloudFormation(HTTPServer):
    """The place where answers are put."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.answers: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{self.server_port}/answer?signature=1"


class _Answers(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_PUT(self) -> None:
        assert self.headers["Content-Type"] == ""
        self.server.answers.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture
def cloudformation() -> Iterator[CloudFormation]:
    with served(server := CloudFormation()):
        yield server


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    with mocked_api_gateway():
        yield boto3.client("apigateway")


def role(account: Any) -> Any:
    return account.get_account().get("cloudwatchRoleArn")


def give(account: Any, arn: str) -> None:
    account.update_account(patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}])


def request(kind: str, url: str) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-requests.html"""
    existing = {} if kind == "Create" else {"PhysicalResourceId": "api-gateway-account"}
    return {
        "RequestType": kind,
        "ResponseURL": url,
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/api-keys/1",
        "RequestId": "request-1",
        "LogicalResourceId": "ApiGatewayLogsRole",
        "ResourceProperties": {"RoleArn": OURS},
    } | existing


def test_an_account_without_a_role_gets_ours(account: Any, cloudformation: CloudFormation) -> None:
    app.handler(request("Create", cloudformation.url), None)
    assert role(account) == OURS
    assert cloudformation.answers == [
        {
            "Status": "SUCCESS",
            "PhysicalResourceId": "api-gateway-account",
            "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/api-keys/1",
            "RequestId": "request-1",
            "LogicalResourceId": "ApiGatewayLogsRole",
        }
    ]


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_an_accounts_role_is_never_replaced(account: Any, cloudformation: CloudFormation, kind: str) -> None:
    give(account, THEIRS)
    app.handler(request(kind, cloudformation.url), None)
    assert role(account) == THEIRS
    assert cloudformation.answers[0]["Status"] == "SUCCESS"


def test_the_role_stays_when_the_stack_is_deleted(account: Any, cloudformation: CloudFormation) -> None:
    give(account, OURS)
    app.handler(request("Delete", cloudformation.url), None)
    assert role(account) == OURS
    assert cloudformation.answers[0]["Status"] == "SUCCESS"


class Refusing:
    """API Gateway for which the role is new: the first calls are refused."""

    def __init__(self, account: Any, refusals: int) -> None:
        self.exceptions = account.exceptions
        self.get_account = account.get_account
        self._update = account.update_account
        self._refusals = refusals
        self.clock = 0.0

    def update_account(self, **change: Any) -> None:
        if self._refusals:
            self._refusals -= 1
            error = {
                "Code": "BadRequestException",
                "Message": "The role ARN does not have required permissions",
            }
            raise self.exceptions.BadRequestException({"Error": error}, "UpdateAccount")
        self._update(**change)

    def now(self) -> float:
        return self.clock

    def sleep(self, seconds: float) -> None:
        self.clock += seconds


def test_the_function_waits_until_a_new_role_is_known_everywhere(account: Any) -> None:
    slow: Any = Refusing(account, refusals=3)
    app.give_role(slow, OURS, slow.now, slow.sleep)
    assert role(account) == OURS
    assert 0 < slow.clock < 60


def test_a_role_that_is_never_accepted_fails_the_deployment_in_time(account: Any) -> None:
    deaf: Any = Refusing(account, refusals=1000)
    with pytest.raises(ClientError, match="required permissions"):
        app.give_role(deaf, OURS, deaf.now, deaf.sleep)
    assert deaf.clock < 170


@pytest.mark.usefixtures("account")
def test_cloudformation_gets_the_reason_of_a_failure(cloudformation: CloudFormation) -> None:
    broken = request("Create", cloudformation.url) | {"ResourceProperties": {}}
    with pytest.raises(KeyError):
        app.handler(broken, None)
    assert cloudformation.answers[0]["Status"] == "FAILED"
    assert "RoleArn" in cloudformation.answers[0]["Reason"]
