"""docs/openapi.yaml is what the template and the models say, and it is whole."""

from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from apikeys import scope
from leaks.report_leak import github
from local.template.template import Template
from tests.conftest import ROOT
from tests.openapi.document import document
from tools.openapi import DOCUMENT, text

#: Of gateway responses that the template leaves their own status.
OWN_STATUS = {"THROTTLED": 429}

operations = [
    pytest.param(path, verb, operation, id=operation["operationId"])
    for path, verbs in document["paths"].items()
    for verb, operation in verbs.items()
]


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text() == text(), "run make openapi"


@pytest.fixture(scope="module")
def everything() -> Template:
    """The template with each parameter that adds a route."""
    keys = "https://api.github.com/meta/public_keys/secret_scanning"
    return Template.load(ROOT / "template.yaml", {"GithubKeysUrl": keys})


def test_every_route_of_the_template_is_described(everything: Template) -> None:
    for path, methods in everything.api.body["paths"].items():
        for verb in methods:
            if verb == "x-amazon-apigateway-any-method":
                below = path.partition("{proxy+}")[0]
                assert any(described.startswith(below) for described in document["paths"]), path
            else:
                assert verb in document["paths"][path]


def test_a_scope_opens_everything_by_the_verbs_that_calls_of_this_stack_have() -> None:
    assert {verb.upper() for verbs in document["paths"].values() for verb in verbs} == set(scope.USED_VERBS)


def test_a_route_that_a_parameter_adds_says_so(template: Template, everything: Template) -> None:
    # A route whose parameter is empty stays behind as a path that no method has.
    there, always = (
        {path for path, methods in one.api.body["paths"].items() if methods} for one in (everything, template)
    )
    assert there - always == {"/leaks/github"}
    described = document["paths"]["/leaks/github"]["post"]["description"]
    assert "Only with the parameter GithubKeysUrl." in described
    for path in document["paths"].keys() - {"/leaks/github"}:
        assert "Only with the parameter" not in str(document["paths"][path]), path


def test_a_report_is_described_as_the_function_reads_it() -> None:
    described = document["paths"]["/leaks/github"]["post"]
    assert {one["name"] for one in described["parameters"]} == {github.IDENTIFIER, github.SIGNATURE}
    [sent] = described["requestBody"]["content"].values()
    match = sent["schema"]["items"]
    assert match["properties"].keys() == github.Match.model_fields.keys()
    assert match["required"] == ["token", "type"]


@pytest.mark.parametrize(("path", "verb", "operation"), operations)
def test_an_operation_is_described_completely(path: str, verb: str, operation: dict[str, Any]) -> None:
    assert operation["summary"].endswith(".")
    responses = operation["responses"]
    assert any(status.startswith("2") for status in responses)
    assert {"429", "5XX"} <= responses.keys()
    if operation.get("security") != []:
        assert {"401", "403", "503"} <= responses.keys()
    assert {f"{{{one['name']}}}" for one in operation.get("parameters", ()) if one["in"] == "path"} == {
        part for part in path.split("/") if part.startswith("{")
    }
    for part in (operation.get("requestBody", {}), *map(resolved, responses.values())):
        for media_type, described in part.get("content", {}).items():
            assert media_type != "application/json" or "example" in described, verb


@pytest.mark.parametrize("operation", [pytest.param(one.values[2], id=one.id) for one in operations])
def test_an_example_is_what_its_schema_says(operation: dict[str, Any]) -> None:
    for part in (operation.get("requestBody", {}), *map(resolved, operation["responses"].values())):
        for described in part.get("content", {}).values():
            if "example" in described and "schema" in described:
                schema = {**described["schema"], "components": document["components"]}
                Draft202012Validator(schema).validate(described["example"])


@pytest.mark.parametrize("status", document["components"]["responses"])
def test_an_error_is_described_completely(status: str) -> None:
    described = document["components"]["responses"][status]
    assert described["description"]
    content = described["content"]["application/json"]
    assert content["schema"] == {"$ref": "#/components/schemas/Error"}
    assert content["example"].keys() == {"error"}


def test_an_error_of_the_gateway_has_the_headers_that_the_template_gives_it(template: Template) -> None:
    responses = template.api.body["x-amazon-apigateway-gateway-responses"]
    sent = {
        str(response.get("statusCode", OWN_STATUS.get(kind))): {
            name.removeprefix("gatewayresponse.header.") for name in response["responseParameters"]
        }
        for kind, response in responses.items()
        if response.get("responseParameters")
    }
    assert sent.keys() == {"401", "403", "429", "503"}
    for status, names in sent.items():
        assert document["components"]["responses"][status]["headers"].keys() == names


def test_both_ways_to_present_a_key_are_described() -> None:
    schemes = document["components"]["securitySchemes"]
    assert schemes["bearer"] == {"type": "http", "scheme": "bearer"}
    assert schemes["x_api_key"] == {"type": "apiKey", "in": "header", "name": "x-api-key"}
    assert document["security"] == [{"bearer": []}, {"x_api_key": []}]


def test_every_reference_has_a_target() -> None:
    for reference in references(document):
        assert resolved({"$ref": reference})


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    """The part of the document that a reference names, or the value itself."""
    found: Any = document if "$ref" in part else part
    for name in part.get("$ref", "#/").removeprefix("#/").split("/"):
        found = found[name] if name else found
    return found  # type: ignore[no-any-return]


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)
