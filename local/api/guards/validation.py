"""Request validators: which parameters and which body a method requires.

Owns the check of a request against the OpenAPI body's `parameters` and models, which are JSON Schema draft 4.
Must never let a body through that it cannot check. Formats are not checked (unproven).
Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-request-validators.html
Recordings show the texts, and that a GET also requires a body: localstack/localstack,
tests/aws/services/apigateway/test_apigateway_common.snapshot.json.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from local.api.request.call import Call
from local.api.responses.gateway_responses import GatewayError

_VALIDATOR = "x-amazon-apigateway-request-validator"
_MODEL = "https://apigateway.amazonaws.com/restapis/"
_JSON, _ANY = "application/json", "$default"
# The order in which AWS names what is missing: that of `method.request.KIND.NAME`.
_KINDS = {"header": "header", "path": "path", "query": "querystring"}


class UncheckableError(Exception):
    """A model that cannot be used; the text says why."""


class Validator:
    """The request validator of one method."""

    def __init__(self, body: Mapping[str, Any], path: Mapping[str, Any], method: Mapping[str, Any]) -> None:
        """`body` is the whole OpenAPI body, `path` the entry of the path that has the method."""
        self._body = body
        declared = [*_dicts(path.get("parameters")), *_dicts(method.get("parameters"))]
        self._parameters = [_resolved(body, one) for one in declared]
        self._method = method
        name = method.get(_VALIDATOR, body.get(_VALIDATOR))
        settings = body.get(f"{_VALIDATOR}s", {}).get(name, {}) if name else {}
        self._checks_parameters = bool(settings.get("validateRequestParameters"))
        self._checks_body = bool(settings.get("validateRequestBody"))
        self.problem = None if name is None or settings else f"its request validator {name} is not declared"

    def check(self, call: Call) -> None:
        """Raise GatewayError for a request that lacks something, and UncheckableError."""
        if self._checks_parameters:
            names = [name for name, expression in self._required if not call.parameter(expression)]
            if names:
                text = f"Missing required request parameters: [{', '.join(names)}]"
                raise GatewayError("BAD_REQUEST_PARAMETERS", text)
        if self._checks_body and self._models:
            kind = (call.request.header("content-type") or _JSON).partition(";")[0].strip().lower()
            # A body of a type without a model is not checked, as AWS says.
            model = self._models.get(kind, self._models.get(_ANY))
            if model is not None and not self._fits(call.request.body, model):
                raise GatewayError("BAD_REQUEST_BODY")

    @cached_property
    def _required(self) -> list[tuple[str, str]]:
        """Name and expression of each parameter that a request must have."""
        found = {
            f"method.request.{_KINDS[one['in']]}.{one.get('name')}": str(one.get("name"))
            for one in self._parameters
            if one.get("required") is True and one.get("in") in _KINDS
        }
        return [(found[expression], expression) for expression in sorted(found)]

    @cached_property
    def _models(self) -> dict[str, Any]:
        """Media type → schema."""
        content = _resolved(self._body, self._method.get("requestBody") or {}).get("content", {})
        models = {str(kind).lower(): one.get("schema") for kind, one in content.items()}
        kinds = self._method.get("consumes") or self._body.get("consumes") or [_JSON]
        for one in self._parameters:
            if one.get("in") == "body":
                models |= {str(kind).lower(): one.get("schema") for kind in kinds}
        return {kind: schema for kind, schema in models.items() if schema is not None}

    def _fits(self, body: bytes, model: Any) -> bool:  # noqa: ANN401 - a schema
        # Few APIs have models, and these imports take a tenth of a second.
        from jsonschema import Draft4Validator, SchemaError  # noqa: PLC0415
        from referencing import Registry  # noqa: PLC0415
        from referencing.exceptions import Unresolvable  # noqa: PLC0415

        try:
            value = json.loads(body)
        except ValueError:
            return False
        # Whatever it refers to is looked for in the OpenAPI body, and nothing is fetched.
        definitions = self._body.get("definitions", {})
        schemas = definitions | self._body.get("components", {}).get("schemas", {})
        parts = {"definitions": definitions, "components": {"schemas": schemas}}
        schema = _local({"allOf": [model], **parts})
        try:
            Draft4Validator.check_schema(schema["allOf"][0])
            return bool(Draft4Validator(schema, registry=Registry()).is_valid(value))
        except (SchemaError, Unresolvable) as error:
            raise UncheckableError(f"its model cannot be used: {error}".splitlines()[0]) from error
        except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise UncheckableError(f"its model cannot be used: {type(error).__name__}") from error


def _dicts(values: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in (values if isinstance(values, list) else []) if isinstance(one, Mapping))


def _resolved(body: Mapping[str, Any], value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A parameter or a request body, by what it refers to within the OpenAPI body."""
    found: Any = value
    reference = value.get("$ref")
    if isinstance(reference, str) and reference.startswith("#/"):
        found = body
        for name in reference.removeprefix("#/").split("/"):
            found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _local(value: Any) -> Any:  # noqa: ANN401 - a part of a schema
    """The schema with API Gateway's references to its models as those within the OpenAPI body."""
    if isinstance(value, list):
        return [_local(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    copy = {key: _local(item) for key, item in value.items()}
    reference = copy.get("$ref")
    if isinstance(reference, str) and reference.startswith(_MODEL):
        copy["$ref"] = f"#/components/schemas/{reference.rpartition('/')[2]}"
    return copy
