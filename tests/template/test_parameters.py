"""What a deployment asks for, and what it refuses."""

import re

import pytest
import yaml

from local.template.template import Template
from tests.conftest import ROOT
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


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"OidcIssuer": "https://id.example.com"}, {"OidcClientId": "keys"}),
        (
            {"RuntimeUrl": "https://service.example"},
            {"RuntimeUrlSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gateway-A1b2C3"},
        ),
        ({"DefaultEndpoint": "disabled"}, {"SettingsUrl": "https://api.example.com/settings/api"}),
    ],
    ids=lambda parameters: next(iter(parameters)),
)
def test_a_parameter_that_needs_another_is_refused_without_it(
    given: dict[str, str], missing: dict[str, str]
) -> None:
    refusals = [line for line in Template.load(ROOT / "template.yaml", given).warnings if "Rule" in line]
    assert len(refusals) == 1
    assert all(name in refusals[0] for name in (*given, *missing))
    assert Template.load(ROOT / "template.yaml", given | missing).warnings == []


def test_another_release_changes_the_function_of_which_it_publishes_a_version() -> None:
    # Lambda publishes no version of a function that has not changed since the last one.
    # https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
    assert TEMPLATE["Resources"]["AuthorizerVersion"]["Properties"]["Description"] == {"Ref": "Release"}
    variables = TEMPLATE["Resources"]["AuthorizerFunction"]["Properties"]["Environment"]["Variables"]
    assert variables["RELEASE"] == {"Ref": "Release"}


def test_the_pipeline_keeps_permissions_and_gives_each_attempt_its_release() -> None:
    jobs = yaml.safe_load((ROOT / "examples" / "pipeline" / "deploy.yaml").read_text())["jobs"]
    built, deployed = jobs["build"]["steps"], jobs["staging"]["steps"]
    assert jobs["production"]["steps"] == deployed
    [kept] = [step["with"]["path"] for step in built if "upload-artifact" in step.get("uses", "")]
    runs = [step["run"] for step in (*built, *deployed) if "run" in step]
    assert f"tar --create --file {kept} .aws-sam/build" in runs
    assert f"tar --extract --file {kept}" in runs
    [deploy] = [run for run in runs if run.startswith("sam deploy")]
    release = re.search(r"Release=(.*)", deploy)
    assert release
    assert {"github.sha", "github.run_attempt"} <= set(re.findall(r"github\.\w+", release[1]))
    # The longest that GitHub makes of it.
    assert re.fullmatch(TEMPLATE["Parameters"]["Release"]["AllowedPattern"], f"{'a' * 40}-1000")
