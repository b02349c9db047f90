"""What a SAM template holds for the gateway."""

from pathlib import Path

import pytest

from local.intrinsics import TemplateError
from local.template import Template, function_name

HEAD = "Transform: AWS::Serverless-2016-10-31\n"

FUNCTION = """
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {TEXT: !Sub "${AWS::Region}", NUMBER: 7, FLAG: true}}
      Events:
        Get: {Type: Api, Properties: {Path: /hello, Method: get}}
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    return tmp_path / "template.yaml"


def test_a_function_and_its_implicit_api_are_found(path: Path) -> None:
    path.write_text(f"{HEAD}Resources:{FUNCTION}")
    template = Template.load(path, {})
    hello = template.functions["Hello"]
    assert hello.code == path.parent / "code"
    assert hello.handler == "app.handler"
    assert hello.environment == {"TEXT": "eu-central-1", "NUMBER": "7", "FLAG": "true"}
    assert (hello.timeout, hello.memory) == (3, 128)
    assert hello.arn == "arn:aws:lambda:eu-central-1:123456789012:function:Hello"
    assert template.api.stage == "Prod"
    uri = template.api.body["paths"]["/hello"]["get"]["x-amazon-apigateway-integration"]["uri"]
    assert hello.arn in uri


def test_a_published_alias_is_its_function(path: Path) -> None:
    path.write_text(f"{HEAD}Globals: {{Function: {{AutoPublishAlias: live}}}}\nResources:{FUNCTION}")
    template = Template.load(path, {})
    uri = template.api.body["paths"]["/hello"]["get"]["x-amazon-apigateway-integration"]["uri"]
    assert f"{template.functions['Hello'].arn}:live" in uri


def test_what_all_functions_share_comes_from_globals(path: Path) -> None:
    shared = "Globals: {Function: {CodeUri: code, Timeout: 7, MemorySize: 256}}\n"
    path.write_text(f"{HEAD}{shared}Resources:{FUNCTION.replace('CodeUri: code', 'Description: no code')}")
    hello = Template.load(path, {}).functions["Hello"]
    assert (hello.code, hello.timeout, hello.memory) == (path.parent / "code", 7, 256)


def test_an_openapi_file_beside_the_template_is_served(path: Path) -> None:
    (path.parent / "api.yaml").write_text(
        "openapi: 3.0.1\ninfo: {title: x, version: '1'}\npaths: {/from-file: {}}\n"
    )
    api = "\n  Api: {Type: AWS::Serverless::Api, Properties: {StageName: live, DefinitionUri: api.yaml}}\n"
    path.write_text(f"{HEAD}Resources:{api}")
    assert "/from-file" in Template.load(path, {}).api.body["paths"]


def test_a_table_becomes_the_arguments_that_create_it(path: Path) -> None:
    table = """
  Things:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      DeletionProtectionEnabled: true
"""
    path.write_text(f"{HEAD}Resources:{FUNCTION}{table}")
    assert Template.load(path, {}).tables == [
        {
            "TableName": "Things",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }
    ]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "no Resources"),
        ("a: [", "cannot be read"),
        (f"{HEAD}Resources: {{}}", "Resources"),
        (f"{HEAD}Resources:{FUNCTION.replace('CodeUri: code', 'CodeUri: elsewhere')}", "Hello.*elsewhere"),
        (f"{HEAD}Resources:{FUNCTION.replace('Handler: app.handler', 'Handlr: x')}", "Hello"),
        (f"{HEAD}Resources:{FUNCTION.split('      Events', maxsplit=1)[0]}", "one REST API"),
    ],
)
def test_a_template_that_cannot_be_served_says_why(path: Path, text: str, named: str) -> None:
    path.write_text(text)
    with pytest.raises(TemplateError, match=named):
        Template.load(path, {})


def test_a_missing_template_says_so(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"nowhere\.yaml cannot be read"):
        Template.load(tmp_path / "nowhere.yaml", {})


@pytest.mark.parametrize(
    "reference",
    [
        "Hello",
        "Hello:live",
        "123456789012:function:Hello",
        "arn:aws:lambda:eu-central-1:123456789012:function:Hello",
        "arn:aws:lambda:eu-central-1:123456789012:function:Hello:$LATEST",
    ],
)
def test_a_function_is_known_by_name_and_by_arn(reference: str) -> None:
    assert function_name(reference) == "Hello"
