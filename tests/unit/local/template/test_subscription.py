"""Which lines of a log pass a subscription filter."""

import pytest

from local.template.parameters import TemplateError
from local.template.subscription import SubscriptionFilter


def passes(pattern: str, line: str) -> bool:
    return SubscriptionFilter(name="F", log_group="G", pattern=pattern, function="A").passes(line)


@pytest.mark.parametrize(
    ("pattern", "line", "passed"),
    [
        ("", "anything", True),
        ('{ $.key = "key_*" }', '{"key": "key_1"}', True),
        ('{$.key="key_*"}', '{"key": "key_1"}', True),
        ('{ $.key = "key_*" }', '{"key": "-"}', False),
        ('{ $.key = "key_1" }', '{"key": "key_12"}', False),
        ('{ $.key = "*" }', '{"other": "key_1"}', False),
        ('{ $.key = "*" }', '{"key": 7}', False),
        ('{ $.a.b = "x" }', '{"a": {"b": "x"}}', True),
        ('{ $.a.b = "x" }', '{"a": "x"}', False),
        ('{ $.key = "*" }', "no JSON", False),
        ('{ $.key = "*" }', '["key"]', False),
    ],
)
def test_a_line_passes_when_its_property_is_like_the_pattern(pattern: str, line: str, passed: bool) -> None:
    assert passes(pattern, line) is passed


@pytest.mark.parametrize(
    "pattern", ["ERROR", "[a, b]", "{ $.status = 200 }", '{ $.a != "b" }', '{ $.a = "b?" }']
)
def test_a_pattern_that_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises(TemplateError, match="not imitated"):
        passes(pattern, "{}")
