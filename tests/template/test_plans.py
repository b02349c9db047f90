"""What the parameter Plans adds to a stack, and that nothing is added without it."""

import re
from functools import cache
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from local.template.intrinsics import Resolver
from local.template.names import DEFAULT_REGION, STACK
from local.template.source import Source
from local.template.template import Template
from tests.conftest import ROOT

DECLARED: dict[str, Any] = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]["Plans"]
TWO = "free:10:20:100000:MONTH,pro:100:200"
SHARED = {"/api/mcp", "/api/runtime/{proxy+}"}


@cache
def resolved(plans: str) -> Resolver:
    given = {"Plans": plans}
    return Resolver(
        Source.load(ROOT / "template.yaml", given, DEFAULT_REGION).template, given, DEFAULT_REGION
    )


def usage_plans(plans: str) -> dict[str, dict[str, Any]]:
    """Each usage plan's throttle and quota, by its logical id."""
    kept = resolved(plans).resources("AWS::ApiGateway::UsagePlan").items()
    return {name: resolved(plans).pick(one, "Throttle", "Quota") for name, one in kept}


def test_a_list_becomes_usage_plans_of_the_stage() -> None:
    assert usage_plans("free:10:20:100000:MONTH,pro:100:200,a:1:2:3:DAY,b-2:4:5:6:WEEK") == {
        "FirstPlan": {
            "Throttle": {"RateLimit": "10", "BurstLimit": "20"},
            "Quota": {"Limit": "100000", "Period": "MONTH"},
        },
        "SecondPlan": {"Throttle": {"RateLimit": "100", "BurstLimit": "200"}},
        "ThirdPlan": {
            "Throttle": {"RateLimit": "1", "BurstLimit": "2"},
            "Quota": {"Limit": "3", "Period": "DAY"},
        },
        "FourthPlan": {
            "Throttle": {"RateLimit": "4", "BurstLimit": "5"},
            "Quota": {"Limit": "6", "Period": "WEEK"},
        },
        "Unplanned": {},
    }
    for one in resolved(TWO).resources("AWS::ApiGateway::UsagePlan").values():
        assert resolved(TWO).pick(one, "ApiStages")["ApiStages"] == [{"ApiId": "Api", "Stage": "live"}]


@pytest.mark.parametrize(
    ("plans", "named"),
    [
        ("free:10:20", "free=FirstPlan"),
        (TWO, "free=FirstPlan pro=SecondPlan"),
        ("a:1:1,b:1:1,c:1:1,d:1:1", "a=FirstPlan b=SecondPlan c=ThirdPlan d=FourthPlan"),
    ],
)
def test_set_plan_knows_the_plans_by_their_names(plans: str, named: str) -> None:
    functions = Template.load(ROOT / "template.yaml", {"Plans": plans, "ImportedKeys": "true"}).functions
    assert functions[f"set-plan-{STACK}"].environment["PLANS"] == named
    for name in ("CreateKeyFunction", "RotateKeyFunction", "RotateSecretFunction", "ImportKeysFunction"):
        assert functions[name].environment["SET_PLAN_FUNCTION"] == f"set-plan-{STACK}"


def guards(plans: str) -> dict[str, list[dict[str, Any]]]:
    """Path and verb → what its method asks for."""
    paths = Template.load(ROOT / "template.yaml", {"Plans": plans, "AllowedOrigins": "https://a.example"})
    return {
        f"{verb} {path}": method["security"]
        for path, methods in paths.api.body["paths"].items()
        for verb, method in methods.items()
    }


def test_only_the_routes_that_plans_limit_ask_for_a_usage_key() -> None:
    without, planned = guards(""), guards(TWO)
    changed = {route for route in planned if planned[route] != without[route]}
    assert changed == {f"x-amazon-apigateway-any-method {path}" for path in SHARED}
    for route in changed:
        assert without[route] == [{"KeyAuthorizer": []}]
        assert planned[route] == [{"api_key": []}, {"KeyAuthorizer": []}]


def test_a_client_cannot_send_a_usage_key() -> None:
    api = resolved(TWO).resources("AWS::ApiGateway::RestApi")["Api"]
    assert resolved(TWO).pick(api, "ApiKeySourceType") == {"ApiKeySourceType": "AUTHORIZER"}
    [(_, key)] = resolved(TWO).resources("AWS::ApiGateway::ApiKey").items()
    authorizer = Template.load(ROOT / "template.yaml", {"Plans": TWO}).functions["AuthorizerFunction"]
    assert authorizer.environment["UNPLANNED_USAGE_KEY"] == resolved(TWO).pick(key, "Value")["Value"]


def test_without_plans_none_of_their_resources_exists() -> None:
    assert usage_plans("") == {}
    for kind in ("ApiKey", "UsagePlanKey"):
        assert resolved("").resources(f"AWS::ApiGateway::{kind}") == {}
    api = resolved("").resources("AWS::ApiGateway::RestApi")["Api"]
    assert resolved("").pick(api, "ApiKeySourceType") == {}
    functions = Template.load(ROOT / "template.yaml").functions
    assert not any(name.startswith("set-plan") for name in functions)
    assert functions["CreateKeyFunction"].environment["SET_PLAN_FUNCTION"] == ""
    assert functions["AuthorizerFunction"].environment["UNPLANNED_USAGE_KEY"] == ""


def test_names_and_values_made_from_a_stack_id_are_valid_on_aws() -> None:
    stack_id = (
        "arn:aws:cloudformation:eu-central-1:123456789012:stack/api-keys/51af3dc0-da77-11e4-872e-1234567db123"
    )
    guid = stack_id.split("/")[2]
    # https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", f"set-plan-{guid}")
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    assert re.fullmatch(r"[a-zA-Z0-9]{20,128}", guid.replace("-", ""))


@pytest.mark.parametrize(
    "plans", ["", "free:10:20", TWO, "a:1:1,b:2:2,c:3:3,d:4:4", "small-2:1:1:999999999:DAY"]
)
def test_a_list_of_plans_is_accepted(plans: str) -> None:
    assert re.fullmatch(DECLARED["AllowedPattern"], plans)


@pytest.mark.parametrize(
    "plans",
    [
        *("free", "free:10", "free:10:", "free:0:20", "free:10:0", "free:10:20:5", "free:10:20:0:DAY"),
        *("free:10:20:5:YEAR", "Free:10:20", "2free:10:20", "free:ten:20", "free:10:20,", ",free:10:20"),
        *("free:10:20, pro:1:1", "a=b:1:1", "a:1:1,b:1:1,c:1:1,d:1:1,e:1:1", "free:1.5:20", "free:10:20:"),
    ],
)
def test_an_invalid_list_is_refused_at_deployment(plans: str) -> None:
    assert not re.fullmatch(DECLARED["AllowedPattern"], plans)
