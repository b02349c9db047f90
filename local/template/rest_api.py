"""The REST API of a template, as API Gateway would get it.

Owns which API is served, and its stage. Must never read anything else in the template.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.template.api_keys import ApiKeys
from local.template.body import read_body
from local.template.intrinsics import Resolver
from local.template.names import STACK
from local.template.parameters import TemplateError, text

_KEY_SOURCE = "x-amazon-apigateway-api-key-source"

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([^}]*)\}")


@dataclass(frozen=True, kw_only=True)
class AccessLogSetting:
    """Where a stage logs its calls, and the line that it writes for each."""

    log_group: str
    format: str


@dataclass(frozen=True, kw_only=True)
class Api:
    """One REST API: the OpenAPI body that API Gateway gets, and the stage that it is deployed to.

    `id` is what ARNs and events call it. `address` is what a template calls the stage's own URL, which on AWS
    it would have.
    Without `minimum_compression_size`, in bytes, no response is compressed. `policy` is its resource policy.
    """

    id: str = STACK
    region: str
    stage: str
    address: str
    variables: Mapping[str, str]
    body: Mapping[str, Any]
    access_log: AccessLogSetting | None = None
    minimum_compression_size: int | None = None
    keys: ApiKeys = field(default_factory=lambda: ApiKeys({}))
    policy: object = None

    def with_variables(self, uri: str) -> str:
        """A URI with `${stageVariables.NAME}` replaced; one that the stage does not have is empty.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html
        """
        return _STAGE_VARIABLE.sub(lambda found: self.variables.get(found[1], ""), uri)


def read_api(resolver: Resolver, region: str, chosen: str | None, api_id: str) -> Api:
    """The REST API with the logical id `chosen`, or the only one. Raises TemplateError when there is none."""
    declared = resolver.resources("AWS::ApiGateway::RestApi")
    names = ", ".join(sorted(declared))
    if not declared:
        raise TemplateError("The template has no REST API to serve.")
    if len(declared) > 1 and chosen is None:
        raise TemplateError(f"One REST API is served, the template has {names}. Choose with --api NAME.")
    name = chosen or next(iter(declared))
    if name not in declared:
        raise TemplateError(f"There is no REST API {name}. The template has {names}.")
    try:
        return _read(resolver, region, api_id, name, declared[name])
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise TemplateError(f"{name}: its properties are not what CloudFormation takes ({error}).") from error


def _read(resolver: Resolver, region: str, api_id: str, name: str, declared: Mapping[str, Any]) -> Api:
    properties = resolver.pick(declared, "ApiKeySourceType", "MinimumCompressionSize", "Policy")
    body = read_body(resolver, name, declared)
    minimum = properties.get("MinimumCompressionSize")
    source = {_KEY_SOURCE: properties["ApiKeySourceType"]} if "ApiKeySourceType" in properties else {}
    stage = _stage(resolver, name)
    stage_name = text(stage.get("StageName", "local"))
    return Api(
        id=api_id,
        region=region,
        stage=stage_name,
        address=f"https://{name}.execute-api.{region}.amazonaws.com/{stage_name}",
        variables={key: text(value) for key, value in (stage.get("Variables") or {}).items()},
        body=body | source,
        minimum_compression_size=None if minimum is None else int(minimum),
        access_log=_access_log(stage.get("AccessLogSetting") or {}),
        keys=ApiKeys.read(resolver, name, stage_name),
        policy=properties.get("Policy") or body.get("x-amazon-apigateway-policy"),
    )


def _stage(resolver: Resolver, api: str) -> dict[str, Any]:
    """The properties of the API's first stage, or of the deployment that makes one."""
    for kind in ("Stage", "Deployment"):
        for declared in resolver.resources(f"AWS::ApiGateway::{kind}").values():
            if resolver.pick(declared, "RestApiId") == {"RestApiId": api} and "StageName" in declared:
                stage = resolver.pick(
                    declared, "StageName", "Variables", "AccessLogSetting", "StageDescription"
                )
                return stage | (stage.get("StageDescription") or {})
    return {}


def _access_log(setting: Mapping[str, str]) -> AccessLogSetting | None:
    if setting.keys() != {"DestinationArn", "Format"}:
        return None
    log_group = setting["DestinationArn"].partition("log-group:")[2].partition(":")[0]
    return AccessLogSetting(log_group=log_group, format=setting["Format"])
