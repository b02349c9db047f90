"""What the gateway reads from a SAM template."""

from pathlib import Path

import pytest

from local.template.function import function_name
from local.template.parameters import TemplateError
from local.template.template import Template

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


def test_an_openapi_file_next_to_the_template_is_served(path: Path) -> None:
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
        ("a: [", "cannot be read: line 2, column 1: "),
        ("{% if x %}", "cannot be read: line 1, column 2: found character that cannot start any token"),
        ("a: \x01", "cannot be read: "),
        (f"{HEAD}Resources: {{}}", "Resources"),
        (f"{HEAD}Resources:{FUNCTION.replace('Handler: app.handler', 'Handlr: x')}", "Hello"),
        (f"{HEAD}Resources:{FUNCTION.split('      Events', maxsplit=1)[0]}", "no REST API"),
    ],
)
def test_a_template_that_cannot_be_served_says_why(path: Path, text: str, named: str) -> None:
    path.write_text(text)
    with pytest.raises(TemplateError, match=named) as refused:
        Template.load(path, {})
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "Resources: {A: 5}",
        "Resources: {A: {Type: 5}}",
        "Resources: {A: {Type: 'AWS::Serverless::Function', Properties: null}}",
        "Resources: {A: {Type: 'AWS::Serverless::Function', Properties: 5}}",
        f"Globals: 5\nResources:{FUNCTION}",
        f"Globals: {{Function: 5}}\nResources:{FUNCTION}",
        f"Parameters: {{P: 5}}\nResources:{FUNCTION}",
        f"Parameters: {{P: {{Default: 5}}}}\nResources:{FUNCTION}",
        f"Rules: {{R: 5}}\nResources:{FUNCTION}",
        f"Conditions: 5\nResources:{FUNCTION}",
        "Resources: {A: {Type: 'AWS::ApiGateway::RestApi', Properties: {Body: 5}}}",
        "Resources: {A: {Type: 'AWS::ApiGateway::RestApi', Properties: {Body: {paths: {/a: 5}}}}}",
        "Resources: {A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, DefinitionUri: gone}}}",
        "Resources: {A: {Type: 'AWS::Serverless::Api', Properties: {StageName: a, Auth: 5}}}",
    ],
)
def test_a_template_of_another_shape_says_so(path: Path, text: str) -> None:
    path.write_text(HEAD + text)
    with pytest.raises(TemplateError):
        Template.load(path, {})


IMPORT = "{'Fn::ImportValue': elsewhere}"
SERVERLESS = "Type: AWS::Serverless::Function, Properties"
PYTHON = "Handler: a.b, Runtime: python3.13"
UNSERVED = {
    "NoCode": f"{SERVERLESS}: {{CodeUri: elsewhere, {PYTHON}}}",
    "Image": f"{SERVERLESS}: {{PackageType: Image}}",
    "Node": f"{SERVERLESS}: {{CodeUri: code, Handler: a.b, Runtime: nodejs22.x}}",
    "Imports": f"{SERVERLESS}: {{CodeUri: code, {PYTHON}, Environment: {{Variables: {{A: {IMPORT}}}}}}}",
    "InS3": "Type: AWS::Lambda::Function, Properties: {Code: {S3Bucket: a, S3Key: b}, Handler: a.b}",
}


@pytest.mark.parametrize("name", UNSERVED)
def test_a_function_that_cannot_be_served_does_not_affect_the_others(path: Path, name: str) -> None:
    path.write_text(f"{HEAD}Resources:{FUNCTION}\n  {name}: {{{UNSERVED[name]}}}\n")
    template = Template.load(path, {})
    assert template.functions.keys() == {"Hello"}
    assert template.unserved.keys() == {name}
    [warning] = template.warnings
    assert warning.startswith(f"{name} is not served: ")


def test_parts_that_the_local_gateway_does_not_use_may_be_anything(path: Path) -> None:
    imported = "Role: {'Fn::ImportValue': role}\n      VpcConfig: {SubnetIds: {'Fn::ImportValue': nets}}"
    machine = "Type: AWS::Serverless::StateMachine, Properties: {DefinitionUri: a.json}"
    function = FUNCTION.replace("Handler:", f"{imported}\n      Handler:").replace(
        "NUMBER: 7", "NUMBER: !Ref Steps"
    )
    path.write_text(f"{HEAD}Resources:{function}\n  Steps: {{{machine}}}\n")
    template = Template.load(path, {})
    assert template.functions["Hello"].environment["NUMBER"] == "Steps"
    assert template.warnings == ["Steps: AWS::Serverless::StateMachine is not served."]


def test_code_within_the_template_is_found(path: Path) -> None:
    inline = FUNCTION.replace("CodeUri: code", "InlineCode: 'handler = print'").replace("Hello", "Inline")
    plain = "Plain: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: 'x = 1'}, Handler: index.x}}"
    path.write_text(f"{HEAD}Resources:{inline}\n  {plain}\n")
    functions = Template.load(path, {}).functions
    assert functions["Inline"].inline_code == "handler = print"
    assert functions["Plain"].inline_code == "x = 1"


def test_a_plain_function_may_have_a_directory(path: Path) -> None:
    plain = "Plain: {Type: AWS::Lambda::Function, Properties: {Code: ./code, Handler: index.x}}"
    path.write_text(f"{HEAD}Resources:{FUNCTION}\n  {plain}\n")
    assert Template.load(path, {}).functions["Plain"].code == path.parent / "code"


def test_one_of_several_apis_is_chosen(path: Path) -> None:
    body = "{openapi: 3.0.1, info: {title: a, version: '1'}, paths: {/other: {}}}"
    other = f"Other: {{Type: AWS::Serverless::Api, Properties: {{StageName: b, DefinitionBody: {body}}}}}"
    path.write_text(f"{HEAD}Resources:{FUNCTION}\n  {other}\n")
    with pytest.raises(TemplateError, match=r"Other, ServerlessRestApi\. Choose with --api"):
        Template.load(path, {})
    with pytest.raises(TemplateError, match="no REST API Third"):
        Template.load(path, {}, api="Third")
    assert "/other" in Template.load(path, {}, api="Other").api.body["paths"]
    assert "/hello" in Template.load(path, {}, api="ServerlessRestApi").api.body["paths"]


@pytest.mark.parametrize(
    ("declared", "value", "warning"),
    [
        ("AllowedPattern: '[a-z]+'", "abc", None),
        ("AllowedPattern: '[a-z]+'", "abc1", "AllowedPattern [a-z]+"),
        ("AllowedPattern: '[a-z]+', ConstraintDescription: Letters.", "1", "refuse this value. Letters."),
        ("MinLength: 3", "ab", "MinLength 3"),
        ("MaxLength: '3'", "abcd", "MaxLength 3"),
        ("Type: Number, MinValue: 3", "2", "MinValue 3"),
        ("Type: Number, MaxValue: 3", "3", None),
        ("Type: Number", "many", "Type Number"),
    ],
)
def test_a_parameter_that_a_deployment_would_refuse_prints_a_warning(
    path: Path, declared: str, value: str, warning: str | None
) -> None:
    kind = "" if "Type" in declared else "Type: String, "
    path.write_text(f"{HEAD}Parameters: {{Word: {{{kind}{declared}}}}}\nResources:{FUNCTION}")
    warnings = Template.load(path, {"Word": value}).warnings
    assert [line.partition(":")[0] for line in warnings] == (["Parameter Word"] if warning else [])
    assert (warning or "") in "".join(warnings)


def test_a_rule_that_a_deployment_would_refuse_prints_a_warning(path: Path) -> None:
    rules = """Parameters: {Word: {Type: String, Default: no}}
Rules:
  Polite:
    RuleCondition: !Not [!Equals [!Ref Word, yes]]
    Assertions: [{Assert: !Contains [[please], !Ref Word], AssertDescription: Say please.}]
  Odd:
    Assertions: [{Assert: {'Fn::EachMemberIn': [[a], [a]]}}]
"""
    path.write_text(f"{HEAD}{rules}Resources:{FUNCTION}")
    refused, unknown = Template.load(path, {}).warnings
    assert refused == "Rule Polite: a deployment would refuse this. Say please."
    assert unknown.startswith("Rule Odd is not checked: Fn::EachMemberIn")
    assert len(Template.load(path, {"Word": "please"}).warnings) == 1


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
