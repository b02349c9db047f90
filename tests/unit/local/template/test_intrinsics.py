"""Intrinsic functions of a template."""

from typing import Any

import pytest

from local.template.intrinsics import Resolver
from local.template.parameters import TemplateError

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Name": {"Type": "String", "Default": "world"},
        "Count": {"Type": "Number", "Default": 3},
        "Sizes": {"Type": "CommaDelimitedList", "Default": "s,m,l"},
        "Size": {"Type": "String", "Default": "s", "AllowedValues": ["s", "m"]},
    },
    "Mappings": {"Layers": {"eu-central-1": {"arm64": "layer:1"}}},
    "Conditions": {
        "Greets": {"Fn::Equals": [{"Ref": "Name"}, "world"]},
        "Leaves": {"Fn::Not": [{"Condition": "Greets"}]},
        "Both": {"Fn::And": [{"Condition": "Greets"}, {"Condition": "Leaves"}]},
        "Either": {"Fn::Or": [{"Condition": "Greets"}, {"Condition": "Leaves"}]},
        "Three": {"Fn::Equals": [{"Ref": "Count"}, "3"]},
    },
    "Resources": {
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"Size": {"Ref": "Size"}}},
        "Work": {"Type": "AWS::Lambda::Function"},
        "WorkLive": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {"FunctionName": {"Ref": "Work"}, "Name": "live"},
        },
        "Gone": {"Type": "AWS::DynamoDB::Table", "Condition": "Leaves"},
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"Bad": {"Fn::ImportValue": "elsewhere"}}},
    },
}


def resolve(value: object, **parameters: str) -> object:
    return Resolver(TEMPLATE, parameters, "eu-central-1").resolve(value)


WORK_ARN = "arn:aws:lambda:eu-central-1:123456789012:function:Work"


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Ref": "Name"}, "world"),
        ({"Ref": "Count"}, "3"),
        ({"Ref": "Sizes"}, ["s", "m", "l"]),
        ({"Ref": "Table"}, "Table"),
        ({"Ref": "WorkLive"}, f"{WORK_ARN}:live"),
        ({"Ref": "AWS::Region"}, "eu-central-1"),
        ({"Ref": "AWS::AccountId"}, "123456789012"),
        ({"Fn::GetAtt": ["Work", "Arn"]}, WORK_ARN),
        ({"Fn::GetAtt": "Table.Arn"}, "arn:aws:dynamodb:eu-central-1:123456789012:table/Table"),
        ({"Fn::Sub": "hello ${Name}, ${!Literal} ${Work.Arn}"}, f"hello world, ${{Literal}} {WORK_ARN}"),
        ({"Fn::Sub": ["${Who}/${Name}", {"Who": {"Ref": "Table"}}]}, "Table/world"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Name"}, 1, True]]}, "a-world-1-true"),
        ({"Fn::Select": ["1", {"Ref": "Sizes"}]}, "m"),
        ({"Fn::Select": [0, {"Fn::Split": [",", "x,y"]}]}, "x"),
        ({"Fn::FindInMap": ["Layers", {"Ref": "AWS::Region"}, "arm64"]}, "layer:1"),
        ({"Fn::Base64": {"Ref": "Name"}}, "d29ybGQ="),
        ({"Fn::If": ["Greets", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Leaves", "yes", "no"]}, "no"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Three", "yes", "no"]}, "yes"),
        ({"kept": 1, "dropped": {"Fn::If": ["Leaves", 1, {"Ref": "AWS::NoValue"}]}}, {"kept": 1}),
        ([1, {"Ref": "AWS::NoValue"}, 2], [1, 2]),
        ({"deep": [{"er": {"Ref": "Name"}}]}, {"deep": [{"er": "world"}]}),
        ({"Condition": {"Bool": {"a": "b"}}}, {"Condition": {"Bool": {"a": "b"}}}),
    ],
)
def test_a_value_resolves(value: object, resolved: object) -> None:
    assert resolve(value) == resolved


def test_a_given_parameter_replaces_the_default() -> None:
    assert resolve({"Fn::If": ["Greets", {"Ref": "Name"}, "stranger"]}, Name="you") == "stranger"


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Ref": "Nothing"}, "Nothing"),
        ({"Fn::GetAtt": ["Nothing", "Arn"]}, "Nothing"),
        ({"Fn::Sub": "${Nothing}"}, "Nothing"),
        ({"Fn::If": ["Nothing", 1, 2]}, "Nothing"),
        ({"Fn::ImportValue": "shared"}, "Fn::ImportValue"),
        ({"Fn::FindInMap": ["Layers", "elsewhere", "arm64"]}, "elsewhere"),
        ({"Fn::Select": [9, ["a"]]}, "Fn::Select"),
        ({"Fn::Join": ["", {"Ref": "Nothing"}]}, "Nothing"),
    ],
)
def test_the_error_names_what_cannot_be_resolved(value: object, named: str) -> None:
    with pytest.raises(TemplateError, match=named):
        resolve(value)


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(TemplateError, match="no parameter Nmae"):
        resolve(1, Nmae="x")


def test_a_value_that_is_not_allowed_is_refused() -> None:
    with pytest.raises(TemplateError, match="Size has another value than it can have: "):
        resolve(1, Size="xl")


def test_a_parameter_without_default_and_value_is_named() -> None:
    with pytest.raises(TemplateError, match="--parameter Key=VALUE"):
        Resolver({"Parameters": {"Key": {"Type": "String"}}}, {}, "eu-central-1")


def test_resources_whose_condition_fails_are_not_there() -> None:
    resolver = Resolver(TEMPLATE, {"Size": "m"}, "eu-central-1")
    found = resolver.resources("AWS::DynamoDB::Table")
    assert found.keys() == {"Table"}
    assert resolver.pick(found["Table"], "Size", "Other") == {"Size": "m"}


def test_an_import_is_what_another_stack_exports() -> None:
    name = {"Fn::ImportValue": {"Fn::Sub": "${Name}-Arn"}}
    importing = Resolver(TEMPLATE, {}, "eu-central-1", imports={"world-Arn": "arn:aws:x"})
    assert importing.resolve(name) == "arn:aws:x"
    with pytest.raises(TemplateError, match="Fn::ImportValue"):
        resolve(name)
