"""The REST API of a template: what API Gateway gets to know of it.

Owns which one is served, and its stage. Must never read anything else of the template.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.template.intrinsics import Resolver
from local.template.parameters import TemplateError, text

#: The verbs that API Gateway knows, and the one that stands for all of them, as a path of the body has them.
VERBS = {"delete", "get", "head", "options", "patch", "post", "put"}
ANY = "x-amazon-apigateway-any-method"

_METHODS = VERBS | {ANY}

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.([^}]*)\}")


@dataclass(frozen=True, kw_only=True)
class AccessLogSetting:
    """Where a stage logs its calls, and the line that it writes for each."""

    log_group: str
    format: str


@dataclass(frozen=True, kw_only=True)
class Api:
    """One REST API: the OpenAPI body that API Gateway gets, and the stage that it is deployed to.

    `address` is what a template calls the stage's own URL, which on AWS it would have.
    Without `minimum_compression_size`, in bytes, no response is compressed.
    """

    region: str
    stage: str
    address: str
    variables: Mapping[str, str]
    body: Mapping[str, Any]
    access_log: AccessLogSetting | None = None
    minimum_compression_size: int | None = None

    def with_variables(self, uri: str) -> str:
        """A URI with `${stageVariables.NAME}` replaced; one that the stage does not have is empty.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/aws-api-gateway-stage-variables-reference.html
        """
        return _STAGE_VARIABLE.sub(lambda found: self.variables.get(found[1], ""), uri)


def read_api(resolver: Resolver, region: str, chosen: str | None) -> Api:
    """The REST API with the logical id `chosen`, or the only one. Raises TemplateError when there is none."""
    apis = resolver.resources("AWS::ApiGateway::RestApi")
    apis = {name: declared for name, declared in apis.items() if "Body" in declared}
    names = ", ".join(sorted(apis))
    if not apis:
        raise TemplateError("The template has no REST API to serve, none with an OpenAPI body.")
    if len(apis) > 1 and chosen is None:
        raise TemplateError(f"One REST API is served, the template has {names}. Choose with --api NAME.")
    name = chosen or next(iter(apis))
    if name not in apis:
        raise TemplateError(f"There is no REST API {name}. The template has {names}.")
    properties = resolver.pick(apis[name], "Body", "MinimumCompressionSize")
    if not _is_openapi(properties["Body"]):
        raise TemplateError(f"{name}: its body is not OpenAPI.")
    minimum = properties.get("MinimumCompressionSize")
    stages = [
        resolver.pick(declared, "StageName", "Variables", "AccessLogSetting")
        for declared in resolver.resources("AWS::ApiGateway::Stage").values()
        if resolver.pick(declared, "RestApiId") == {"RestApiId": name}
    ]
    stage = stages[0] if stages else {}
    return Api(
        region=region,
        stage=stage.get("StageName", "local"),
        address=f"https://{name}.execute-api.{region}.amazonaws.com/{stage.get('StageName', 'local')}",
        variables={key: text(value) for key, value in stage.get("Variables", {}).items()},
        body=properties["Body"],
        minimum_compression_size=None if minimum is None else int(minimum),
        access_log=_access_log(stage.get("AccessLogSetting", {})),
    )


def _is_openapi(body: object) -> bool:
    paths = body.get("paths", {}) if isinstance(body, Mapping) else None
    return isinstance(paths, Mapping) and all(
        isinstance(path, Mapping) and all(isinstance(path[name], Mapping) for name in path.keys() & _METHODS)
        for path in paths.values()
    )


def _access_log(setting: Mapping[str, str]) -> AccessLogSetting | None:
    if setting.keys() != {"DestinationArn", "Format"}:
        return None
    log_group = setting["DestinationArn"].partition("log-group:")[2].partition(":")[0]
    return AccessLogSetting(log_group=log_group, format=setting["Format"])
