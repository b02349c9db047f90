"""What the gateway itself answers."""

import json
from functools import partial
from typing import Any

import pytest

from local.api.request.call import parameter
from local.api.responses.gateway_responses import GatewayError, GatewayResponses
from local.template.rest_api import Api
from local.wire.exchange import Request

CONTEXT = {
    "requestId": "r-1",
    "identity": {"sourceIp": "127.0.0.1"},
    "authorizer": {"missing_scope": "keys", "integrationLatency": 3},
}

REQUEST = Request("GET", "/things/7", "page=2", [("Origin", "https://a.example")], b"", "127.0.0.1")


def render(error: GatewayError, **declared: Any) -> tuple[int, dict[str, str], str]:
    responses = GatewayResponses({"x-amazon-apigateway-gateway-responses": declared})
    made = responses.render(
        error,
        partial(
            parameter,
            api=Api(
                region="eu-central-1",
                stage="live",
                variables={"color": "blue"},
                address="https://api.example",
                body={},
            ),
            request=REQUEST,
            path_parameters={"id": "7"},
            context=CONTEXT,
        ),
    )
    assert isinstance(made.body, bytes)
    return made.status, dict(made.headers), made.body.decode()


def template(text: str, **rest: object) -> dict[str, object]:
    return {"responseTemplates": {"application/json": text}} | rest


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("UNAUTHORIZED", 401, {"message": "Unauthorized"}),
        ("ACCESS_DENIED", 403, {"message": "User is not authorized to access this resource"}),
        ("MISSING_AUTHENTICATION_TOKEN", 403, {"message": "Missing Authentication Token"}),
        ("AUTHORIZER_FAILURE", 500, {"message": None}),
        ("AUTHORIZER_CONFIGURATION_ERROR", 500, {"message": None}),
        ("BAD_REQUEST_BODY", 400, {"message": "Invalid request body"}),
        ("INVALID_API_KEY", 403, {"message": "Forbidden"}),
        ("REQUEST_TOO_LARGE", 413, {"message": "Request Too Long"}),
        ("INTEGRATION_TIMEOUT", 504, {"message": "Endpoint request timed out"}),
        ("DEFAULT_5XX", 502, {"message": "Internal server error"}),
    ],
)
def test_an_undeclared_type_is_answered_as_aws_does(kind: str, status: int, body: object) -> None:
    answered, headers, text = render(GatewayError(kind))
    assert (answered, json.loads(text)) == (status, body)
    assert headers.keys() == {"Content-Type", "x-amzn-ErrorType"}
    assert headers["Content-Type"] == "application/json"
    assert headers["x-amzn-ErrorType"].endswith("Exception")


def test_variables_are_substituted_and_missing_ones_are_empty() -> None:
    text = (
        "$context.requestId|$context.identity.sourceIp|$context.authorizer.missing_scope|"
        "$context.authorizer.integrationLatency|$context.error.responseType|$context.error.message|"
        "$context.error.messageString|$context.nothing|$context.requestId.deeper|$context.authorizer|$other"
    )
    _, _, body = render(GatewayError("ACCESS_DENIED", 'say "no"'), ACCESS_DENIED=template(text))
    assert body.startswith('r-1|127.0.0.1|keys|3|ACCESS_DENIED|say "no"|"say \\"no\\""|||')
    assert body.endswith("|$other")


def test_a_variable_may_be_followed_by_punctuation() -> None:
    _, _, body = render(
        GatewayError("ACCESS_DENIED"), ACCESS_DENIED=template("Needs $context.authorizer.missing_scope.")
    )
    assert body == "Needs keys."


def test_a_template_knows_the_request_and_the_stage() -> None:
    text = "$method.request.header.Origin $method.request.path.id $stageVariables.color $stageVariables.none|"
    _, _, body = render(GatewayError("ACCESS_DENIED"), ACCESS_DENIED=template(text))
    assert body == "https://a.example 7 blue |"


def test_the_default_is_used_for_undeclared_types_and_keeps_their_status() -> None:
    default = template('{"error": $context.error.messageString}')
    assert render(GatewayError("REQUEST_TOO_LARGE"), DEFAULT_4XX=default)[::2] == (
        413,
        '{"error": "Request Too Long"}',
    )
    assert render(GatewayError("INTEGRATION_TIMEOUT"), DEFAULT_4XX=default)[2].startswith('{"message"')


def test_the_status_of_a_default_is_used_only_for_undeclared_types() -> None:
    declared = {"DEFAULT_4XX": template("x", statusCode="418"), "UNAUTHORIZED": template("y")}
    assert render(GatewayError("ACCESS_DENIED"), **declared)[::2] == (418, "x")
    assert render(GatewayError("UNAUTHORIZED"), **declared)[::2] == (401, "y")
    declared["UNAUTHORIZED"]["statusCode"] = "402"
    assert render(GatewayError("UNAUTHORIZED"), **declared)[0] == 402


def test_headers_come_from_literals_the_request_its_context_and_the_stage() -> None:
    parameters = {
        "gatewayresponse.header.WWW-Authenticate": "'Bearer error=\"insufficient_scope\"'",
        "gatewayresponse.header.X-Request": "context.requestId",
        "gatewayresponse.header.X-Nothing": "context.nothing",
        "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.origin",
        "gatewayresponse.header.X-Id": "method.request.path.id",
        "gatewayresponse.header.X-Page": "method.request.querystring.page",
        "gatewayresponse.header.X-Color": "stageVariables.color",
        "gatewayresponse.header.X-Unsent": "method.request.header.unsent",
        "something.else": "'x'",
    }
    _, headers, _ = render(GatewayError("ACCESS_DENIED"), ACCESS_DENIED={"responseParameters": parameters})
    assert headers == {
        "Content-Type": "application/json",
        "x-amzn-ErrorType": "AccessDeniedException",
        "WWW-Authenticate": 'Bearer error="insufficient_scope"',
        "X-Request": "r-1",
        "X-Nothing": "",
        "Access-Control-Allow-Origin": "https://a.example",
        "X-Id": "7",
        "X-Page": "2",
        "X-Color": "blue",
        "X-Unsent": "",
    }


def test_a_template_of_another_media_type_says_so() -> None:
    declared = {"responseTemplates": {"text/plain": "no"}}
    assert render(GatewayError("UNAUTHORIZED"), UNAUTHORIZED=declared)[1:] == (
        {"Content-Type": "text/plain", "x-amzn-ErrorType": "UnauthorizedException"},
        "no",
    )
