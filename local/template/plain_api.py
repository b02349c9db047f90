"""A REST API that a template declares resource by resource, converted to the equivalent OpenAPI body.

Owns the equivalents of `AWS::ApiGateway::Resource`, `Method` and their siblings, so that the rest of the
gateway knows one form of an API. Must never drop what guards a method: a guard that it cannot express becomes
an undeclared authorizer, which refuses every call.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from local.template.intrinsics import Resolver
from local.template.parameters import TemplateError, text

#: The verb that means all verbs.
ANY = "x-amazon-apigateway-any-method"
#: In place of what a method, or anything else of a body, should be: why it cannot be read.
PROBLEM = "x-local-problem"

_EXTENSION = "x-amazon-apigateway"
_IAM, _KEY = "AWS_IAM", "api_key"
_IN = {"header": "header", "path": "path", "querystring": "query"}

# Property of an integration → its name in the extension.
_INTEGRATION = {
    "ConnectionType": "connectionType",
    "ContentHandling": "contentHandling",
    "IntegrationHttpMethod": "httpMethod",
    "PassthroughBehavior": "passthroughBehavior",
    "RequestParameters": "requestParameters",
    "RequestTemplates": "requestTemplates",
    "ResponseTransferMode": "responseTransferMode",
    "TimeoutInMillis": "timeoutInMillis",
    "Type": "type",
    "Uri": "uri",
}


def body_of(api: str, resolver: Resolver) -> dict[str, Any]:
    """The OpenAPI body of the REST API with the logical id `api`. Raises TemplateError."""
    paths: dict[str, Any] = {}
    for name, declared in resolver.resources("AWS::ApiGateway::Method").items():
        if _belongs(resolver, declared, api):
            route = resolver.pick(declared, "HttpMethod", "ResourceId")
            path = _path(resolver, api, route.get("ResourceId"), name)
            verb = text(route.get("HttpMethod")).lower()
            verb = ANY if verb == "any" else verb
            try:
                paths.setdefault(path, {})[verb] = _method(resolver.pick(declared, *declared))
            except TemplateError as error:
                paths[path][verb] = {PROBLEM: str(error)}
    declared_api = resolver.resources("AWS::ApiGateway::RestApi")[api]
    own = resolver.pick(declared_api, "ApiKeySourceType", "BinaryMediaTypes")
    return {
        "openapi": "3.0.1",
        "info": {"title": api, "version": "1"},
        "paths": paths,
        "components": {
            "schemas": dict(_models(resolver, api)),
            "securitySchemes": _SCHEMES | dict(_authorizers(resolver, api)),
        },
        f"{_EXTENSION}-binary-media-types": own.get("BinaryMediaTypes", []),
        f"{_EXTENSION}-api-key-source": own.get("ApiKeySourceType", "HEADER"),
        f"{_EXTENSION}-gateway-responses": dict(_gateway_responses(resolver, api)),
        f"{_EXTENSION}-request-validators": dict(_validators(resolver, api)),
    }


_SCHEMES = {
    _IAM: {"type": "apiKey", "in": "header", "name": "Authorization", f"{_EXTENSION}-authtype": "awsSigv4"},
    _KEY: {"type": "apiKey", "in": "header", "name": "x-api-key"},
}


def _belongs(resolver: Resolver, declared: Mapping[str, Any], api: str) -> bool:
    return resolver.pick(declared, "RestApiId").get("RestApiId") == api


def _siblings(resolver: Resolver, kind: str, api: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logical id and properties of each resource of a kind that belongs to the API."""
    for name, declared in resolver.resources(f"AWS::ApiGateway::{kind}").items():
        if _belongs(resolver, declared, api):
            yield name, resolver.pick(declared, *declared)


def _path(resolver: Resolver, api: str, resource: object, method: str) -> str:
    """The path of a resource, by its logical id or the API's root."""
    resources = resolver.resources("AWS::ApiGateway::Resource")
    parts: list[str] = []
    while resource != f"{api}.RootResourceId":
        declared = resources.get(str(resource))
        if declared is None or len(parts) > len(resources):
            raise TemplateError(f"{method}: its resource {resource} is not declared below the API {api}.")
        properties = resolver.pick(declared, "ParentId", "PathPart")
        parts.insert(0, text(properties.get("PathPart")))
        resource = properties.get("ParentId")
    return "/" + "/".join(parts)


def _method(method: Mapping[str, Any]) -> dict[str, Any]:
    security: list[dict[str, list[str]]] = []
    match method.get("AuthorizationType"):
        case "NONE":
            pass
        case "AWS_IAM":
            security.append({_IAM: []})
        case kind:
            security.append({text(method.get("AuthorizerId", kind)): []})
    if text(method.get("ApiKeyRequired", False)) == "true":
        security.append({_KEY: []})
    models = method.get("RequestModels", {})
    responses = method.get("Integration", {}).get("IntegrationResponses", [])
    integration = {
        to: method["Integration"][name]
        for name, to in _INTEGRATION.items()
        if name in method.get("Integration", {})
    }
    integration["responses"] = {
        # Without a pattern it is the default, whatever its status.
        one.get("SelectionPattern") or "default": {
            "statusCode": text(one.get("StatusCode")),
            "responseParameters": one.get("ResponseParameters", {}),
            "responseTemplates": one.get("ResponseTemplates", {}),
        }
        for one in responses
    }
    operation: dict[str, Any] = {
        "security": security,
        "parameters": [_parameter(*entry) for entry in method.get("RequestParameters", {}).items()],
        f"{_EXTENSION}-integration": integration,
    }
    if models:
        schema = {kind: {"schema": {"$ref": f"#/components/schemas/{name}"}} for kind, name in models.items()}
        operation["requestBody"] = {"content": schema}
    if "RequestValidatorId" in method:
        operation[f"{_EXTENSION}-request-validator"] = text(method["RequestValidatorId"])
    return operation


def _parameter(expression: str, is_required: object) -> dict[str, Any]:
    """A parameter by its name in CloudFormation, `method.request.KIND.NAME`."""
    _, _, kind, name = expression.split(".", 3)
    return {"in": _IN.get(kind, kind), "name": name, "required": text(is_required) == "true"}


def _authorizers(resolver: Resolver, api: str) -> Iterator[tuple[str, Any]]:
    for name, declared in _siblings(resolver, "Authorizer", api):
        source = text(declared.get("IdentitySource", ""))
        settings = {
            "type": text(declared.get("Type", "")).lower(),
            "authorizerUri": declared.get("AuthorizerUri"),
            "authorizerResultTtlInSeconds": declared.get("AuthorizerResultTtlInSeconds"),
            "identitySource": source or None,
            "identityValidationExpression": declared.get("IdentityValidationExpression"),
            "providerARNs": declared.get("ProviderARNs"),
        }
        given = {key: value for key, value in settings.items() if value is not None}
        scheme = {"type": "apiKey", "in": "header", "name": source.rpartition(".")[2] or "Unused"}
        yield name, scheme | {f"{_EXTENSION}-authorizer": given}


def _models(resolver: Resolver, api: str) -> Iterator[tuple[str, Any]]:
    yield from (("Empty", {"type": "object"}), ("Error", {"type": "object"}))
    for name, declared in _siblings(resolver, "Model", api):
        schema = declared.get("Schema", {})
        try:
            yield text(declared.get("Name", name)), json.loads(schema) if isinstance(schema, str) else schema
        except ValueError:
            yield text(declared.get("Name", name)), {PROBLEM: "the schema is not JSON"}


def _validators(resolver: Resolver, api: str) -> Iterator[tuple[str, Any]]:
    for name, declared in _siblings(resolver, "RequestValidator", api):
        names = ("ValidateRequestBody", "ValidateRequestParameters")
        yield name, {key[0].lower() + key[1:]: text(declared.get(key, False)) == "true" for key in names}


def _gateway_responses(resolver: Resolver, api: str) -> Iterator[tuple[str, Any]]:
    for _, declared in _siblings(resolver, "GatewayResponse", api):
        response = {
            "responseParameters": declared.get("ResponseParameters", {}),
            "responseTemplates": declared.get("ResponseTemplates", {}),
        }
        status = {"statusCode": text(declared["StatusCode"])} if "StatusCode" in declared else {}
        yield text(declared.get("ResponseType")), response | status
