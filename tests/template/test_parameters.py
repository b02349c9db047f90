"""What a deployment asks for."""

from tests.written import written

TEMPLATE = written("template.yaml")


def test_every_parameter_is_in_one_group() -> None:
    groups = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(TEMPLATE["Parameters"])


def test_every_parameter_has_a_default_and_none_is_noecho() -> None:
    # The SAM CLI asks for a NoEcho parameter until it gets one, whatever its default is.
    # https://github.com/aws/aws-sam-cli/blob/develop/samcli/commands/deploy/guided_context.py
    for name, declared in TEMPLATE["Parameters"].items():
        assert "Default" in declared, name
        assert "NoEcho" not in declared, name
