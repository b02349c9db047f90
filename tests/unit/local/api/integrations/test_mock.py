"""Mock integrations: which answers are fixed, and what is printed about the others."""

import pytest

from local.api.integrations.mock import Mock

JSON = "application/json"


def mock(template: str, **response: object) -> Mock:
    return Mock.of({"type": "MOCK", "requestTemplates": {JSON: template}, "responses": {"200": response}})


@pytest.mark.parametrize(
    "template",
    [
        '{"statusCode": 200}',
        '{\n  "statusCode" : 200\n}\n',
        '{"statusCode": 200, "more": {"a": 1}}',
        "{statusCode: 200}",
        "{ statusCode:200 }",
        "{'statusCode': 200}",
    ],
)
def test_a_status_is_read_as_api_gateway_reads_it(template: str) -> None:
    answer = mock(template).response
    assert answer
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    "template", ["", "{}", "[200]", "{status: 200}", "{statusCode: }", "{statusCode: 200"]
)
def test_a_template_without_a_status_has_no_answer(template: str) -> None:
    refused = mock(template)
    assert refused.response is None
    assert refused.problem == "its mock integration is not what API Gateway takes"


@pytest.mark.parametrize("source", ["600", 600, "'600", "'", "method.request.header.X", None])
def test_a_header_that_is_not_in_quotes_is_named(source: object) -> None:
    parameters = {"method.response.header.Access-Control-Max-Age": source}
    refused = mock('{"statusCode": 200}', responseParameters=parameters)
    assert refused.response is None
    assert refused.problem is not None
    assert f"maps {source} to method.response.header.Access-Control-Max-Age" in refused.problem
