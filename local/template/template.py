"""A SAM template as the gateway needs it: its functions, its REST API and its tables.

Owns the result as a whole, and the lines about it for the developer. Must never repeat anything from the
template.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from local.template.event_source import EventSource
from local.template.exports import exports
from local.template.function import Function
from local.template.intrinsics import Resolver
from local.template.left_out import left_out
from local.template.names import DEFAULT_REGION, STACK
from local.template.resources import Reader
from local.template.rest_api import Api, read_api
from local.template.source import Source
from local.template.subscription import SubscriptionFilter


@dataclass(frozen=True, kw_only=True)
class Template:
    """All of a template that runs locally. `tables` holds the arguments of a `create_table` call each.

    Functions are known by their names; `aliases` has the name of each by its logical id, `unserved` those
    that do not run, each with the reason. `exports` are there for other stacks to import. `warnings` are
    lines for the developer.
    """

    path: Path
    region: str
    functions: Mapping[str, Function]
    unserved: Mapping[str, str]
    aliases: Mapping[str, str]
    api: Api
    tables: list[dict[str, Any]]
    subscription_filters: list[SubscriptionFilter]
    event_sources: list[EventSource]
    exports: Mapping[str, str]
    warnings: list[str]

    def with_patience(self, factor: float) -> "Template":
        """The same template for a slow machine: each timeout is multiplied by the factor.

        A function that limits its own waiting finds the factor in the variable PATIENCE.
        """
        patience = {"PATIENCE": f"{factor:g}"}
        functions = {
            name: replace(one, timeout=one.timeout * factor, environment={**one.environment, **patience})
            for name, one in self.functions.items()
        }
        return replace(self, functions=functions)

    @classmethod
    def load(  # noqa: PLR0913 - all that a template can refer to
        cls,
        path: Path,
        parameters: Mapping[str, str] | None = None,
        region: str = DEFAULT_REGION,
        api: str | None = None,
        secrets: Mapping[str, str] | None = None,
        *,
        stack: str = STACK,
        imports: Mapping[str, str] | None = None,
    ) -> "Template":
        """Read the SAM template at `path`, to serve its API `api`. Raises TemplateError if it cannot.

        `secrets` replaces Secrets Manager: a secret's name or ARN → its text. `stack` is the stack's name,
        and `imports` what other stacks export.
        """
        parameters = parameters or {}
        source = Source.load(path, parameters, region)
        resolver = Resolver(source.template, parameters, region, secrets, stack=stack, imports=imports)
        reader = Reader(source, resolver, region)
        functions = reader.read("AWS::Lambda::Function", reader.function)
        aliases = {name: reader.name(name) for name in resolver.resources("AWS::Lambda::Function")}
        unserved = {aliases[name]: problem for name, problem in reader.problems.items()}
        tables = reader.read("AWS::DynamoDB::Table", reader.table)
        tables |= reader.read("AWS::DynamoDB::GlobalTable", reader.global_table)
        filters = reader.read("AWS::Logs::SubscriptionFilter", reader.subscription_filter)
        event_sources = reader.read("AWS::Lambda::EventSourceMapping", reader.event_source)
        rest_api = read_api(resolver, region, api, stack)
        exported, not_exported = exports(source.template, resolver)
        return cls(
            path=path,
            region=region,
            functions={function.name: function for function in functions.values()},
            unserved=unserved,
            aliases=aliases,
            api=rest_api,
            tables=list(tables.values()),
            subscription_filters=list(filters.values()),
            event_sources=list(event_sources.values()),
            exports=exported,
            warnings=[
                *source.warnings,
                *resolver.warnings(),
                *(f"{name} is not served: {problem}." for name, problem in reader.problems.items()),
                *reader.warnings,
                *not_exported,
                *left_out(source.template, path),
            ],
        )
