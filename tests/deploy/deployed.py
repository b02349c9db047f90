"""What the tests ask of a deployed stack."""

import json
from typing import Any

from tests.conftest import ROOT
from tests.deploy.account import Account, Stack

# Kinds that this emulator ignores; what depends on them is not proven here.
PASSED_OVER = {
    "AWS::CloudWatch::Dashboard",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::Logs::MetricFilter",
    "AWS::Logs::QueryDefinition",
    "AWS::WAFv2::WebACL",
    "AWS::WAFv2::WebACLAssociation",
    "Custom::ApiGatewayLogsRole",
}


def of_kind(stack: Stack, kind: str) -> dict[str, str]:
    """Logical id → physical id, of the resources of one type."""
    return {
        name: one["PhysicalResourceId"]
        for name, one in stack.resources.items()
        if one["ResourceType"] == kind
    }


def passed_over(stack: Stack) -> set[str]:
    return {
        one["ResourceType"]
        for one in stack.resources.values()
        if "is not supported but was deployed" in one.get("ResourceStatusReason", "")
    }


def variables(account: Account, function: str) -> dict[str, str]:
    told = account.client("lambda").get_function_configuration(FunctionName=function)
    found: dict[str, str] = told["Environment"]["Variables"]
    return found


def event(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((ROOT / "events" / name).read_text())
    return read


def authorize(account: Account, stack: Stack, secret: str) -> dict[str, Any]:
    """The deployed authorizer's verdict on a key, called as the deployed stage calls it."""
    api = account.client("apigateway")
    stage = api.get_stage(restApiId=stack.outputs["ApiId"], stageName=stack.outputs["StageName"])
    headers = {"Authorization": f"Bearer {secret}"}
    asked = event("authorizer_bearer.json") | {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "stageVariables": stage["variables"],
    }
    verdict: dict[str, Any] = account.invoke(stack.outputs["AuthorizerFunctionName"], asked)
    return verdict
