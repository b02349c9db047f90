"""The template in every combination of its parameters: nothing refers to a missing resource."""

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from local.template.intrinsics import Resolver
from local.template.names import DEFAULT_REGION
from local.template.source import Source
from tests.conftest import ROOT

SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:gateway-A1b2C3"
TOPIC = "arn:aws:sns:eu-central-1:123456789012:alarms"
STREAM = "arn:aws:dynamodb:eu-central-1:123456789012:table/api-keys/stream/2026-11-24T09:00:00.000"

#: Each choice and its values, as parameters: all that a condition asks for, and what SAM itself looks at.
CHOICES: list[list[dict[str, str]]] = [
    [{}, {"RuntimeUrl": "https://service.example", "RuntimeUrlSecretArn": SECRET}],
    [{}, {"UsageTracking": "false", "Monitoring": TOPIC}],
    [{}, {"Monitoring": "off"}],  # whatever is before it
    [
        {},
        {"ExistingKeyTable": "api-keys-restored"},
        {"ExistingKeyTable": "api-keys", "ExistingKeyTableStream": STREAM},
    ],
    [{}, {"FormerKeyIndex": "keep", "Plans": "free:10:20"}],
    [{}, {"Release": "a1b2c3", "OnLeak": "notify"}],
    [{}, {"Tracing": "Active", "Plans": "a:1:2:3:DAY,b:1:2:3:WEEK,c:1:2:3:MONTH,d:1:2:3:DAY"}],
    # On these no resource hangs that another names, so they are turned together.
    [
        {},
        {
            "Architecture": "x86_64",
            "AdapterLayerArn": "arn:aws:lambda:eu-central-1:123456789012:layer:adapter:1",
            "ImportedKeys": "true",
            "DefaultEndpoint": "disabled",
            "RotationTestUrl": "https://api.example.com/api/keys?limit=1",
            "SettingsUrl": "https://api.example.com/settings/api",
            "SignInWithKey": "false",
            "AllowedOrigins": "https://app.example.com,http://localhost:5173",
            "AuthorizerConcurrency": "100",
            "RuntimeConcurrency": "200",
            "EventBus": "default",
            "OnLeak": "revoke",
            "GithubKeysUrl": "https://api.github.com/meta/public_keys/secret_scanning",
            "PermissionsBoundaryArn": "arn:aws:iam::123456789012:policy/boundary",
        },
    ],
]
VARIANTS = [{k: v for part in parts for k, v in part.items()} for parts in itertools.product(*CHOICES)]

_NAME = re.compile(r"\$\{([A-Za-z0-9]+)[^}]*\}")


@pytest.fixture(scope="module")
def transformed() -> dict[str, dict[str, Any]]:
    """What SAM makes of the template, by the value of the one parameter that it looks at."""
    return {
        tracing: Source.load(ROOT / "template.yaml", {"Tracing": tracing}, DEFAULT_REGION).template
        for tracing in ("Active", "Disabled")
    }


def named(value: Any, holds: Mapping[str, bool]) -> Iterator[str]:
    """The names that a value refers to, along the branches of Fn::If that are taken."""
    match value:
        case {"Fn::If": [condition, then, otherwise]}:
            yield from named(then if holds[condition] else otherwise, holds)
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::GetAtt": str(path)}:
            yield path.partition(".")[0]
        case {"Fn::Sub": str(text)}:
            yield from _NAME.findall(text)
        case {"Fn::Sub": [text, variables]}:
            yield from set(_NAME.findall(text)) - variables.keys()
            yield from named(list(variables.values()), holds)
        case dict():
            for one in value.values():
                yield from named(one, holds)
        case list():
            for one in value:
                yield from named(one, holds)


def references(template: Mapping[str, Any], holds: Mapping[str, bool]) -> dict[str, set[str]]:
    """Each resource and output that is there → the names that it refers to."""
    found = {}
    for section in ("Resources", "Outputs"):
        for name, one in template.get(section, {}).items():
            if "Condition" not in one or holds[one["Condition"]]:
                depends = one.get("DependsOn", [])
                found[name if section == "Resources" else f"Outputs {name}"] = {
                    *named({key: part for key, part in one.items() if key != "DependsOn"}, holds),
                    *([depends] if isinstance(depends, str) else depends),
                }
    return found


def conditions(template: Mapping[str, Any], variant: Mapping[str, str]) -> dict[str, bool]:
    resolver = Resolver(template, variant, DEFAULT_REGION)
    return {name: resolver.resolve(condition) for name, condition in template["Conditions"].items()}


def test_the_variants_cover_both_values_of_every_condition(transformed: dict[str, dict[str, Any]]) -> None:
    held = [conditions(transformed["Disabled"], variant) for variant in VARIANTS]
    for name in transformed["Disabled"]["Conditions"]:
        assert {one[name] for one in held} == {True, False}, name


def test_no_variant_refers_to_a_missing_resource(
    transformed: dict[str, dict[str, Any]],
) -> None:
    for variant in VARIANTS:
        template = transformed[variant.get("Tracing", "Disabled")]
        refers = references(template, conditions(template, variant))
        for name, names in refers.items():
            absent = {one for one in names & template["Resources"].keys() if one not in refers}
            assert not absent, f"{name} refers to {absent} with {variant}"


def test_a_reference_to_a_missing_resource_is_found() -> None:
    template = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Gone": {"Type": "A::B::C", "Condition": "Never"},
            "Depends": {"Type": "A::B::C", "DependsOn": "Gone"},
            "Names": {"Type": "A::B::C", "Properties": {"A": {"Fn::Sub": "x-${Gone.Arn}"}}},
            "Chooses": {"Type": "A::B::C", "Properties": {"A": {"Fn::If": ["Never", {"Ref": "Gone"}, ""]}}},
        },
    }
    refers = references(template, conditions(template, {}))
    assert {name for name, names in refers.items() if "Gone" in names} == {"Depends", "Names"}
