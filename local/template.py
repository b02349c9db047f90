"""A SAM template as the gateway needs it: its functions, its REST API and its tables.

Owns loading, the transform by aws-sam-translator, and what is read from the result. Must never repeat
anything that stands in the template.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import yaml
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template
from samtranslator.yaml_helper import yaml_parse

from local.intrinsics import ACCOUNT, DEFAULT_REGION, Resolver, TemplateError, text
from local.subscription import SubscriptionFilter

# Stands for every local directory during the transform, which knows code in S3 alone.
_IN_S3 = "s3://local/code"

_INVOCATIONS = re.compile(r"/functions/(.+)/(?:response-streaming-)?invocations")

_TABLE_ARGUMENTS = {
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
}


@dataclass(frozen=True, kw_only=True)
class Function:
    """One Lambda function. `code` is a directory, `timeout` is in seconds, `memory` in MB.

    `log_level` is that of a function which logs as JSON.
    """

    name: str
    arn: str
    region: str
    code: Path
    handler: str
    environment: Mapping[str, str]
    timeout: float
    memory: int
    log_level: str | None = None

    @property
    def is_web_app(self) -> bool:
        """Whether AWS Lambda Web Adapter runs it: the handler is a command that serves HTTP."""
        return self.environment.get("AWS_LAMBDA_EXEC_WRAPPER") == "/opt/bootstrap"


@dataclass(frozen=True, kw_only=True)
class AccessLogSetting:
    """Where a stage logs its calls, and the line that it writes for each."""

    log_group: str
    format: str


@dataclass(frozen=True, kw_only=True)
class Api:
    """One REST API: the OpenAPI body that API Gateway gets, and the stage that it is deployed to.

    Without `minimum_compression_size`, in bytes, no response is compressed.
    """

    region: str
    stage: str
    variables: Mapping[str, str]
    body: Mapping[str, Any]
    access_log: AccessLogSetting | None = None
    minimum_compression_size: int | None = None


@dataclass(frozen=True, kw_only=True)
class Template:
    """All of a template that runs locally. `tables` holds the arguments of a `create_table` call each."""

    path: Path
    region: str
    functions: Mapping[str, Function]
    api: Api
    tables: list[dict[str, Any]] = field(default_factory=list)
    subscription_filters: list[SubscriptionFilter] = field(default_factory=list)

    @classmethod
    def load(
        cls, path: Path, parameters: Mapping[str, str] | None = None, region: str = DEFAULT_REGION
    ) -> "Template":
        """Read the SAM template at `path`. Raises TemplateError when it cannot be served."""
        try:
            source = yaml_parse(path.read_text())
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise TemplateError(f"{path} cannot be read: {error}") from error
        if not isinstance(source, dict) or not isinstance(source.get("Resources"), dict):
            raise TemplateError(f"{path} is not a template: it has no Resources.")
        code = _take_local_code(source, path.resolve().parent)
        resolver = Resolver(_transform(source, parameters or {}, region), parameters or {}, region)
        functions = resolver.resources("AWS::Lambda::Function")
        return cls(
            path=path,
            region=region,
            functions={
                name: _function(name, functions[name], directory, region)
                for name, directory in code.items()
                if name in functions
            },
            api=_api(resolver, region),
            tables=[
                {"TableName": name} | {key: table[key] for key in _TABLE_ARGUMENTS & table.keys()}
                for name, table in resolver.resources("AWS::DynamoDB::Table").items()
            ],
            subscription_filters=[
                SubscriptionFilter(
                    name=name,
                    log_group=subscription["LogGroupName"],
                    pattern=subscription["FilterPattern"],
                    function=function_name(subscription["DestinationArn"]),
                )
                for name, subscription in resolver.resources("AWS::Logs::SubscriptionFilter").items()
            ],
        )


def function_name(reference: str) -> str:
    """The logical id in a function's ARN, partial ARN or name, any of them with or without a qualifier."""
    return reference.rpartition("function:")[2].partition(":")[0]


def invoked_function(uri: str) -> str:
    """The logical id of the function that the URI of an integration or authorizer names; "" without one."""
    found = _INVOCATIONS.search(uri)
    return function_name(found[1]) if found else ""


def _take_local_code(template: dict[str, Any], base: Path) -> dict[str, Path]:
    """The directory of each function. In the template, code in S3 takes its place."""
    directories = {}
    shared = template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for name, resource in template["Resources"].items():
        properties = resource.setdefault("Properties", {})
        match resource.get("Type"):
            case "AWS::Serverless::Function":
                uri = properties.get("CodeUri", shared)
                if not isinstance(uri, str) or not (base / uri).is_dir():
                    raise TemplateError(f"{name}: CodeUri {uri!r} is not a directory beside the template.")
                directories[name] = base / uri
                properties["CodeUri"] = _IN_S3
            case "AWS::Serverless::LayerVersion":
                properties["ContentUri"] = _IN_S3
            case "AWS::Serverless::Api" if isinstance(properties.get("DefinitionUri"), str):
                properties["DefinitionBody"] = yaml_parse(
                    (base / properties.pop("DefinitionUri")).read_text()
                )
    return directories


def _transform(source: dict[str, Any], parameters: Mapping[str, str], region: str) -> dict[str, Any]:
    # It warns of feature toggles that exist within AWS alone.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    values = dict(parameters)
    try:
        to_py27_compatible_template(source, values)
        transformed = Translator(None, Parser(), boto_session=boto3.Session(region_name=region)).translate(
            source, parameter_values=values, get_managed_policy_map=dict
        )
    except InvalidDocumentException as error:
        raise TemplateError("; ".join(cause.message for cause in error.causes)) from error
    plain: dict[str, Any] = undo_mark_unicode_str_in_template(transformed)
    return plain


def _function(name: str, properties: Mapping[str, Any], code: Path, region: str) -> Function:
    # Defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
    log = properties.get("LoggingConfig", {})
    return Function(
        name=name,
        arn=f"arn:aws:lambda:{region}:{ACCOUNT}:function:{name}",
        region=region,
        code=code,
        handler=properties["Handler"],
        environment={
            key: text(value) for key, value in properties.get("Environment", {}).get("Variables", {}).items()
        },
        timeout=float(properties.get("Timeout", 3)),
        memory=int(properties.get("MemorySize", 128)),
        log_level=log.get("ApplicationLogLevel", "INFO") if log.get("LogFormat") == "JSON" else None,
    )


def _api(resolver: Resolver, region: str) -> Api:
    apis = {
        name: properties
        for name, properties in resolver.resources("AWS::ApiGateway::RestApi").items()
        if "Body" in properties
    }
    if len(apis) != 1:
        raise TemplateError(f"Exactly one REST API is served; the template has {len(apis) or 'none'}.")
    [(name, properties)] = apis.items()
    minimum = properties.get("MinimumCompressionSize")
    stages = [
        stage
        for stage in resolver.resources("AWS::ApiGateway::Stage").values()
        if stage.get("RestApiId") == name
    ]
    stage = stages[0] if stages else {}
    return Api(
        region=region,
        stage=stage.get("StageName", "local"),
        variables={key: text(value) for key, value in stage.get("Variables", {}).items()},
        body=properties["Body"],
        minimum_compression_size=None if minimum is None else int(minimum),
        access_log=_access_log(stage.get("AccessLogSetting", {})),
    )


def _access_log(setting: Mapping[str, str]) -> AccessLogSetting | None:
    if setting.keys() != {"DestinationArn", "Format"}:
        return None
    log_group = setting["DestinationArn"].partition("log-group:")[2].partition(":")[0]
    return AccessLogSetting(log_group=log_group, format=setting["Format"])
