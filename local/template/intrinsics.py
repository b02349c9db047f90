"""CloudFormation's intrinsic functions, as far as routes, functions and tables need them.

Owns the resolution of `Ref`, `Fn::*`, conditions and references to Secrets Manager for one template. Must
never guess: a value that it cannot resolve is a TemplateError. A resource without a name has its logical id.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import re
from collections.abc import Mapping
from typing import Any

from local.template.names import NAME_PROPERTIES, SAME_AS_REF, STACK, arn, pseudo_parameters, reference
from local.template.parameters import TemplateError, parameter_values, parameter_warnings, text
from local.template.secret_references import resolve_secrets

_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")


class _NoValue:
    """What `AWS::NoValue` resolves to: the property that holds it goes away."""


_NO_VALUE = _NoValue()


class Resolver:
    """Resolves the values of one template, given its parameters' values and secrets by name or ARN.

    `imports` is what the other stacks export, by the export's name.
    """

    def __init__(  # noqa: PLR0913 - all that a template can refer to
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, str],
        region: str,
        secrets: Mapping[str, str] | None = None,
        *,
        stack: str = STACK,
        imports: Mapping[str, str] | None = None,
    ) -> None:
        self._secrets, self._imports = secrets or {}, imports or {}
        self._resources: Mapping[str, Any] = template.get("Resources", {})
        self._conditions: Mapping[str, Any] = template.get("Conditions", {})
        self._parameters: Mapping[str, Any] = template.get("Parameters", {})
        self._rules: Mapping[str, Any] = template.get("Rules", {})
        self._mappings: Mapping[str, Any] = template.get("Mappings", {})
        self._region = region
        self._naming: list[str] = []  # whose names are being resolved just now
        self._refs: dict[str, Any] = {"AWS::NoValue": _NO_VALUE, **pseudo_parameters(region, stack)}
        self._refs |= parameter_values(self._parameters, parameters)

    def warnings(self) -> list[str]:
        """A line for each parameter and rule for which CloudFormation would refuse the template."""
        lines = parameter_warnings(self._parameters, self._refs)
        for name, rule in self._rules.items():
            try:
                if self.resolve(rule.get("RuleCondition", True)):
                    lines += [
                        f"Rule {name}: a deployment would refuse this. {assertion.get('AssertDescription')}"
                        for assertion in rule["Assertions"]
                        if not self.resolve(assertion["Assert"])
                    ]
            except (TemplateError, AttributeError, LookupError, TypeError) as error:
                lines.append(f"Rule {name} is not checked: {error}")
        return lines

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """Logical id → properties, unresolved, of each resource of the type `kind` whose condition holds."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self._resources.items()
            if resource.get("Type") == kind and self._holds(resource.get("Condition"))
        }

    def pick(self, properties: Mapping[str, Any], *names: str) -> dict[str, Any]:
        """Those of the properties that have these names, resolved. What nobody asks for may be anything."""
        picked: dict[str, Any] = self.resolve(
            {name: properties[name] for name in names if name in properties}
        )
        return picked

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - any value that a template can hold
        """`value` with every intrinsic function in it replaced by its result."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _NO_VALUE]
        if not isinstance(value, Mapping):
            return resolve_secrets(value, self._secrets) if isinstance(value, str) else value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name == "Ref":
                return self._ref(argument)
            if name == "Condition" and isinstance(argument, str):
                return self._holds(argument)
            if isinstance(name, str) and name.startswith("Fn::"):
                try:
                    return self._call(name, argument)
                except (AttributeError, LookupError, TypeError, ValueError) as error:
                    raise TemplateError(f"{name} of {argument!r} cannot be resolved.") from error
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NO_VALUE}

    def _call(self, name: str, argument: Any) -> Any:  # noqa: ANN401, C901, PLR0911, PLR0912 - a case each
        match name, argument:
            case "Fn::If", [condition, then, otherwise]:
                return self.resolve(then if self._holds(condition) else otherwise)
            case "Fn::GetAtt", str():
                return self._attribute(*argument.split(".", 1))
            case "Fn::GetAtt", [resource, attribute]:
                return self._attribute(resource, self.resolve(attribute))
            case "Fn::Sub", str():
                return self.resolve(self._substitute(argument, {}))
            case "Fn::Sub", [pattern, variables]:
                return self.resolve(self._substitute(pattern, self.resolve(variables)))
            case "Fn::Join", [separator, parts]:
                return self.resolve(separator.join(map(text, self.resolve(parts))))
            case "Fn::Split", [separator, whole]:
                return self.resolve(whole).split(separator)
            case "Fn::Select", [index, items]:
                return self.resolve(items)[int(self.resolve(index))]
            case "Fn::FindInMap", [mapping, first, second, *_]:
                return self._mappings[self.resolve(mapping)][self.resolve(first)][self.resolve(second)]
            case "Fn::ImportValue", name:
                return self._imports[text(self.resolve(name))]
            case "Fn::Base64", whole:
                return base64.b64encode(text(self.resolve(whole)).encode()).decode()
            case "Fn::Contains", [items, value]:
                return text(self.resolve(value)) in map(text, self.resolve(items))
            case "Fn::Equals", [left, right]:
                return text(self.resolve(left)) == text(self.resolve(right))
            case "Fn::And", [*conditions]:
                return all(map(self.resolve, conditions))
            case "Fn::Or", [*conditions]:
                return any(map(self.resolve, conditions))
            case "Fn::Not", [condition]:
                return not self.resolve(condition)
        raise TemplateError(f"{name} is not supported, or not in this form: {argument!r}")

    def _ref(self, name: str) -> Any:  # noqa: ANN401
        if name in self._refs:
            return self._refs[name]
        if name in self._resources:
            return self._physical_id(name)
        raise TemplateError(f"Ref to {name}, which is neither a parameter nor a resource.")

    def name(self, resource: str) -> str:
        """The name of a resource: the declared one, or its logical id. Raises TemplateError."""
        declared = self._resources[resource]
        value = declared.get("Properties", {}).get(NAME_PROPERTIES.get(declared["Type"]))
        if value is None:
            return resource
        if resource in self._naming:
            raise TemplateError(f"{resource}: its name depends on itself.")
        self._naming.append(resource)
        try:
            return text(self.resolve(value))
        finally:
            self._naming.pop()

    def _physical_id(self, resource: str) -> str:
        """What `Ref` of a resource is."""
        kind, properties = self._resources[resource]["Type"], self._resources[resource].get("Properties", {})
        if kind in ("AWS::Lambda::Alias", "AWS::Lambda::Version"):
            function = text(self.resolve(properties["FunctionName"]))
            if not function.startswith("arn:"):
                function = arn("AWS::Lambda::Function", self._region, function)
            return f"{function}:{text(self.resolve(properties.get('Name', '1')))}"
        return reference(kind, self._region, self.name(resource))

    def _attribute(self, resource: str, attribute: str) -> str:
        if resource not in self._resources:
            raise TemplateError(f"Fn::GetAtt of {resource}, which is not a resource.")
        match attribute:
            case "Arn" | "TopicArn" | "StreamArn":
                kind = attribute if attribute == "StreamArn" else self._resources[resource]["Type"]
                return arn(kind, self._region, self.name(resource))
            case "QueueName" | "TopicName":
                return self.name(resource)
            case same if same in SAME_AS_REF:
                return self._physical_id(resource)
        return f"{resource}.{attribute}"

    def _substitute(self, pattern: str, variables: Mapping[str, Any]) -> str:
        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return text(variables[name])
            return text(self._attribute(*name.split(".", 1)) if "." in name else self._ref(name))

        return _VARIABLE.sub(value, pattern)

    def _holds(self, condition: str | None) -> bool:
        if condition is None:
            return True
        if condition not in self._conditions:
            raise TemplateError(f"There is no condition {condition}.")
        return bool(self.resolve(self._conditions[condition]))
