"""Alarms, dashboard and saved queries look at what the functions and the gateway really log."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from apikeys.errors import InvalidInputError
from local.template.source import Source
from local.template.template import Template
from operation import audit
from tests.conftest import ROOT
from tests.events import EVENTS, put_example
from tests.template.test_access import KEY_TABLE, listed, statements
from tests.written import written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RUN = """
import json, sys
from importlib import import_module
from types import SimpleNamespace
context = SimpleNamespace(
    function_name="F", aws_request_id="request-1", get_remaining_time_in_millis=lambda: 10_000
)
import_module(sys.argv[1]).handler(json.load(sys.stdin), context)
"""

CONTEXT: Any = SimpleNamespace(
    function_name="F", aws_request_id="request-1", get_remaining_time_in_millis=lambda: 10_000
)

NOWHERE = "http://127.0.0.1:9"

Printed = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def printed(template: Template, dynamodb: "DynamoDBClient") -> Printed:
    """Call a handler with an event, in a separate process; the lines that it prints."""
    put_example(dynamodb)

    def run(function: str, event: Any, endpoint: str = dynamodb.meta.endpoint_url) -> list[dict[str, Any]]:
        described = template.functions[function]
        environment = dict(described.environment) | {
            "PYTHONPATH": str(ROOT / "functions"),
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        }
        command = [sys.executable, "-c", RUN, described.handler.removesuffix(".handler")]
        done = subprocess.run(
            command, env=environment, input=json.dumps(event), capture_output=True, text=True, check=False
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


@pytest.fixture(scope="module")
def verdicts(printed: Printed) -> dict[str, dict[str, Any]]:
    """One line of the authorizer for each verdict."""
    good = EVENTS["authorizer_bearer"]
    elsewhere = good | {"methodArn": good["methodArn"].replace("/api/runtime/capabilities", "/api/keys")}
    lines = [
        *printed("AuthorizerFunction", good),
        *printed("AuthorizerFunction", elsewhere),
        *printed("AuthorizerFunction", EVENTS["authorizer_no_key"]),
        *printed("AuthorizerFunction", good, NOWHERE),
    ]
    assert [line["verdict"] for line in lines] == ["allowed", "denied", "refused", "unavailable"]
    return {line["verdict"]: line for line in lines}


@pytest.fixture(scope="module")
def outcomes(printed: Printed) -> dict[str, dict[str, Any]]:
    """One line of the management functions for each of some operations and outcomes."""
    nobodys = {"organization_id": "org_example", "key_id": "key_000000000000"}
    lines = [
        *printed("CreateKeyFunction", EVENTS["create_key_person_http"]),
        *printed("CreateKeyFunction", {"organization_id": "org_example"}),
        *printed("RevokeKeyFunction", nobodys),
        *printed("RotateKeyFunction", nobodys),
        *printed("ListKeysFunction", EVENTS["list_keys_direct"]),
        *printed("GetKeyFunction", nobodys),
        *printed("GetKeyFunction", nobodys, NOWHERE),
    ]
    return {f"{line['operation']} {line['message']}": line for line in lines}


@pytest.fixture(scope="module")
def verified(printed: Printed) -> list[dict[str, Any]]:
    """The lines of a verification: the use of the key, and the call that verified it."""
    return printed("VerifyKeyFunction", EVENTS["verify_key_http"])


@pytest.fixture(scope="module")
def unverified(printed: Printed) -> list[dict[str, Any]]:
    """The line of a verification while the store is silent."""
    return printed("VerifyKeyFunction", EVENTS["verify_key_http"], NOWHERE)


@pytest.fixture(scope="module")
def fields(
    resources: dict[str, Any],
    verdicts: dict[str, dict[str, Any]],
    verified: list[dict[str, Any]],
    unverified: list[dict[str, Any]],
    outcomes: dict[str, dict[str, Any]],
) -> dict[str, set[str]]:
    """Log group → the fields of its lines."""
    access = json.loads(resources["Api"]["Properties"]["AccessLogSetting"]["Format"])
    return {
        "AccessLogs": set(access),
        "AuthorizerLogs": {name for line in verdicts.values() for name in line},
        "VerifyLogs": {name for line in (*verified, *unverified) for name in line},
        "FunctionLogs": {name for line in outcomes.values() for name in line},
    }


def of_type(resources: dict[str, Any], kind: str) -> dict[str, Any]:
    return {name: one["Properties"] for name, one in resources.items() if one.get("Type") == kind}


def matches(pattern: str, line: dict[str, Any]) -> bool:
    """Whether a JSON pattern of the one form that the template uses matches a log line."""
    comparison = r'\$\.(\w+) (=|!=) "(\w+)"'
    assert re.fullmatch(rf"\{{ {comparison}( && {comparison})* \}}", pattern), pattern
    compared = re.findall(comparison, pattern)
    return all((line.get(name) == value) == (sign == "=") for name, sign, value in compared)


def named(query: str) -> set[str]:
    """The fields that a Logs Insights query names."""
    plain = re.sub(r"\"[^\"]*\"|'[^']*'|/[^/]*/", "", query)
    made = set(re.findall(r"\bas (\w+)", plain))
    words = set(re.findall(r"@?[a-z]\w*(?!\w*\()", plain))
    commands = {"filter", "and", "or", "stats", "sort", "desc", "limit", "display", "by", "as", "like", "in"}
    return words - made - commands - {"m"} - {"@timestamp"}


def dashboard(
    resources: dict[str, Any], *, tracks_usage: bool = True, keeps_history: bool = True
) -> list[dict[str, Any]]:
    body, variables = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    for name, choice in variables.items():
        condition, then, otherwise = choice["Fn::If"]
        holds = {"TrackUsage": tracks_usage, "KeepsHistory": keeps_history}[condition]
        body = body.replace(f"${{{name}}}", then["Fn::Sub"] if holds else otherwise)
    widgets: list[dict[str, Any]] = json.loads(re.sub(r"\$\{([^}]+)\}", r"\1", body))["widgets"]
    return widgets


def metrics(resources: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Each metric that an alarm looks at, by the alarm's name."""
    return [
        (name, one)
        for name, alarm in of_type(resources, "AWS::CloudWatch::Alarm").items()
        for one in [
            alarm,
            *(part.get("MetricStat", {}).get("Metric", {}) for part in alarm.get("Metrics", [])),
        ]
        if "MetricName" in one
    ]


@pytest.mark.parametrize(
    ("metric", "verdict"), [("UnavailableMetric", "unavailable"), ("RefusedMetric", "refused")]
)
def test_a_metric_counts_one_verdict_and_no_other(
    operations: dict[str, Any], verdicts: dict[str, dict[str, Any]], metric: str, verdict: str
) -> None:
    properties = operations[metric]["Properties"]
    assert properties["LogGroupName"] == {"Ref": "AuthorizerLogs"}
    assert [one for one, line in verdicts.items() if matches(properties["FilterPattern"], line)] == [verdict]


def test_the_store_alarm_counts_keys_that_could_not_be_verified(
    operations: dict[str, Any], unverified: list[dict[str, Any]], verified: list[dict[str, Any]]
) -> None:
    properties = operations["UnverifiedMetric"]["Properties"]
    assert properties["LogGroupName"] == {"Ref": "VerifyLogs"}
    [broken] = unverified
    assert matches(properties["FilterPattern"], broken)
    assert not any(matches(properties["FilterPattern"], line) for line in verified)
    [transformation] = properties["MetricTransformations"]
    assert transformation["MetricName"] == operations["KeyStoreAlarm"]["Properties"]["MetricName"]


def test_a_query_for_the_use_of_keys_finds_verified_keys_and_not_those_that_verify(
    operations: dict[str, Any], verified: list[dict[str, Any]]
) -> None:
    [use, call] = verified
    assert "status" in use
    assert "status" not in call
    for name in ("CallsPerKeyQuery", "LastUseQuery", "CallsOfOneKeyQuery"):
        query = operations[name]["Properties"]
        assert {"Ref": "VerifyLogs"} in query["LogGroupNames"]
        assert query["QueryString"].splitlines()[0].endswith(" and ispresent(status)")


def test_a_saved_query_names_fields_that_its_log_group_has(
    operations: dict[str, Any], fields: dict[str, set[str]]
) -> None:
    queries = of_type(operations, "AWS::Logs::QueryDefinition")
    assert len(queries) > 5
    for name, query in queries.items():
        groups = [fields[group["Ref"]] for group in query["LogGroupNames"]]
        assert named(query["QueryString"]), name
        assert named(query["QueryString"]) <= set.union(*groups), name
        # What it filters by is in every group, or it would leave one out; of alternatives, one is enough.
        filtered = query["QueryString"].splitlines()[0]
        if " or " in filtered:
            assert all(named(filtered) & group for group in groups), name
        else:
            assert named(filtered) <= set.intersection(*groups), name


def changes_keys(resources: dict[str, Any], function: str) -> bool:
    """Whether a function's policy lets it write the items of keys, their last use aside."""
    return any(
        action in {"dynamodb:PutItem", "dynamodb:UpdateItem"}
        and resource == KEY_TABLE
        and "about" in attributes(statement)
        for name, statement in statements(resources)
        if name == function
        for action in listed(statement["Action"])
        for resource in [statement["Resource"]]
    )


def attributes(statement: dict[str, Any]) -> list[Any]:
    """The attributes that a statement allows; it says so wherever it is of keys."""
    named: list[Any] = (
        statement.get("Condition", {}).get("ForAllValues:StringEquals", {}).get("dynamodb:Attributes", [])
    )
    return named


def logged_as(resources: dict[str, Any], function: str) -> str:
    """The `operation` of a function's lines, as its handler logs it for an invalid event."""
    module, _, handler = resources[function]["Properties"]["Handler"].rpartition(".")
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "failed", lambda call, _: lines.append(str(call["operation"])))
        with suppress(InvalidInputError):
            getattr(import_module(module), handler)([], CONTEXT)
    [operation] = lines
    return operation


def test_changes_to_keys_include_those_that_failed(
    resources: dict[str, Any], operations: dict[str, Any], outcomes: dict[str, dict[str, Any]]
) -> None:
    query = operations["ChangesToKeysQuery"]["Properties"]["QueryString"]
    name, listed_there = re.fullmatch(r"filter (\w+) in (\[[^]]*\])", query.splitlines()[0]).groups()  # type: ignore[union-attr]
    functions = [name for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"]
    change = [function for function in functions if changes_keys(resources, function)]
    assert len(change) > 5
    assert "RecordUsageFunction" not in change
    assert sorted(json.loads(listed_there)) == sorted(logged_as(resources, one) for one in change)
    assert outcomes.keys() == {
        *("create_key done", "create_key refused", "revoke_key refused", "rotate_key refused"),
        *("list_keys done", "get_key refused", "get_key broken"),
    }
    shown = {one for one, line in outcomes.items() if line[name] in json.loads(listed_there)}
    assert outcomes.keys() - shown == {"list_keys done", "get_key refused", "get_key broken"}
    assert outcomes["revoke_key refused"]["key_id"] == "key_000000000000"


def test_a_widget_names_fields_that_its_log_group_has(
    operations: dict[str, Any], fields: dict[str, set[str]]
) -> None:
    queries = [w["properties"]["query"] for w in dashboard(operations) if w["type"] == "log"]
    assert queries
    for query in queries:
        sources = re.findall(r"SOURCE '(\w+)'", query)
        assert named(re.sub(r"SOURCE '\w+' \| ", "", query)) <= set.union(
            *(fields[one] for one in sources)
        ), query


def test_a_metric_of_the_stack_is_one_that_a_filter_writes(operations: dict[str, Any]) -> None:
    written = {
        one["MetricName"]
        for filtered in of_type(operations, "AWS::Logs::MetricFilter").values()
        for one in filtered["MetricTransformations"]
    }
    stack = {"Ref": "StackName"}
    assert {one["MetricName"] for _, one in metrics(operations) if one["Namespace"] == stack} == written


def test_nothing_takes_the_errors_metric_of_the_authorizer_for_faults(operations: dict[str, Any]) -> None:
    of_errors = [one["Dimensions"] for _, one in metrics(operations) if one["MetricName"] == "Errors"]
    assert of_errors
    assert "AuthorizerFunction" not in json.dumps(of_errors)
    shown = [widget["properties"].get("metrics", []) for widget in dashboard(operations)]
    assert not any("AuthorizerFunction" in str(one) and "'Errors'" in str(one) for one in shown)


def test_an_alarm_goes_off_when_the_recorder_of_usage_fails_is_throttled_or_gives_up(
    operations: dict[str, Any],
) -> None:
    recorder = [{"Name": "FunctionName", "Value": {"Ref": "RecordUsageFunction"}}]
    assert {
        (name, one["MetricName"]) for name, one in metrics(operations) if one.get("Dimensions") == recorder
    } == {
        ("UsageFaultsAlarm", "Errors"),
        ("UsageFaultsAlarm", "Throttles"),
        ("UsageLostAlarm", "AsyncEventsDropped"),
    }


def test_without_usage_tracking_nothing_watches_its_functions(operations: dict[str, Any]) -> None:
    assert "Usage" in json.dumps(dashboard(operations))
    assert "Usage" not in json.dumps(dashboard(operations, tracks_usage=False))
    for name, one in metrics(operations):
        if "Usage" in json.dumps(one.get("Dimensions")):
            assert operations[name]["Condition"] == "UsageMonitored"


def test_an_alarm_goes_off_when_a_kept_history_is_late_or_incomplete(operations: dict[str, Any]) -> None:
    watched = [
        (one["MetricName"], one["Dimensions"]) for name, one in metrics(operations) if name == "HistoryAlarm"
    ]
    assert watched == [
        ("IteratorAge", [{"Name": "FunctionName", "Value": {"Ref": "RecordHistoryFunction"}}]),
        ("ApproximateNumberOfMessagesVisible", [{"Name": "QueueName", "Value": {"Ref": "HistoryFailures"}}]),
    ]
    assert "History" in json.dumps(dashboard(operations))
    assert "History" not in json.dumps(dashboard(operations, keeps_history=False))
    assert operations["HistoryAlarm"]["Condition"] == "HistoryMonitored"


def test_the_alarm_for_an_unreadable_record_lasts_as_long_as_the_stream_has_it(
    operations: dict[str, Any], printed: Printed, verdicts: dict[str, Any], outcomes: dict[str, Any]
) -> None:
    [good, *_] = EVENTS["record_history"]["Records"]
    change = good["dynamodb"]
    broken = good | {"dynamodb": change | {"NewImage": {"id": change["Keys"]["id"]}}}
    [unreadable, recorded] = printed("RecordHistoryFunction", {"Records": [broken]})
    pattern = operations["UnreadableMetric"]["Properties"]["FilterPattern"]
    assert matches(pattern, unreadable)
    assert unreadable["sequence_number"] == change["SequenceNumber"]
    assert unreadable["keys"] == change["Keys"]
    assert not any(matches(pattern, line) for line in (recorded, *verdicts.values(), *outcomes.values()))
    alarm = operations["HistoryUnreadableAlarm"]["Properties"]
    assert (alarm["Threshold"], alarm["DatapointsToAlarm"]) == (0, 1)
    assert alarm["Period"] * alarm["EvaluationPeriods"] == 24 * 60 * 60


def test_an_alarm_goes_off_when_a_rotation_fails(resources: dict[str, Any], template: Template) -> None:
    alarm = resources["RotationAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("AWS/Lambda", "Errors", 0)
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "RotateSecretFunction"}}]
    # Lambda counts what a function raises, and a refusal is raised.
    handler = template.functions["RotateSecretFunction"].handler.removesuffix(".handler")
    with pytest.raises(InvalidInputError):
        import_module(handler).handler({"SecretId": "acme/api-key"}, CONTEXT)


def test_every_alarm_is_on_the_dashboard_and_notifies_the_topic_when_it_starts_and_ends(
    operations: dict[str, Any], resources: dict[str, Any]
) -> None:
    alarms = of_type(operations, "AWS::CloudWatch::Alarm")
    [rotation] = of_type(resources, "AWS::CloudWatch::Alarm").values()
    [shown] = [w["properties"]["alarms"] for w in dashboard(operations) if w["type"] == "alarm"]
    assert rotation["AlarmName"] == {"Fn::Sub": "${AWS::StackName}-rotation"}
    by_name = "arn:AWS::Partition:cloudwatch:AWS::Region:AWS::AccountId:alarm:StackName-rotation"
    assert sorted(shown) == sorted([by_name, *(f"{name}.Arn" for name in alarms)])
    alarms["RotationAlarm"] = rotation
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] == alarm["OKActions"], name
        assert {"Ref": "Monitoring"} in alarm["OKActions"]["Fn::If"][1], name
        assert alarm["TreatMissingData"] == "notBreaching", name


def test_an_alarm_that_points_to_a_query_points_to_an_existing_one(
    operations: dict[str, Any], resources: dict[str, Any]
) -> None:
    names = {
        query["Name"]["Fn::Sub"].removeprefix("${StackName}/")
        for query in of_type(operations, "AWS::Logs::QueryDefinition").values()
    }
    alarms = of_type(operations | resources, "AWS::CloudWatch::Alarm").values()
    pointed = {name for alarm in alarms for name in re.findall(r'query "([^"]+)"', alarm["AlarmDescription"])}
    assert pointed
    assert pointed <= names


def test_the_parameters_of_operations_are_the_resources_of_the_same_name(resources: dict[str, Any]) -> None:
    given = resources["Operations"]["Properties"]["Parameters"]
    assert given.keys() == written("operations.yaml")["Parameters"].keys()
    assert given.pop("StackName") == {"Ref": "AWS::StackName"}
    assert given.pop("RecordHistoryFunction") == {
        "Fn::If": ["KeepsHistory", {"Ref": "RecordHistoryFunction"}, ""]
    }
    assert given.pop("HistoryFailures") == {
        "Fn::If": ["KeepsHistory", {"Fn::GetAtt": ["HistoryFailures", "QueueName"]}, ""]
    }
    assert given.pop("RecordUsageFunction") == {"Fn::If": ["TrackUsage", {"Ref": "RecordUsageFunction"}, ""]}
    assert given.pop("KeyTable") == {
        "Fn::If": ["KeyTableIsOurs", {"Ref": "KeyTable"}, {"Ref": "ExistingKeyTable"}]
    }
    assert given == {name: {"Ref": name} for name in given}


def test_with_monitoring_off_nothing_that_costs_money_is_left(
    resources: dict[str, Any], operations: dict[str, Any]
) -> None:
    conditions = written("operations.yaml")["Conditions"]
    for condition in ("UsageMonitored", "HistoryMonitored"):
        assert {"Condition": "Monitored"} in conditions[condition]["Fn::And"]
    # Detailed metrics cost, and no alarm or widget looks at a single method.
    for declared in resources["Api"]["Properties"]["MethodSettings"]:
        settings = declared["Fn::If"][1] if "Fn::If" in declared else declared
        assert settings["MetricsEnabled"] is False
    assert '"Resource"' not in json.dumps(metrics(operations)) + json.dumps(dashboard(operations))
    for name, resource in operations.items():
        if resource.get("Type") in {
            "AWS::Logs::MetricFilter",
            "AWS::CloudWatch::Alarm",
            "AWS::CloudWatch::Dashboard",
        }:
            assert resource["Condition"] in {"Monitored", "UsageMonitored", "HistoryMonitored"}, name


@pytest.mark.parametrize(("tracing", "traced"), [("Active", True), ("Disabled", False)])
def test_a_function_may_write_traces_only_where_calls_are_traced(tracing: str, traced: bool) -> None:
    source = Source.load(ROOT / "template.yaml", {"Tracing": tracing}, "eu-central-1")
    roles = of_type(source.template["Resources"], "AWS::IAM::Role")
    functions = {name: role for name, role in roles.items() if name.endswith("FunctionRole")}
    assert len(functions) > 5
    for name, role in functions.items():
        assert ("xray" in json.dumps(role).lower()) == traced, name
