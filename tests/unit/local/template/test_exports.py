"""What a stack exports."""

from local.template.exports import exports
from local.template.intrinsics import Resolver

OUTPUTS = {
    "Plain": {"Value": "not exported"},
    "Arn": {"Value": {"Fn::GetAtt": "Work.Arn"}, "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-Arn"}}},
    "Gone": {"Condition": "Never", "Value": "x", "Export": {"Name": "gone"}},
    "Broken": {"Value": {"Ref": "Nowhere"}, "Export": {"Name": "broken"}},
    "Odd": {"Export": {}},
    "Odder": "text",
}
TEMPLATE = {
    "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
    "Resources": {"Work": {"Type": "AWS::Lambda::Function"}},
    "Outputs": OUTPUTS,
}


def test_known_values_are_exported_and_each_unknown_one_is_a_line() -> None:
    found, lines = exports(TEMPLATE, Resolver(TEMPLATE, {}, "eu-central-1", stack="keys"))
    assert found == {"keys-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:Work"}
    assert [line.split()[0] for line in lines] == ["Broken", "Odd"]


def test_outputs_of_another_shape_export_nothing() -> None:
    template = {"Resources": {}, "Outputs": ["text"]}
    assert exports(template, Resolver(template, {}, "eu-central-1")) == ({}, [])
