"""The event that a REST API sends to a function.

Owns its shape, for both proxy integrations and authorizers.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
import re
import time
import uuid
from collections.abc import Iterable
from typing import Any

from local.api.request.call import Call
from local.template.names import ACCOUNT
from local.template.rest_api import Api
from local.wire.exchange import Request

# What an API without IAM, Cognito and certificates knows of nobody.
_UNKNOWN_IDENTITY = dict.fromkeys(
    (
        "accessKey",
        "accountId",
        "caller",
        "cognitoAuthenticationProvider",
        "cognitoAuthenticationType",
        "cognitoIdentityId",
        "cognitoIdentityPoolId",
        "principalOrgId",
        "user",
        "userArn",
    )
)


def request_context(request: Request, api: Api, resource: str | None, sent_path: str) -> dict[str, Any]:
    """The event's `requestContext`, whose values are also those of `$context`; without the authorizer's.

    `sent_path` is the path as it was sent. It is the only form of the path that keeps every slash.
    """
    now = time.time()
    host = request.header("host") or "localhost"
    return {
        "accountId": ACCOUNT,
        "apiId": api.id,
        "deploymentId": "local",
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "extendedRequestId": uuid.uuid4().hex[:16],
        "httpMethod": request.method,
        "identity": _UNKNOWN_IDENTITY
        | {"sourceIp": request.source_ip, "userAgent": request.header("user-agent")},
        "path": f"/{api.stage}{sent_path}",
        "protocol": request.protocol,
        "requestId": str(uuid.uuid4()),
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
        "requestTimeEpoch": int(now * 1000),
        "resourceId": "local",
        "resourcePath": resource,
        "stage": api.stage,
    }


def _common(call: Call) -> dict[str, Any]:
    request = call.request
    return {
        "resource": call.match.route.resource,
        "path": request.path,
        "httpMethod": request.method,
        "headers": dict(request.headers),
        "multiValueHeaders": _grouped(request.headers),
        "queryStringParameters": dict(request.parameters),
        "multiValueQueryStringParameters": _grouped(request.parameters),
        "pathParameters": call.match.parameters,
        "stageVariables": dict(call.api.variables),
        "requestContext": call.context,
    }


def proxy_event(call: Call) -> dict[str, Any]:
    """The event of a Lambda proxy integration. What there is none of is null."""
    request = call.request
    event = {key: value or None for key, value in _common(call).items()}
    binary = matches_media_type(request.header("content-type") or "", binary_media_types(call.api))
    body = base64.b64encode(request.body).decode() if binary else request.body.decode(errors="replace")
    return event | {"body": body or None, "isBase64Encoded": binary and bool(body)}


def authorizer_event(call: Call) -> dict[str, Any]:
    """The event of a REQUEST authorizer. What there is none of is empty.

    Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html
    """
    return {"type": "REQUEST", "methodArn": call.method_arn} | _common(call)


def binary_media_types(api: Api) -> list[str]:
    """The media types whose bodies are binary."""
    types: list[str] = api.body.get("x-amazon-apigateway-binary-media-types", [])
    return types


def matches_media_type(value: str, types: Iterable[str]) -> bool:
    """Whether the first media type in a header's value is one of `types`: `a/b`, `a/*` or `*/*`."""
    first = re.split("[,;]", value, maxsplit=1)[0].strip().lower()
    whole, slash, _ = first.partition("/")
    known = {kind.lower() for kind in types}
    # A type such as `*/test` matches nothing.
    return bool(slash) and ("*/*" in known or (whole != "*" and not known.isdisjoint((first, f"{whole}/*"))))


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for name, value in pairs:
        groups.setdefault(name, []).append(value)
    return groups
