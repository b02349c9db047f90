"""The text of a SAM template, transformed by aws-sam-translator as on AWS.

Owns reading it, the check of its shape, and the removal of what the transform cannot handle: code that is not
in S3, and kinds of resources that are not served here. Must never repeat anything from the template.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

from local.template.document import read
from local.template.parameters import TemplateError

# Replaces local code during the transform, which accepts only code in S3 and images in a registry.
_BUCKET, _LAYER = "local", "layer/"
_IN_S3 = f"s3://{_BUCKET}/code"
_IN_REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/local"

_SERVERLESS = "AWS::Serverless::"
_TRANSFORMED = {_SERVERLESS + kind for kind in ("Api", "Function", "HttpApi", "LayerVersion", "SimpleTable")}

_SECTIONS = ("Conditions", "Globals", "Mappings", "Parameters", "Resources", "Rules")


@dataclass
class Source:
    """`template` is plain CloudFormation. `code` has each function's directory, or `unserved` the reason.

    A function with inline code is in neither. `layers` has the directories of the template's own layers, by
    the key that `layer_key` finds in the transformed template.
    """

    template: dict[str, Any]
    code: dict[str, Path] = field(default_factory=dict)
    layers: dict[str, Path] = field(default_factory=dict)
    unserved: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def load(cls, path: Path, parameters: Mapping[str, str], region: str) -> "Source":
        """Read the SAM template at `path`. Raises TemplateError."""
        template = read(path, parameters)
        source_warnings = _leave_out_loops(template)
        _check(path, template)
        source = cls(template, warnings=source_warnings)
        base = path.resolve().parent
        shared = template.get("Globals", {}).get("Function", {})
        everybodys = {name: shared.pop(name) for name in ("CodeUri", "ImageUri") if name in shared}
        for name, resource in template["Resources"].items():
            source._take_local(name, resource, base, {**shared, **everybodys})
        apart = {
            name: resource
            for name, resource in template["Resources"].items()
            if resource["Type"].startswith(_SERVERLESS) and resource["Type"] not in _TRANSFORMED
        }
        source.warnings += [f"{name}: {one['Type']} is not served." for name, one in apart.items()]
        for name in apart:
            del template["Resources"][name]
        source.template = _transform(template, parameters, region)
        # Others may refer to them.
        source.template["Resources"] |= apart
        return source

    def _take_local(self, name: str, resource: dict[str, Any], base: Path, shared: Mapping[str, Any]) -> None:
        properties = resource.setdefault("Properties", {})
        match resource["Type"]:
            case "AWS::Serverless::Function" if "InlineCode" in properties:
                pass
            case "AWS::Serverless::Function" if {**shared, **properties}.get("PackageType") == "Image":
                properties["ImageUri"] = _IN_REGISTRY
                self.unserved[name] = "container images are not run"
            case "AWS::Serverless::Function":
                # The SAM CLI takes the template's own directory when nothing is said.
                self._take_code(name, properties.get("CodeUri", shared.get("CodeUri", ".")), base)
                properties["CodeUri"] = _IN_S3
            case "AWS::Lambda::Function" if not _is_inline(properties.get("Code")):
                self._take_code(name, properties.get("Code"), base)
            case "AWS::Serverless::LayerVersion":
                self._take_layer(name, properties.get("ContentUri"), base)
                properties["ContentUri"] = f"s3://{_BUCKET}/{_LAYER}{name}"
            case "AWS::Lambda::LayerVersion":
                self._take_layer(name, properties.get("Content"), base)
                properties["Content"] = {"S3Bucket": _BUCKET, "S3Key": _LAYER + name}
            case "AWS::Serverless::Api" | "AWS::Serverless::HttpApi":
                uri = properties.get("DefinitionUri")
                # What is in S3 is refused later, and only where it is the API that is served.
                if isinstance(uri, str) and not uri.startswith("s3://"):
                    properties["DefinitionBody"] = read(base / properties.pop("DefinitionUri"))

    def _take_code(self, name: str, uri: object, base: Path) -> None:
        if isinstance(uri, str) and (base / uri).is_dir():
            self.code[name] = base / uri
        else:
            self.unserved[name] = f"its code, {uri!r}, is not a directory beside the template"

    def _take_layer(self, name: str, uri: object, base: Path) -> None:
        if isinstance(uri, str) and (base / uri).is_dir():
            self.layers[_LAYER + name] = base / uri


def layer_key(declared: Mapping[str, Any]) -> str:
    """By what `Source.layers` knows a layer of the transformed template; "" if its content is elsewhere."""
    content = declared.get("Content")
    return str(content.get("S3Key", "")) if isinstance(content, Mapping) else ""


def _is_inline(code: object) -> bool:
    return isinstance(code, dict) and "ZipFile" in code


def _leave_out_loops(template: Any) -> list[str]:  # noqa: ANN401 - any YAML
    """Take the loops of CloudFormation's language extensions out of a template, with a line for each."""
    resources = template.get("Resources") if isinstance(template, dict) else None
    if not isinstance(resources, dict):
        return []
    loops = [name for name in resources if name.startswith("Fn::ForEach")]
    for name in loops:
        del resources[name]
    return [f"{name} is not expanded: AWS::LanguageExtensions is not imitated." for name in loops]


def _check(path: Path, template: Any) -> None:  # noqa: ANN401 - any YAML
    """Raise TemplateError unless the template has the shape that all of this relies on."""
    if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
        raise TemplateError(f"{path} is not a template: it has no Resources.")
    for section in _SECTIONS:
        entries = template.get(section, {})
        if not isinstance(entries, dict):
            raise TemplateError(f"{path}: {section} is not a mapping.")
        for name, entry in () if section == "Conditions" else entries.items():
            is_typed = section in ("Parameters", "Resources")
            if (
                not isinstance(entry, dict)
                or not isinstance(entry.get("Properties", {}), dict)
                or (is_typed and not isinstance(entry.get("Type"), str))
            ):
                raise TemplateError(f"{path}: {name} in {section} is not what belongs there.")


def _transform(source: dict[str, Any], parameters: Mapping[str, str], region: str) -> dict[str, Any]:
    # It warns of feature toggles that exist only inside AWS.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    values = dict(parameters)
    try:
        to_py27_compatible_template(source, values)
        transformed = Translator(None, Parser(), boto_session=boto3.Session(region_name=region)).translate(
            source, parameter_values=values, get_managed_policy_map=dict
        )
    except InvalidDocumentException as error:
        raise TemplateError("; ".join(cause.message for cause in error.causes)) from error
    except Exception as error:
        # It relies on shapes that it does not check, and fails in any way when they are others.
        raise TemplateError(f"The template cannot be transformed: {type(error).__name__}: {error}") from error
    plain: dict[str, Any] = undo_mark_unicode_str_in_template(transformed)
    return plain
