"""The runtime routes lead to the reference backend or to your own service, never past the authorizer."""

import re
from pathlib import Path
from typing import Any

import pytest

from apikeys.scope import ROUTES, RUNTIME
from backend.execution import SPARE_SECONDS
from backend.tools import LONGEST_SECONDS
from local.template.template import Template
from tests.written import written

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gateway-A1b2C3"
SECRETS = {SECRET_ARN: "s" * 32}
UPSTREAM = {"RuntimeUrl": "https://service.example/base", "RuntimeUrlSecretArn": SECRET_ARN}
PATHS = ["/api/mcp", "/api/runtime/{proxy+}"]


def method(template: Template, path: str) -> dict[str, Any]:
    [(verb, _)] = template.api.body["paths"][path].items()
    assert verb == "x-amazon-apigateway-any-method"
    return method_of(template, path, verb)


def method_of(template: Template, path: str, verb: str) -> dict[str, Any]:
    found: dict[str, Any] = template.api.body["paths"][path][verb]
    return found


#: What exists only for this route.
GITHUB = {"GithubKeysUrl": "https://api.github.com/meta/public_keys/secret_scanning"}


@pytest.fixture(scope="module", params=[{}, UPSTREAM], ids=["function", "upstream"])
def template(request: pytest.FixtureRequest) -> Template:
    return Template.load(TEMPLATE, {**GITHUB, **request.param}, secrets=SECRETS)


def test_the_routes_are_those_that_the_scope_opens(template: Template) -> None:
    paths = {path for path in template.api.body["paths"] if re.match(r"/api/(runtime|mcp)", path)}
    assert {f"ANY {path.replace('{proxy+}', '*')}" for path in paths} == set(ROUTES[RUNTIME])


def test_the_routes_of_all_other_functions_exist_as_well(template: Template) -> None:
    resources = written("template.yaml")["Resources"].values()
    routes = {
        (event["Properties"]["Path"], event["Properties"]["Method"].lower())
        for resource in resources
        if resource["Type"] == "AWS::Serverless::Function"
        for event in resource["Properties"].get("Events", {}).values()
        if event["Type"] == "Api"
    }
    assert ("/api/keys", "post") in routes
    served = {(path, verb) for path, verbs in template.api.body["paths"].items() for verb in verbs}
    assert served == routes | {(path, "x-amazon-apigateway-any-method") for path in PATHS}


@pytest.mark.parametrize("path", PATHS)
def test_the_authorizer_protects_both_routes_in_both_forms(template: Template, path: str) -> None:
    assert method(template, path)["security"] == [{"KeyAuthorizer": []}]


@pytest.mark.parametrize("upstream", [{}, UPSTREAM], ids=["function", "upstream"])
@pytest.mark.parametrize("path", PATHS)
def test_a_preflight_reaches_the_backend_without_a_key_where_origins_are_allowed(
    path: str, upstream: dict[str, str]
) -> None:
    assert "options" not in Template.load(TEMPLATE, upstream, secrets=SECRETS).api.body["paths"][path]
    allowing = Template.load(TEMPLATE, {**upstream, "AllowedOrigins": "https://a.example"}, secrets=SECRETS)
    assert method_of(allowing, path, "x-amazon-apigateway-any-method")["security"] == [{"KeyAuthorizer": []}]
    preflight = method_of(allowing, path, "options")
    assert preflight["security"] == []
    integration = preflight["x-amazon-apigateway-integration"]
    call = method_of(allowing, path, "x-amazon-apigateway-any-method")["x-amazon-apigateway-integration"]
    assert integration["uri"] == call["uri"]
    if upstream:
        # Neither the secret, which would vouch for a caller, nor a caller.
        parameters = {"integration.request.header.authorization", "integration.request.header.x-api-key"}
        assert integration["requestParameters"].keys() - {"integration.request.path.proxy"} == parameters
    else:
        assert integration == call


@pytest.mark.parametrize("path", PATHS)
def test_both_routes_stream_for_up_to_fifteen_minutes_in_both_forms(template: Template, path: str) -> None:
    integration = method(template, path)["x-amazon-apigateway-integration"]
    assert integration["responseTransferMode"] == "STREAM"
    assert integration["timeoutInMillis"] == 15 * 60 * 1000


def test_the_function_is_invoked_by_its_streaming_call_and_runs_little_longer_than_the_longest_tool() -> None:
    template = Template.load(TEMPLATE)
    function = template.functions["RuntimeFunction"]
    assert LONGEST_SECONDS + SPARE_SECONDS < function.timeout <= LONGEST_SECONDS + 60
    for path in PATHS:
        integration = method(template, path)["x-amazon-apigateway-integration"]
        assert integration["type"] == "aws_proxy"
        assert integration["uri"].endswith(f"{function.arn}/response-streaming-invocations")


@pytest.mark.parametrize("path", PATHS)
def test_your_own_service_gets_the_same_path_and_the_callers_identity(path: str) -> None:
    integration = method(Template.load(TEMPLATE, UPSTREAM, secrets=SECRETS), path)[
        "x-amazon-apigateway-integration"
    ]
    assert (integration["type"], integration["httpMethod"]) == ("http_proxy", "ANY")
    assert integration["uri"] == "https://service.example/base" + path.replace("{proxy+}", "{proxy}")
    parameters = integration["requestParameters"]
    assert parameters.pop("integration.request.path.proxy", None) == (
        "method.request.path.proxy" if "proxy" in path else None
    )
    assert parameters == {
        "integration.request.header.authorization": "'removed'",
        "integration.request.header.x-api-key": "'removed'",
        "integration.request.header.x-organization-id": "context.authorizer.organization_id",
        "integration.request.header.x-key-id": "context.authorizer.key_id",
        "integration.request.header.x-scopes": "context.authorizer.scopes",
        "integration.request.header.x-gateway-secret": f"'{'s' * 32}'",
    }


def test_with_your_own_service_nothing_of_the_reference_backend_is_deployed() -> None:
    template = Template.load(TEMPLATE, UPSTREAM, secrets=SECRETS)
    assert "RuntimeFunction" not in template.functions
    assert "SessionTable" not in [table["TableName"] for table in template.tables]


@pytest.mark.parametrize(
    ("parameter", "value", "allowed"),
    [
        ("RuntimeUrl", "", True),
        ("RuntimeUrl", "https://service.example", True),
        ("RuntimeUrl", "https://service.example:8443/base/path", True),
        ("RuntimeUrl", "http://service.example", False),
        ("RuntimeUrl", "https://service.example/", False),
        ("RuntimeUrl", "https://service.example?to=1", False),
        ("RuntimeUrl", "service.example", False),
        ("AllowedOrigins", "", True),
        ("AllowedOrigins", "https://app.example.com", True),
        ("AllowedOrigins", "https://app.example.com:8443,http://localhost:5173,http://localhost", True),
        ("AllowedOrigins", "*", False),
        ("AllowedOrigins", "https://*.example.com", False),
        ("AllowedOrigins", "http://app.example.com", False),
        ("AllowedOrigins", "https://app.example.com/", False),
        ("AllowedOrigins", "null", False),
        ("AllowedOrigins", "https://a.example, https://b.example", False),
        ("RuntimeUrlSecretArn", "", True),
        ("RuntimeUrlSecretArn", SECRET_ARN, True),
        ("RuntimeUrlSecretArn", "gateway", False),
        ("RuntimeUrlSecretArn", "s" * 32, False),
        ("RuntimeUrlSecretArn", SECRET_ARN + "'", False),
        ("RuntimeUrlSecretArn", SECRET_ARN + ":SecretString:key", False),
        ("Monitoring", "on", True),
        ("Monitoring", "off", True),
        ("Monitoring", "arn:aws:sns:eu-central-1:123456789012:pager", True),
        ("Monitoring", "", False),
        ("Monitoring", "arn:aws:sqs:eu-central-1:123456789012:queue", False),
        ("ExistingKeyTable", "", True),
        ("ExistingKeyTable", "api-keys-KeyTable-1AQ2W3E4R5T6Y", True),
        ("ExistingKeyTable", "arn:aws:dynamodb:eu-central-1:123456789012:table/keys", False),
        ("RolePath", "/", True),
        ("RolePath", "/platform/keys/", True),
        ("RolePath", "platform", False),
        ("PermissionsBoundaryArn", "arn:aws:iam::123456789012:policy/boundary", True),
        ("PermissionsBoundaryArn", "boundary", False),
    ],
)
def test_the_parameters_accept_only_what_works(parameter: str, value: str, *, allowed: bool) -> None:
    pattern = written("template.yaml")["Parameters"][parameter]["AllowedPattern"]
    assert (re.fullmatch(pattern, value) is not None) == allowed
