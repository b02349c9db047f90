"""A template's parameters: their values, and which of them CloudFormation would refuse.

A value that a declaration forbids is refused only for a list of allowed values. Otherwise it is a warning:
locally, a service at http://127.0.0.1 is fine although a deployment accepts only https. Must never show such
a value, which may be a secret.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

import re
from collections.abc import Mapping
from typing import Any


class TemplateError(Exception):
    """The template cannot be served; the text says why."""


def text(value: object) -> str:
    """A scalar as CloudFormation writes it where a string is expected."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def parameter_values(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The value of each parameter, a list where its type is one. Raises TemplateError."""
    if unknown := sorted(given.keys() - declared.keys()):
        raise TemplateError(f"The template has no parameter {', '.join(unknown)}.")
    values: dict[str, Any] = {}
    for name, declaration in declared.items():
        value = given.get(name, declaration.get("Default"))
        if value is None:
            raise TemplateError(f"Parameter {name} has no default: pass --parameter {name}=VALUE.")
        value = text(value)
        is_list = declaration["Type"].endswith(("CommaDelimitedList", "CommaDelimitedList>"))
        is_list = is_list or "List<" in declaration["Type"]
        # CloudFormation takes the spaces around each member away.
        values[name] = [item.strip() for item in value.split(",")] if is_list else value
        declared_values = declaration.get("AllowedValues")
        if not isinstance(declared_values, list):
            continue
        allowed = list(map(text, declared_values))
        if not set(_items(values[name])) <= set(allowed):
            raise TemplateError(f"Parameter {name} has another value than it can have: {', '.join(allowed)}.")
    return values


def parameter_warnings(declared: Mapping[str, Any], values: Mapping[str, Any]) -> list[str]:
    """A line for each parameter whose value CloudFormation would refuse."""
    lines = []
    for name, declaration in declared.items():
        value = values[name]
        if declaration["Type"].startswith("AWS::SSM::Parameter::Value<"):
            lines.append(
                f"Parameter {name}: its value is in Parameter Store, which is not imitated. The name of it "
                f"there is used in its place; pass --parameter {name}=VALUE."
            )
        if broken := next(filter(None, (_broken(declaration, item) for item in _items(value))), None):
            why = declaration.get("ConstraintDescription") or f"It breaks {broken} {declaration.get(broken)}."
            lines.append(f"Parameter {name}: a deployment would refuse this value. {why}")
    return lines


def _items(value: Any) -> list[str]:  # noqa: ANN401 - a text or a list of them
    return value if isinstance(value, list) else [value]


def _broken(declaration: Mapping[str, Any], value: str) -> str | None:
    """The constraint that the value breaks."""
    try:
        if not re.fullmatch(str(declaration.get("AllowedPattern", "(?s).*")), value):
            return "AllowedPattern"
    except (re.error, RecursionError, OverflowError):
        # Java's, of a kind that Python does not know.
        return None
    is_number = declaration["Type"] in ("Number", "List<Number>")
    try:
        size = {"Length": len(value)} | ({"Value": float(value)} if is_number else {})
    except ValueError:
        return "Type"
    for limit in ("MinLength", "MaxLength", "MinValue", "MaxValue"):
        number = size.get(limit[3:])
        if number is None or limit not in declaration:
            continue
        try:
            bound = float(declaration[limit])
        except (TypeError, ValueError):
            return limit
        if number < bound if limit.startswith("Min") else number > bound:
            return limit
    return None
