"""The stacks are created and deleted in an emulator's CloudFormation, in the order of a team's work."""

import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

import pytest
from samtranslator.yaml_helper import yaml_parse

from tests.conftest import ROOT
from tests.deploy.account import Account, Stack, zipped
from tests.deploy.deployed import PASSED_OVER, authorize, event, of_kind, passed_over, variables
from tests.deploy.parameters import BOUNDARY, EVERYTHING_ELSE, SERVICE_OF_ONES_OWN

LAYERS_OF_LWA = "753240598075"
#: The content of a layer, where any will do.
SMALL_FUNCTION = ROOT / "functions" / "people" / "who"

# A busy machine deploys a stack in three minutes.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def template(account: Account) -> dict[str, Any]:
    return account.packaged(ROOT / "template.yaml")


@pytest.fixture(scope="module")
def keys(account: Account, template: dict[str, Any]) -> Stack:
    """The stack as shipped: no parameter is given."""
    # On AWS the adapter's maintainers publish it, here the test does.
    theirs = account.client("lambda", LAYERS_OF_LWA)
    for _ in range(30):
        theirs.publish_layer_version(
            LayerName="LambdaAdapterLayerArm64", Content={"ZipFile": zipped(SMALL_FUNCTION)}
        )
    return account.deploy("api-keys", template)


@pytest.fixture(scope="module")
def key(account: Account, keys: Stack) -> dict[str, Any]:
    """The first admin key, as the README creates it."""
    created: dict[str, Any] = account.invoke(
        keys.outputs["CreateKeyFunctionName"], event("create_key_admin_direct.json")
    )
    assert "secret" in created, created
    return created


@pytest.fixture(scope="module")
def deleted(account: Account, keys: Stack, key: dict[str, Any]) -> Stack:
    """The first stack, once it had a key and is deleted. What comes before it in this file runs before."""
    assert key["id"]
    return account.delete(keys)


def test_the_template_as_shipped_is_created_completely(keys: Stack) -> None:
    assert {one["ResourceStatus"] for one in keys.resources.values()} == {"CREATE_COMPLETE"}
    assert passed_over(keys) <= PASSED_OVER
    declared = yaml_parse((ROOT / "template.yaml").read_text())["Resources"]
    assert {name for name, one in declared.items() if "Condition" not in one} <= keys.resources.keys()


def test_every_function_is_deployed_with_its_role_and_its_log(account: Account, keys: Stack) -> None:
    roles = of_kind(keys, "AWS::IAM::Role")
    logs = set(of_kind(keys, "AWS::Logs::LogGroup").values())
    functions = of_kind(keys, "AWS::Lambda::Function")
    assert len(functions) > 20
    for name, function in functions.items():
        told = account.client("lambda").get_function_configuration(FunctionName=function)
        assert told["Role"].rpartition("/")[2] == roles[f"{name}Role"]
        assert told["LoggingConfig"]["LogGroup"] in logs


def test_the_outputs_name_resources_that_exist(account: Account, keys: Stack) -> None:
    for name, value in keys.outputs.items():
        if name.endswith("FunctionName"):
            assert value == of_kind(keys, "AWS::Lambda::Function")[name.removesuffix("Name")]
        elif name.endswith("TableName"):
            account.client("dynamodb").describe_table(TableName=value)
        elif name.endswith("LogGroupName"):
            assert value == of_kind(keys, "AWS::Logs::LogGroup")[f"{name.removesuffix('GroupName')}s"]
    exports = {
        one["Name"]: one["Value"] for one in account.client("cloudformation").list_exports()["Exports"]
    }
    for name in ("AuthorizerFunctionArn", "AuthorizerInvokeRoleArn", "RecordUsageFunctionArn"):
        assert exports[f"api-keys-{name}"] == keys.outputs[name]


def test_cloudformation_includes_the_gateway_responses_before_sam_reads_the_api(
    account: Account, keys: Stack
) -> None:
    # The emulator's API Gateway does not read them.
    processed = account.client("cloudformation").get_template(StackName=keys.id, TemplateStage="Processed")[
        "TemplateBody"
    ]
    template = processed if isinstance(processed, dict) else yaml_parse(processed)
    body = template["Resources"]["Api"]["Properties"]["Body"]
    written = yaml_parse((ROOT / "gateway-responses.yaml").read_text())
    assert body["x-amazon-apigateway-gateway-responses"].keys() == written.keys()


def test_a_first_key_is_created_and_opens_an_operation(
    account: Account, keys: Stack, key: dict[str, Any]
) -> None:
    verdict = authorize(account, keys, key["secret"])
    assert verdict["context"]["key_id"] == key["id"]
    asked = event("list_keys_http.json")
    asked["requestContext"]["authorizer"] = verdict["context"]
    answer = account.invoke(keys.outputs["ListKeysFunctionName"], asked)
    assert answer["statusCode"] == 200, answer
    assert [one["id"] for one in json.loads(answer["body"])["keys"]] == [key["id"]]


def test_a_key_that_nobody_created_is_refused(account: Account, keys: Stack) -> None:
    secret = event("verify_key_direct.json")["key"]
    assert authorize(account, keys, secret)["errorMessage"] == "Unauthorized"


def test_a_created_key_comes_through_the_streams_filter_into_the_history(
    account: Account, keys: Stack, key: dict[str, Any]
) -> None:
    asked = {"organization_id": key["organization_id"], "key_id": key["id"]}
    deadline = time.monotonic() + 120
    told: dict[str, Any] = {}
    while not told.get("events") and time.monotonic() < deadline:
        told = account.invoke(keys.outputs["KeyHistoryFunctionName"], asked)
        assert "errorMessage" not in told, told
        time.sleep(0.2)
    assert len(told["events"]) == 1, told


def test_the_settings_page_is_served(account: Account, keys: Stack) -> None:
    stage = f"{account.endpoint}/_aws/execute-api/{keys.outputs['ApiId']}/{keys.outputs['StageName']}"
    with urlopen(f"{stage}/settings/api") as answer:  # noqa: S310 - the emulator's
        assert "<title>API keys" in answer.read().decode()


@pytest.mark.parametrize("tracked", ["true", "false"])
def test_an_api_of_another_stack_imports_the_authorizer(account: Account, keys: Stack, tracked: str) -> None:
    example = account.packaged(ROOT / "examples" / "existing-api" / "template.yaml")
    invoices = account.deploy(f"invoices-{tracked}", example, KeysStack="api-keys", UsageTracking=tracked)
    [authorizer] = account.client("apigateway").get_authorizers(restApiId=invoices.outputs["ApiId"])["items"]
    assert keys.outputs["AuthorizerFunctionArn"] in authorizer["authorizerUri"]
    assert authorizer["authorizerCredentials"] == keys.outputs["AuthorizerInvokeRoleArn"]
    log = of_kind(invoices, "AWS::Logs::LogGroup")["InvoicesAccessLogs"]
    told = account.client("logs").describe_subscription_filters(logGroupName=log)["subscriptionFilters"]
    recorders = [keys.outputs["RecordUsageFunctionArn"]] if tracked == "true" else []
    assert [one["destinationArn"] for one in told] == recorders
    account.delete(invoices)


def test_a_custom_domain_can_be_put_in_front_of_the_api(account: Account, keys: Stack) -> None:
    certificate = account.client("acm").request_certificate(DomainName="api.example.com")["CertificateArn"]
    edge = account.deploy(
        "api-keys-edge",
        yaml_parse((ROOT / "edge.yaml").read_text()),
        ApiId=keys.outputs["ApiId"],
        DomainName="api.example.com",
        CertificateArn=certificate,
        CallsPerAddress="2000",
    )
    assert passed_over(edge) <= PASSED_OVER
    [mapping] = account.client("apigateway").get_base_path_mappings(domainName="api.example.com")["items"]
    assert (mapping["restApiId"], mapping["stage"]) == (keys.outputs["ApiId"], "live")
    assert edge.outputs["SettingsPageUrl"] == "https://api.example.com/settings/api"
    assert edge.outputs["DomainTarget"]
    account.delete(edge)


def test_a_deleted_stack_leaves_the_keys_their_history_and_the_role_of_the_logs(
    account: Account, keys: Stack, deleted: Stack
) -> None:
    kept = {name for name, one in deleted.resources.items() if one["ResourceStatus"] == "DELETE_SKIPPED"}
    assert kept == {"KeyTable", "HistoryTable", "LogsRole"}
    assert sorted(account.client("dynamodb").list_tables()["TableNames"]) == sorted(
        [keys.outputs["KeyTableName"], keys.outputs["HistoryTableName"]]
    )
    roles = [one["RoleName"] for one in account.client("iam").list_roles()["Roles"]]
    assert roles == [of_kind(keys, "AWS::IAM::Role")["LogsRole"]]
    assert account.client("lambda").list_functions()["Functions"] == []
    assert account.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    assert account.client("apigateway").get_rest_apis()["items"] == []
    assert account.client("logs").describe_log_groups()["logGroups"] == []
    assert "QueueUrls" not in account.client("sqs").list_queues()


@pytest.fixture
def moved(account: Account, template: dict[str, Any], keys: Stack, deleted: Stack) -> Iterator[Any]:
    """Deploy a stack on the key table that the first one left. It is deleted at the end."""
    assert deleted.status == "DELETE_COMPLETE"
    table = account.client("dynamodb").describe_table(TableName=keys.outputs["KeyTableName"])["Table"]
    stacks: list[Stack] = []

    def deploy(name: str, parameters: dict[str, str]) -> Stack:
        on_the_table = {
            "ExistingKeyTable": table["TableName"],
            "ExistingKeyTableStream": table["LatestStreamArn"],
        }
        stacks.append(account.deploy(name, template, **parameters | on_the_table))
        return stacks[0]

    yield deploy
    for stack in stacks:
        account.delete(stack)


def test_the_variants_set_every_other_parameter(template: dict[str, Any]) -> None:
    turned = SERVICE_OF_ONES_OWN.keys() | EVERYTHING_ELSE.keys() | {"ExistingKeyTable"}
    # Another prefix would close the table's keys.
    assert template["Parameters"].keys() - turned == {"KeyPrefix", "Plans", "UsageTracking"}


def test_the_kept_table_serves_a_new_stack_in_front_of_your_own_service(
    account: Account, key: dict[str, Any], moved: Any
) -> None:
    secret = account.client("secretsmanager").create_secret(Name="gateway", SecretString="s" * 40)["ARN"]
    stack = moved("service", SERVICE_OF_ONES_OWN | {"RuntimeUrlSecretArn": secret})
    assert passed_over(stack) <= PASSED_OVER
    assert authorize(account, stack, key["secret"])["context"]["key_id"] == key["id"]
    assert not {"KeyTable", "RuntimeFunction", "SessionTable"} & stack.resources.keys()
    assert not {"ApiUrl", "SettingsPageUrl", "RuntimeFunctionName"} & stack.outputs.keys()
    assert stack.outputs["AuthorizerFunctionArn"].endswith(":live")
    for name in of_kind(stack, "AWS::IAM::Role").values():
        role = account.client("iam").get_role(RoleName=name)["Role"]
        assert role["Path"] == "/api-keys/"
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY


def test_the_kept_table_serves_a_new_stack_with_every_other_parameter_set(
    account: Account, key: dict[str, Any], moved: Any
) -> None:
    layer = account.client("lambda").publish_layer_version(
        LayerName="adapter", Content={"ZipFile": zipped(SMALL_FUNCTION)}
    )["LayerVersionArn"]
    stack = moved("turned", EVERYTHING_ELSE | {"AdapterLayerArn": layer})
    assert authorize(account, stack, key["secret"])["context"]["key_id"] == key["id"]
    runtime = variables(account, stack.outputs["RuntimeFunctionName"])
    assert runtime["ALLOWED_ORIGINS"] == EVERYTHING_ELSE["AllowedOrigins"]
    assert variables(account, stack.outputs["AuthorizerFunctionName"])["SCOPES"] == EVERYTHING_ELSE["Scopes"]
    told = account.client("lambda").get_function_configuration(
        FunctionName=stack.outputs["RuntimeFunctionName"]
    )
    assert (told["Architectures"], [one["Arn"] for one in told["Layers"]]) == (["x86_64"], [layer])
