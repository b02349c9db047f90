"""The resources of a template that run locally: functions, tables and log subscriptions.

Owns what is read of each. A resource that cannot be read must never affect the others.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from local.template.event_source import PROPERTIES as EVENT_SOURCE_PROPERTIES
from local.template.event_source import EventSource
from local.template.function import Function, function_name
from local.template.intrinsics import Resolver
from local.template.names import arn
from local.template.parameters import TemplateError, text
from local.template.source import Source, layer_key
from local.template.subscription import SubscriptionFilter

T = TypeVar("T")

_TABLE_ARGUMENTS = {
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
    "StreamSpecification",
}

_RESERVED = "ReservedConcurrentExecutions"

# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,140}")
# Layers of AWS's own, whatever their account and version: what they bring, as requirements.
# https://docs.aws.amazon.com/powertools/python/latest/getting-started/install/
_AWS_LAYERS = {
    "layer:AWSLambdaPowertoolsPython": ("aws-lambda-powertools[all]",),
    "layer:LambdaAdapterLayer": (),
}


class Reader:
    """Reads the transformed template. `problems` has what cannot be read, `warnings` what is read in part."""

    def __init__(self, source: Source, resolver: Resolver, region: str) -> None:
        self._source = source
        self._resolver = resolver
        self._region = region
        self.problems: dict[str, str] = {}
        self.warnings: list[str] = []

    def read(self, kind: str, one: Callable[[str, Mapping[str, Any]], T]) -> dict[str, T]:
        """The result of `one` for each resource of this type, by its logical id."""
        found = {}
        for name, properties in self._resolver.resources(kind).items():
            try:
                found[name] = one(name, properties)
            except TemplateError as error:
                self.problems[name] = str(error).rstrip(".")
            except (AttributeError, ArithmeticError, LookupError, TypeError, ValueError) as error:
                self.problems[name] = f"its properties are not what CloudFormation takes ({error})"
        return found

    def name(self, resource: str) -> str:
        """The name of a resource; its logical id where the declared one cannot be told."""
        try:
            return self._resolver.name(resource)
        except (TemplateError, TypeError):
            return resource

    def function(self, resource: str, declared: Mapping[str, Any]) -> Function:
        """A function that runs here. Raises TemplateError for any other."""
        if resource in self._source.unserved:
            raise TemplateError(self._source.unserved[resource])
        name = self._resolver.name(resource)
        if not _FUNCTION_NAME.fullmatch(name):
            raise TemplateError(f"{name!r} is not a valid name for a function")
        code = self._source.code.get(resource)
        own = ["Handler", "Runtime", "Environment", "Timeout", "MemorySize", "LoggingConfig", _RESERVED]
        properties = self._resolver.pick(declared, *own, *(() if code else ("Code",)))
        # Defaults: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
        log = properties.get("LoggingConfig", {})
        reserved = properties.get(_RESERVED)
        directories, packages = self._layers(resource, declared)
        function = Function(
            name=name,
            arn=arn("AWS::Lambda::Function", self._region, name),
            region=self._region,
            code=code or Path(),
            inline_code=None if code else text(properties["Code"]["ZipFile"]),
            handler=text(properties["Handler"]),
            environment=self._environment(resource, properties),
            timeout=float(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            reserved=None if reserved is None else int(reserved),
            log_level=log.get("ApplicationLogLevel", "INFO") if log.get("LogFormat") == "JSON" else None,
            log_group=log.get("LogGroup"),
            layers=tuple(directories),
            packages=tuple(packages),
        )
        runtime = text(properties.get("Runtime", "python"))
        if not function.is_web_app and not runtime.startswith("python"):
            raise TemplateError(f"{runtime} is not supported, only Python is")
        return function

    def _environment(self, resource: str, properties: Mapping[str, Any]) -> dict[str, str]:
        variables = properties.get("Environment", {}).get("Variables", {})
        for key, value in variables.items():
            if "{{resolve:" in text(value):
                self.warnings.append(
                    f"{resource}: {key} of its environment is a dynamic reference, which is not resolved."
                )
            if "\0" in text(value):
                raise TemplateError(f"{key} of its environment holds a null character")
        return {key: text(value) for key, value in variables.items()}

    def _layers(self, resource: str, declared: Mapping[str, Any]) -> tuple[list[Path], list[str]]:
        """The directories of a function's layers, and the requirements that AWS's own fulfill."""
        own = self._resolver.resources("AWS::Lambda::LayerVersion")
        directories: list[Path] = []
        packages: list[str] = []
        layers = declared.get("Layers", [])
        for layer in layers if isinstance(layers, list) else [layers]:
            try:
                reference = text(self._resolver.resolve(layer))
            except TemplateError as error:
                reference = str(error).rstrip(".")
            known = [brought for name, brought in _AWS_LAYERS.items() if name in reference]
            if directory := self._source.layers.get(layer_key(own.get(reference, {}))):
                directories.append(directory)
            elif known:
                packages += known[0]
            else:
                self.warnings.append(f"{resource}: what its layer brings is missing here: {reference}.")
        return directories, packages

    def table(self, resource: str, declared: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of the call that creates the table."""
        table: dict[str, Any] = {"TableName": self._resolver.name(resource)}
        table |= self._resolver.pick(declared, *_TABLE_ARGUMENTS)
        if "StreamSpecification" in table:  # which CloudFormation switches on by naming its view
            table["StreamSpecification"] |= {"StreamEnabled": True}
        return table

    def global_table(self, resource: str, declared: Mapping[str, Any]) -> dict[str, Any]:
        """The table as it is in one Region; its throughput does not matter here."""
        table = self.table(resource, {**declared, "BillingMode": "PAY_PER_REQUEST"})
        table.pop("ProvisionedThroughput", None)
        return table

    def subscription_filter(self, name: str, declared: Mapping[str, Any]) -> SubscriptionFilter:
        """A filter, with the function that gets what passes it."""
        properties = self._resolver.pick(declared, "LogGroupName", "FilterPattern", "DestinationArn")
        return SubscriptionFilter(
            name=name,
            log_group=text(properties["LogGroupName"]),
            pattern=text(properties["FilterPattern"]),
            function=function_name(text(properties["DestinationArn"])),
        )

    def event_source(self, name: str, declared: Mapping[str, Any]) -> EventSource:
        """A table's stream, with the function that gets its records. Raises TemplateError for any other."""
        return EventSource.of(name, self._resolver.pick(declared, *EVENT_SOURCE_PROPERTIES))
