"""A YAML or JSON file as CloudFormation reads it: the template, and the files that it includes.

Owns the meaning of a scalar: a date is text, because CloudFormation has no dates. Every key is text, no alias
shares an object between two places, and `AWS::Include` is replaced by the file that it names. Must never
fetch anything: a location that is not a file on this machine is a TemplateError.
Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-include.html
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from local.template.parameters import TemplateError, text

#: Values in one file, all that aliases repeat counted again.
_VALUES_AT_MOST = 500_000

_TRANSFORM, _INCLUDE = "Fn::Transform", "AWS::Include"
_INCLUDES_WITHIN_INCLUDES = 8

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _CloudFormation(_Loader):  # type: ignore[valid-type, misc] # the fast loader, where libyaml is there
    """YAML with the short forms of intrinsic functions, and without dates."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type] # the only other kind
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_CloudFormation.add_multi_constructor("!", _short_form)
_CloudFormation.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_str)


def read(path: Path, values: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - any YAML
    """What the file holds, with the files that it includes. Raises TemplateError.

    `values` are those of the template's parameters, which may name an included file.
    """
    document = _read(path)
    return _included(document, path.resolve().parent, {**_defaults(document), **(values or {})}, 0)


def _defaults(document: Any) -> dict[str, Any]:  # noqa: ANN401
    """The defaults of a template's parameters."""
    declared = document.get("Parameters") if isinstance(document, Mapping) else None
    return {
        name: one["Default"]
        for name, one in (declared.items() if isinstance(declared, Mapping) else ())
        if isinstance(one, Mapping) and "Default" in one
    }


def _read(path: Path) -> Any:  # noqa: ANN401
    try:
        content = path.read_text()
        # JSON has its tabs, which YAML forbids.
        is_json = content.lstrip().startswith("{") and path.suffix not in (".yaml", ".yml")
        loaded = json.loads(content) if is_json else yaml.load(content, _CloudFormation)  # noqa: S506 - safe
        return _plain(loaded, [_VALUES_AT_MOST])
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise TemplateError(f"{path} cannot be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    """Why a file cannot be read, in one line."""
    if isinstance(error, RecursionError):
        return "it nests too deeply"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return " ".join(str(error).split())


def _plain(value: Any, left: list[int]) -> Any:  # noqa: ANN401
    left[0] -= 1
    if left[0] < 0:
        raise ValueError(f"it has more than {_VALUES_AT_MOST} values")
    if isinstance(value, Mapping):
        return {text(key): _plain(item, left) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, left) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"a {type(value).__name__} has no place in a template")


def _included(value: Any, base: Path, values: Mapping[str, Any], depth: int) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_included(item, base, values, depth) for item in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: _included(item, base, values, depth) for key, item in value.items()}
    transform = found.get(_TRANSFORM)
    if not isinstance(transform, Mapping) or transform.get("Name") != _INCLUDE:
        return found
    del found[_TRANSFORM]
    file = base / _location(transform, values)
    if depth == _INCLUDES_WITHIN_INCLUDES:
        raise TemplateError(f"{file} is included within too many others.")
    included = _included(_read(file), base, values, depth + 1)
    return {**included, **found} if isinstance(included, Mapping) else included


def _location(transform: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    parameters = transform.get("Parameters")
    location = parameters.get("Location") if isinstance(parameters, Mapping) else None
    match location:
        case {"Ref": str(name)}:
            location = values.get(name)
        case {"Fn::Sub": str(pattern)}:
            for name, value in values.items():
                pattern = pattern.replace(f"${{{name}}}", text(value))
            location = pattern
    if not isinstance(location, str) or "${" in location or "://" in location:
        raise TemplateError(f"AWS::Include of {location!r}: only a file beside the template is included.")
    return location
