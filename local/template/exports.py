"""What a stack exports for others to import.

Owns the reading of a template's Outputs. An export that cannot be resolved never stops the gateway: it is a
line for the developer.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/outputs-section-structure.html
"""

from collections.abc import Mapping
from typing import Any

from local.template.intrinsics import Resolver
from local.template.parameters import TemplateError, text


def exports(template: Mapping[str, Any], resolver: Resolver) -> tuple[dict[str, str], list[str]]:
    """The exports of a transformed template, by their names, and a line for each that cannot be told."""
    found: dict[str, str] = {}
    lines = []
    outputs = template.get("Outputs")
    for name, output in outputs.items() if isinstance(outputs, Mapping) else ():
        if not isinstance(output, Mapping) or "Export" not in output:
            continue
        try:
            if "Condition" not in output or resolver.resolve({"Condition": output["Condition"]}):
                found[text(resolver.resolve(output["Export"]["Name"]))] = text(
                    resolver.resolve(output["Value"])
                )
        except (TemplateError, AttributeError, LookupError, TypeError) as error:
            lines.append(f"{name} is not exported: {error}")
    return found, lines
