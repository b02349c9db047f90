"""The OpenAPI body of a REST API, resolved and in the shape that the gateway relies on.

Owns what happens to a part that cannot be read: it becomes `{PROBLEM: why}`, which refuses the methods that
need it and does not affect the others.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from local.template.intrinsics import Resolver
from local.template.parameters import TemplateError
from local.template.plain_api import ANY, PROBLEM, body_of

#: The verbs that API Gateway knows.
VERBS = {"delete", "get", "head", "options", "patch", "post", "put"}

INTEGRATION = "x-amazon-apigateway-integration"

# How deep parts of a body are apart from each other: a method is one, and so is a security scheme.
_DEPTH = 3
_PARAMETERS = {"header", "path", "querystring"}


def read_body(resolver: Resolver, api: str, declared: Mapping[str, Any]) -> dict[str, Any]:
    """The body of the API with the logical id `api`. Raises TemplateError when there is none."""
    if "BodyS3Location" in declared:
        raise TemplateError(f"{api}: its OpenAPI document is not beside the template.")
    body = _parts(resolver, declared["Body"], _DEPTH) if "Body" in declared else body_of(api, resolver)
    if not isinstance(body, Mapping) or not isinstance(body.get("paths", {}), Mapping):
        raise TemplateError(f"{api}: its body is not OpenAPI.")
    paths = {path: _path(methods) for path, methods in body.get("paths", {}).items()}
    components = _mapping(body.get("components"))
    schemes = _mapping(components.get("securitySchemes")) or _mapping(body.get("securityDefinitions"))
    extensions = {
        f"x-amazon-apigateway-{name}": _mappings(body.get(f"x-amazon-apigateway-{name}"))
        for name in ("gateway-responses", "request-validators")
    }
    return {
        **body,
        "paths": paths,
        "components": {
            **components,
            "schemas": _mapping(components.get("schemas")),
            "securitySchemes": _mappings(schemes),
        },
        "definitions": _mapping(body.get("definitions")),
        **extensions,
    }


def _parts(resolver: Resolver, value: Any, depth: int) -> Any:  # noqa: ANN401 - any value of a template
    """`value` resolved, each part of it apart from the others."""
    is_function = (
        isinstance(value, Mapping) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
    )
    if depth and isinstance(value, Mapping) and not is_function:
        return {
            key: part
            for key, item in value.items()
            if (part := _parts(resolver, item, depth - 1)) is not _ABSENT
        }
    try:
        return resolver.resolve({"part": value}).get("part", _ABSENT)
    except TemplateError as error:
        return {PROBLEM: str(error)}


_ABSENT = object()


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> dict[str, Mapping[str, Any]]:
    """A mapping of mappings, with a problem for each that is none."""
    return {
        str(key): one if isinstance(one, Mapping) else {PROBLEM: "it is not a mapping"}
        for key, one in _mapping(value).items()
    }


def _path(methods: object) -> dict[str, Any]:
    if not isinstance(methods, Mapping):
        raise TemplateError("A path of the API's body is not a mapping.")
    if PROBLEM in methods:
        return {ANY: methods}
    return {
        name.lower(): _method(one) if name.lower() in VERBS | {ANY} else one for name, one in methods.items()
    }


def _method(method: object) -> Mapping[str, Any]:
    if not isinstance(method, Mapping):
        return {PROBLEM: "it is not a mapping"}
    for name, is_good in _SHAPES.items():
        try:
            if name in method and not is_good(method[name]):
                return {PROBLEM: f"its {name} is not what API Gateway takes"}
        except (AttributeError, OverflowError, TypeError, ValueError):
            return {PROBLEM: f"its {name} is not what API Gateway takes"}
    return method


def _is_list_of_mappings(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _is_integration(value: Mapping[str, Any]) -> bool:
    parameters, responses = value.get("requestParameters") or {}, value.get("responses") or {}
    return (
        int(value.get("timeoutInMillis") or 1) > 0
        and all(name.split(".", 3)[2] in _PARAMETERS for name in parameters if name.count(".") >= 3)  # noqa: PLR2004
        and all(isinstance(source, str) for source in parameters.values())
        and all(isinstance(one, Mapping) for one in responses.values())
        and all(isinstance(value.get(name), str) for name in ("type", "uri", "httpMethod") if name in value)
    )


_SHAPES: dict[str, Callable[[Any], bool]] = {
    "security": _is_list_of_mappings,
    "parameters": _is_list_of_mappings,
    "requestBody": lambda value: (
        isinstance(value.get("content", {}), Mapping)
        and all(isinstance(one, Mapping) for one in value.get("content", {}).values())
    ),
    "consumes": lambda value: isinstance(value, list),
    INTEGRATION: _is_integration,
}
