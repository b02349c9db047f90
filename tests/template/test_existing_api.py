"""The example of an API in another stack fits the stack with the keys."""

import re
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.written import written

KEYS = written("template.yaml")
EXAMPLE = written("examples/existing-api/template.yaml")
API = EXAMPLE["Resources"]["InvoicesApi"]["Properties"]


def imported(value: Any) -> list[str]:
    """What follows the stack's name in each import, anywhere in the template."""
    match value:
        case {"Fn::ImportValue": {"Fn::Sub": str(name)}}:
            return [name.removeprefix("${KeysStack}")]
        case dict():
            return [name for one in value.values() for name in imported(one)]
        case list():
            return [name for one in value for name in imported(one)]
    return []


def test_all_that_it_imports_is_exported_and_all_that_is_exported_is_imported() -> None:
    exported = [one["Export"]["Name"]["Fn::Sub"] for one in KEYS["Outputs"].values() if "Export" in one]
    assert {name.removeprefix("${AWS::StackName}") for name in exported} == set(imported(EXAMPLE))


def test_it_asks_as_the_api_of_the_keys_does() -> None:
    own = KEYS["Resources"]["Api"]["Properties"]["Auth"]
    theirs = API["Auth"]
    [mine], [other] = own["Authorizers"].values(), theirs["Authorizers"].values()
    assert other == mine | {
        name: other[name]
        for name in ("FunctionArn", "FunctionInvokeRole", "DisableFunctionDefaultPermissions")
    }
    assert {**own, "Authorizers": ...} == {**theirs, "Authorizers": ...}


def test_its_gateway_responses_are_the_same_file() -> None:
    def file(properties: dict[str, Any], base: str) -> object:
        include = properties["GatewayResponses"]["Fn::Transform"]
        assert include["Name"] == "AWS::Include"
        return (ROOT / base / include["Parameters"]["Location"]).resolve()

    assert file(API, "examples/existing-api") == file(KEYS["Resources"]["Api"]["Properties"], ".")


def test_the_gateway_responses_are_written_as_an_included_file_has_to_be() -> None:
    # No aliases, no short forms of functions.
    lines = (ROOT / "gateway-responses.yaml").read_text().splitlines()
    written = [line for line in lines if not line.lstrip().startswith("#")]
    assert not [line for line in written if re.search(r"(^|[\s\[{,])[&*!]\w", line)]


def test_its_access_log_has_the_lines_that_usage_is_read_from() -> None:
    own = KEYS["Resources"]["Api"]["Properties"]["AccessLogSetting"]
    assert API["AccessLogSetting"]["Format"] == own["Format"]
    events = KEYS["Resources"]["RecordUsageFunction"]["Properties"]["Events"]
    subscription = EXAMPLE["Resources"]["UsageSubscription"]["Properties"]
    assert subscription["FilterPattern"] == events["AccessLog"]["Properties"]["FilterPattern"]


def test_only_its_own_access_log_may_call_the_function_that_records_usage() -> None:
    permission = EXAMPLE["Resources"]["UsagePermission"]["Properties"]
    assert permission["SourceArn"] == API["AccessLogSetting"]["DestinationArn"]
    assert permission["Principal"] == "logs.amazonaws.com"


@pytest.mark.parametrize("name", ["key_id", "organization_id", "scopes"])
def test_the_document_names_what_the_authorizer_passes_to_a_route(name: str) -> None:
    document = (ROOT / "docs" / "your-api.md").read_text()
    assert f"| `{name}` |" in document.partition("### What your function receives")[2]
