"""A subscription filter: which lines of a log group a function gets.

Owns the matching of filter patterns. Must never guess: a pattern of an unknown form is a TemplateError.
Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from local.template.parameters import TemplateError

# { $.name.name = "text with *" }
_COMPARISON = re.compile(r'\{\s*\$\.(?P<path>[\w.]+)\s*=\s*"(?P<like>[^"?\[]*)"\s*\}')


@dataclass(frozen=True, kw_only=True)
class SubscriptionFilter:
    """`pattern` lets every line pass when it is empty, or those whose JSON has a property like a text."""

    name: str
    log_group: str
    pattern: str
    function: str

    def __post_init__(self) -> None:
        if self.pattern and not _COMPARISON.fullmatch(self.pattern):
            raise TemplateError(f"{self.name}: a filter pattern of this form is not imitated: {self.pattern}")

    def passes(self, line: str) -> bool:
        """Whether the function gets this line."""
        comparison = _COMPARISON.fullmatch(self.pattern)
        if not comparison:
            return True
        try:
            value: Any = json.loads(line)
        except ValueError:
            return False
        for name in comparison["path"].split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return isinstance(value, str) and fnmatchcase(value, comparison["like"])
