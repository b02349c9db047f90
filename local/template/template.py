"""A SAM template as the gateway needs it: its functions, its REST API and its tables.

Owns what is read from the transformed template. Must never repeat anything that stands in it, and never let
one resource that cannot be read stand in the way of the others.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from local.template.intrinsics import ACCOUNT, DEFAULT_REGION, Resolver
from local.template.parameters import TemplateError, text
from local.template.rest_api import Api, read_api
from local.template.source import Source
from local.template.subscription import SubscriptionFilter

T = TypeVar("T")

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

    `log_level` is that of a function which logs as JSON; `inline_code` takes the place of a directory.
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
    inline_code: str | None = None

    @property
    def is_web_app(self) -> bool:
        """Whether AWS Lambda Web Adapter runs it: the handler is a command that serves HTTP."""
        return self.environment.get("AWS_LAMBDA_EXEC_WRAPPER") == "/opt/bootstrap"


@dataclass(frozen=True, kw_only=True)
class Template:
    """All of a template that runs locally. `tables` holds the arguments of a `create_table` call each.

    `unserved` has the functions that do not, each with the reason; `warnings` are lines for the developer.
    """

    path: Path
    region: str
    functions: Mapping[str, Function]
    unserved: Mapping[str, str]
    api: Api
    tables: list[dict[str, Any]]
    subscription_filters: list[SubscriptionFilter]
    warnings: list[str]

    @classmethod
    def load(
        cls,
        path: Path,
        parameters: Mapping[str, str] | None = None,
        region: str = DEFAULT_REGION,
        api: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> "Template":
        """Read the SAM template at `path`, to serve `api` of it. Raises TemplateError when that cannot be.

        `secrets` stands for Secrets Manager: a secret's name or ARN → its text.
        """
        parameters = parameters or {}
        source = Source.load(path, parameters, region)
        resolver = Resolver(source.template, parameters, region, secrets)
        reader = _Reader(source, resolver, region)
        functions = reader.read("AWS::Lambda::Function", reader.function)
        return cls(
            path=path,
            region=region,
            functions=functions,
            unserved=reader.problems.copy(),
            api=read_api(resolver, region, api),
            tables=list(reader.read("AWS::DynamoDB::Table", reader.table).values()),
            subscription_filters=list(
                reader.read("AWS::Logs::SubscriptionFilter", reader.subscription_filter).values()
            ),
            warnings=[
                *source.warnings,
                *resolver.warnings(),
                *(f"{name} is not served: {problem}." for name, problem in reader.problems.items()),
            ],
        )


def function_name(reference: str) -> str:
    """The logical id in a function's ARN, partial ARN or name, any of them with or without a qualifier."""
    return reference.rpartition("function:")[2].partition(":")[0]


def invoked_function(uri: str) -> str:
    """The logical id of the function that the URI of an integration or authorizer names; "" without one."""
    found = _INVOCATIONS.search(uri)
    return function_name(found[1]) if found else ""


class _Reader:
    """Reads the transformed template; what cannot be read of one resource leaves all others as they are."""

    def __init__(self, source: Source, resolver: Resolver, region: str) -> None:
        self._source = source
        self._resolver = resolver
        self._region = region
        self.problems: dict[str, str] = {}

    def read(self, kind: str, one: Callable[[str, Mapping[str, Any]], T]) -> dict[str, T]:
        """What `one` makes of each resource of this type. `problems` has those that it cannot read."""
        found = {}
        for name, properties in self._resolver.resources(kind).items():
            try:
                found[name] = one(name, properties)
            except TemplateError as error:
                self.problems[name] = str(error).rstrip(".")
            except (AttributeError, LookupError, TypeError, ValueError) as error:
                self.problems[name] = f"its properties are not what CloudFormation takes ({error})"
        return found

    def function(self, name: str, declared: Mapping[str, Any]) -> Function:
        if name in self._source.unserved:
            raise TemplateError(self._source.unserved[name])
        code = self._source.code.get(name)
        own = ["Handler", "Runtime", "Environment", "Timeout", "MemorySize", "LoggingConfig"]
        properties = self._resolver.pick(declared, *own, *(() if code else ("Code",)))
        # Defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
        log = properties.get("LoggingConfig", {})
        function = Function(
            name=name,
            arn=f"arn:aws:lambda:{self._region}:{ACCOUNT}:function:{name}",
            region=self._region,
            code=code or Path(),
            inline_code=None if code else properties["Code"]["ZipFile"],
            handler=properties["Handler"],
            environment={
                key: text(value)
                for key, value in properties.get("Environment", {}).get("Variables", {}).items()
            },
            timeout=float(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            log_level=log.get("ApplicationLogLevel", "INFO") if log.get("LogFormat") == "JSON" else None,
        )
        runtime = properties.get("Runtime", "python")
        if not function.is_web_app and not runtime.startswith("python"):
            raise TemplateError(f"{runtime} is not run, Python alone is")
        return function

    def table(self, name: str, declared: Mapping[str, Any]) -> dict[str, Any]:
        return {"TableName": name} | self._resolver.pick(declared, *_TABLE_ARGUMENTS)

    def subscription_filter(self, name: str, declared: Mapping[str, Any]) -> SubscriptionFilter:
        properties = self._resolver.pick(declared, "LogGroupName", "FilterPattern", "DestinationArn")
        return SubscriptionFilter(
            name=name,
            log_group=properties["LogGroupName"],
            pattern=properties["FilterPattern"],
            function=function_name(properties["DestinationArn"]),
        )
