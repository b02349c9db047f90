"""An event source mapping: which records of a table's stream a function gets.

Owns its shape and the matching of filters. Must never guess: a property that it does not know is a
TemplateError.
Sources: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from local.template.function import function_name
from local.template.parameters import TemplateError, text

PROPERTIES = (
    *("EventSourceArn", "FunctionName", "BatchSize", "FilterCriteria"),
    *("FunctionResponseTypes", "MaximumRetryAttempts"),
)

_STREAM = re.compile(r":table/([^/]+)/stream/")
_BATCH = 100  # what Lambda takes by default


@dataclass(frozen=True, kw_only=True)
class EventSource:
    """The stream of `table`, for `function`, at most `batch_size` records at once.

    A record passes that one of the `patterns` matches, or any where there is none. A function that
    `reports_failures` answers with which record its batch is to begin again. `retries` is how often, or None.
    """

    name: str
    table: str
    function: str
    batch_size: int
    patterns: tuple[Mapping[str, Any], ...]
    reports_failures: bool
    retries: int | None

    @classmethod
    def of(cls, name: str, properties: Mapping[str, Any]) -> Self:
        """The mapping with these properties. Raises TemplateError for one that is not of a table's stream."""
        source = text(properties.get("EventSourceArn", ""))
        if not (stream := _STREAM.search(source)):
            raise TemplateError(f"{source!r} is not the stream of a table")
        filters = properties.get("FilterCriteria", {}).get("Filters", [])
        patterns = tuple(json.loads(one["Pattern"]) for one in filters)
        for pattern in patterns:
            _check(name, pattern)
        function, retries = text(properties["FunctionName"]), int(properties.get("MaximumRetryAttempts", -1))
        return cls(
            name=name,
            table=stream[1],
            function=function_name(function) or function,
            batch_size=int(properties.get("BatchSize", _BATCH)),
            patterns=patterns,
            reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
            retries=None if retries < 0 else retries,
        )

    def passes(self, record: Mapping[str, Any]) -> bool:
        """Whether the function gets this record."""
        return not self.patterns or any(_matches(pattern, record) for pattern in self.patterns)


def _check(name: str, pattern: object) -> None:
    """Every value is a map of further ones or, in the end, a list of texts that are equal to it."""
    if isinstance(pattern, Mapping):
        for value in pattern.values():
            _check(name, value)
    elif not isinstance(pattern, list) or not all(isinstance(one, str) for one in pattern):
        raise TemplateError(f"{name}: a filter pattern of this form is not imitated: {json.dumps(pattern)}")


def _matches(pattern: Mapping[str, Any] | Sequence[str], value: Any) -> bool:  # noqa: ANN401 - of a record
    if isinstance(pattern, Mapping):
        return isinstance(value, Mapping) and all(
            name in value and _matches(inner, value[name]) for name, inner in pattern.items()
        )
    return value in pattern
