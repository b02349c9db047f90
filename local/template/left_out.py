"""The resources of a template that the gateway does not serve.

Owns which kinds these are, and the line for each. Kinds that nobody misses locally, such as an alarm or a
role, have no line. `local.api.not_imitated` reports methods of the REST API.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from local.template.document import read
from local.template.parameters import TemplateError

# Reported by the module that reads them, or not needed locally.
_QUIET = (
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::ApiKey",
    "AWS::ApiGateway::Authorizer",
    "AWS::ApiGateway::Deployment",
    "AWS::ApiGateway::Documentation",
    "AWS::ApiGateway::GatewayResponse",
    "AWS::ApiGateway::Method",
    "AWS::ApiGateway::Model",
    "AWS::ApiGateway::RequestValidator",
    "AWS::ApiGateway::Resource",
    "AWS::ApiGateway::RestApi",
    "AWS::ApiGateway::Stage",
    "AWS::ApiGateway::UsagePlan",
    "AWS::ApiGatewayV2::",
    "AWS::ApplicationAutoScaling::",
    "AWS::ApplicationInsights::",
    "AWS::CloudFormation::CustomResource",  # it runs at a deployment, and so do those with custom names
    "AWS::CloudWatch::",
    "AWS::CodeDeploy::",
    "AWS::DynamoDB::GlobalTable",
    "AWS::DynamoDB::Table",
    "AWS::IAM::",
    "AWS::KMS::",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Function",
    "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    "AWS::Logs::",
    "AWS::ResourceGroups::",
    "AWS::Serverless::",
    "AWS::XRay::",
    "Custom::",
)
# What an API's stage may ask for, by its property.
_OF_STAGES = {
    "CacheClusterEnabled": "its responses are not cached here",
    "CanarySetting": "its canary is not imitated, and gets no calls",
}
_HTTP_API, _STACK = "AWS::ApiGatewayV2::Api", "AWS::CloudFormation::Stack"


def left_out(template: Mapping[str, Any], path: Path) -> list[str]:
    """A line for each kind of resource, and for each route of an HTTP API, that is not imitated.

    `path` is that of the template, beside which those of nested stacks may be.
    """
    lines, kinds = [], defaultdict(list)
    resources = template.get("Resources", {})
    missed_by_nobody = _of_failures(resources)
    for name, resource in resources.items():
        if name in missed_by_nobody:
            continue
        kind = str(resource.get("Type"))
        if kind == "AWS::ApiGateway::Stage":
            asked = resource.get("Properties", {})
            lines += [f"{name}: {line}." for key, line in _OF_STAGES.items() if _is_on(asked.get(key))]
        if kind == _HTTP_API:
            lines += [f"{name}: {route}: HTTP APIs are not served." for route in _routes(resource)]
        if not kind.startswith(_QUIET) and not (kind == _STACK and _is_quiet(resource, path)):
            kinds[kind].append(name)
    return [
        *lines,
        *(f"{kind} is not imitated: {', '.join(names)}." for kind, names in sorted(kinds.items())),
    ]


def _is_on(value: object) -> bool:
    return bool(value) and str(value).lower() != "false"


def _of_failures(resources: Mapping[str, Any]) -> set[str]:
    """The queues and topics for records that an event source drops."""
    found = set()
    for resource in resources.values():
        match resource:
            case {
                "Type": "AWS::Lambda::EventSourceMapping",
                "Properties": {
                    "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": [name, _]}}}
                },
            }:
                found.add(name)
    return found


def _routes(api: Mapping[str, Any]) -> Iterator[str]:
    body = api.get("Properties", {}).get("Body")
    paths = body.get("paths") if isinstance(body, Mapping) else None
    for path, methods in paths.items() if isinstance(paths, Mapping) else ():
        for method in methods if isinstance(methods, Mapping) else ():
            yield f"{method.upper().removeprefix('X-AMAZON-APIGATEWAY-').removesuffix('-METHOD')} {path}"


def _is_quiet(stack: Mapping[str, Any], path: Path) -> bool:
    """Whether a nested stack's template is beside this one, and nothing in it is worth a line."""
    url = stack.get("Properties", {}).get("TemplateURL")
    if not isinstance(url, str):
        return False
    try:
        nested = read(path.resolve().parent / url)
    except TemplateError:
        return False
    resources = nested.get("Resources") if isinstance(nested, Mapping) else None
    return isinstance(resources, Mapping) and all(
        isinstance(one, Mapping) and str(one.get("Type")).startswith(_QUIET) for one in resources.values()
    )
