"""What the template allows, and what it must not."""

from typing import Any

from local.template.intrinsics import Resolver
from local.template.source import Source
from local.template.template import Template
from tests.conftest import ROOT
from tests.written import written

# The stack's own, or one that existed before.
_EXISTING = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${ExistingKeyTable}"
KEY_TABLE = {"Fn::If": ["KeyTableIsOurs", {"Fn::GetAtt": ["KeyTable", "Arn"]}, {"Fn::Sub": _EXISTING}]}
TABLE = [KEY_TABLE, {"Fn::Sub": ["${Table}/index/organization_keys", {"Table": KEY_TABLE}]}]

EVENT_BUS = {"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/${EventBus}"}
SEND_EVENTS = {"RecordHistoryFunction", "ReportLeakFunction", "GithubLeakFunction"}
# Not of a table. tests/iam/test_plans.py says what these may reach.
FOR_PLANS = {
    *(
        (name, "lambda:InvokeFunction")
        for name in ("CreateKeyFunction", "RotateKeyFunction", "RotateSecretFunction", "ImportKeysFunction")
    ),
    *(("SetPlanFunction", f"apigateway:{method}") for method in ("POST", "DELETE")),
}


def listed(one_or_more: str | list[str]) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more


def statements(resources: dict[str, Any]) -> list[tuple[str, Any]]:
    """Every statement of every function's policy, with the function's name."""
    return [
        (name, statement)
        for name, resource in resources.items()
        if resource.get("Type") == "AWS::Serverless::Function"
        for written in resource["Properties"].get("Policies", [])
        for policy in [written["Fn::If"][1] if "Fn::If" in written else written]
        for statement in policy["Statement"]
    ]


def allowed(resources: dict[str, Any]) -> dict[str, list[tuple[str, Any]]]:
    """Function → the actions that its policy allows, each with its resource."""
    functions = [name for name, one in resources.items() if one.get("Type") == "AWS::Serverless::Function"]
    found: dict[str, list[tuple[str, Any]]] = {name: [] for name in functions}
    for name, statement in statements(resources):
        found[name] += [(action, statement["Resource"]) for action in listed(statement["Action"])]
    return found


def test_a_function_may_reach_only_the_stacks_own_tables(resources: dict[str, Any]) -> None:
    tables = [
        {"Fn::GetAtt": [name, "Arn"]}
        for name, one in resources.items()
        if one["Type"] == "AWS::DynamoDB::Table"
    ]
    indexes = [{"Fn::Sub": "${HistoryTable.Arn}/index/key_events"}]
    for name, actions in allowed(resources).items():
        for action, resource in actions if name != "LogsRoleFunction" else ():
            if (name, action) in FOR_PLANS:
                continue
            assert action.startswith("dynamodb:") or (action == "events:PutEvents" and name in SEND_EVENTS), (
                name
            )
            assert resource in tables + indexes + TABLE + [EVENT_BUS], name


def test_only_functions_that_report_changes_of_keys_write_the_history_and_to_one_bus(
    resources: dict[str, Any],
) -> None:
    found = allowed(resources)
    table = {"Fn::GetAtt": ["HistoryTable", "Arn"]}
    assert found["RecordHistoryFunction"] == [("dynamodb:PutItem", table), ("events:PutEvents", EVENT_BUS)]
    assert {
        name for name, actions in found.items() if ("events:PutEvents", EVENT_BUS) in actions
    } == SEND_EVENTS
    writers = {
        name
        for name, actions in found.items()
        for action, resource in actions
        if resource == table and action not in {"dynamodb:GetItem", "dynamodb:Query"}
    }
    assert writers == SEND_EVENTS
    for writer in writers:
        policies = resources[writer]["Properties"]["Policies"]
        [written] = [one for one in policies if "Fn::If" in one and "events:PutEvents" in str(one)]
        assert written["Fn::If"][0] == "EventsAreSent"


def test_the_function_for_the_logs_role_may_only_change_the_account_and_pass_that_role(
    resources: dict[str, Any],
) -> None:
    account = {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}::/account"}
    assert allowed(resources)["LogsRoleFunction"] == [
        ("apigateway:GET", account),
        ("apigateway:PATCH", account),
        ("iam:PassRole", {"Fn::GetAtt": ["LogsRole", "Arn"]}),
    ]


def test_only_secrets_manager_of_this_account_may_call_the_rotation_function(
    resources: dict[str, Any],
) -> None:
    permissions = [
        one["Properties"]
        for one in resources.values()
        if one["Type"] == "AWS::Lambda::Permission"
        and one["Properties"]["FunctionName"] == {"Ref": "RotateSecretFunction"}
    ]
    assert permissions == [
        {
            "Action": "lambda:InvokeFunction",
            "FunctionName": {"Ref": "RotateSecretFunction"},
            "Principal": "secretsmanager.amazonaws.com",
            "SourceAccount": {"Ref": "AWS::AccountId"},
        }
    ]


def test_every_role_has_the_path_and_the_boundary_that_the_account_asks_for() -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    given = {"PermissionsBoundaryArn": boundary, "RolePath": "/platform/"}
    source = Source.load(ROOT / "template.yaml", given, "eu-central-1")
    resolver = Resolver(source.template, given, "eu-central-1")
    roles = resolver.resources("AWS::IAM::Role")
    assert "LogsRole" in roles
    for name, role in roles.items():
        held = resolver.pick(role, "Path", "PermissionsBoundary")
        assert held == {"Path": "/platform/", "PermissionsBoundary": boundary}, name


def test_the_backend_may_not_reach_the_keys(resources: dict[str, Any]) -> None:
    assert all(resource not in TABLE for _, resource in allowed(resources)["RuntimeFunction"])


def test_the_page_may_reach_nothing(resources: dict[str, Any]) -> None:
    assert allowed(resources)["SettingsPageFunction"] == []


def test_no_function_may_read_the_whole_table_or_delete_a_key(resources: dict[str, Any]) -> None:
    of_one_item = {"GetItem", "PutItem", "UpdateItem", "ConditionCheckItem", "DeleteItem", "Query"}
    for name, actions in allowed(resources).items():
        for action, resource in actions:
            if resource in TABLE:
                assert action.removeprefix("dynamodb:") in of_one_item, name
    for name, statement in statements(resources):
        if "dynamodb:DeleteItem" in listed(statement["Action"]) and statement["Resource"] in TABLE:
            patterns = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert set(patterns) <= {"ses_*", "tic_*"}, name


def test_the_authorizer_may_read_a_key_and_nothing_else(resources: dict[str, Any]) -> None:
    assert allowed(resources)["AuthorizerFunction"] == [("dynamodb:GetItem", KEY_TABLE)]


def test_an_api_of_another_stack_may_ask_the_authorizer_and_nothing_else(resources: dict[str, Any]) -> None:
    role = resources["AuthorizerInvokeRole"]["Properties"]
    [trusted] = role["AssumeRolePolicyDocument"]["Statement"]
    assert (trusted["Principal"], trusted["Action"]) == (
        {"Service": "apigateway.amazonaws.com"},
        "sts:AssumeRole",
    )
    assert "ManagedPolicyArns" not in role
    [policy] = role["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    alias = resources["AuthorizerAlias"]["Properties"]["Name"]
    assert statement == {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Resource": [
            {"Fn::GetAtt": ["AuthorizerFunction", "Arn"]},
            {"Fn::Sub": "${AuthorizerFunction.Arn}:" + alias},
        ],
    }


def test_another_stack_gets_the_authorizer_that_the_api_itself_asks(resources: dict[str, Any]) -> None:
    [authorizer] = resources["Api"]["Properties"]["Auth"]["Authorizers"].values()
    outputs = written("template.yaml")["Outputs"]
    assert outputs["AuthorizerFunctionArn"]["Value"] == authorizer["FunctionArn"]


def test_the_index_contains_no_digest_and_no_usage_key(resources: dict[str, Any]) -> None:
    indexes = resources["KeyTable"]["Properties"]["GlobalSecondaryIndexes"]
    for index in [one["Fn::If"][1] if "Fn::If" in one else one for one in indexes]:
        assert index["Projection"]["ProjectionType"] == "INCLUDE"
        assert not {"digest", "usage_key"} & set(index["Projection"]["NonKeyAttributes"])


def test_every_call_except_those_for_the_page_asks_the_authorizer(template: Template) -> None:
    authorizer = template.api.body["components"]["securitySchemes"]["KeyAuthorizer"]
    assert authorizer["x-amazon-apigateway-authorizer"]["authorizerResultTtlInSeconds"] == 0
    assert "identitySource" not in authorizer["x-amazon-apigateway-authorizer"]
    open_paths = {
        path
        for path, methods in template.api.body["paths"].items()
        for operation in methods.values()
        if operation["security"] != [{"KeyAuthorizer": []}]
    }
    assert open_paths == {"/settings/api", "/settings/session"}


def test_githubs_reports_have_a_route_only_with_their_parameter(template: Template) -> None:
    path, given = (
        "/leaks/github",
        {"GithubKeysUrl": "https://api.github.com/meta/public_keys/secret_scanning"},
    )
    assert not template.api.body["paths"][path]
    opened = Template.load(ROOT / "template.yaml", given).api.body["paths"][path]
    assert opened.keys() == {"post"}
    assert opened["post"]["security"] == [{"NONE": []}]


def test_no_answer_is_cached_and_no_header_is_logged(resources: dict[str, Any]) -> None:
    properties = resources["Api"]["Properties"]
    for declared in properties["MethodSettings"]:
        settings = declared["Fn::If"][1] if "Fn::If" in declared else declared
        assert (settings["CachingEnabled"], settings["DataTraceEnabled"]) == (False, False)
    assert "header" not in properties["AccessLogSetting"]["Format"].lower()
