"""API Gateway's own calls about API keys and usage plans, for SDKs: those that give a key a plan.

Owns the paths and the form of CreateApiKey, CreateUsagePlanKey and DeleteUsagePlanKey.
Sources: https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html
https://docs.aws.amazon.com/apigateway/latest/api/API_CreateUsagePlanKey.html
https://docs.aws.amazon.com/apigateway/latest/api/API_DeleteUsagePlanKey.html
"""

import json
import re
from typing import Any

from local.services.usage_plans import RefusedError, UsagePlans
from local.template.api_keys import made_up
from local.wire.exchange import Request, Response

_KEYS = re.compile(r"/usageplans/([^/]+)/keys(?:/([^/]+))?")


def manage_keys(request: Request, plans: UsagePlans) -> Response | None:
    """The answer to one of these calls; None for any other."""
    # Of another service, S3 for one, a path may look the same.
    if "/apigateway/aws4_request" not in (request.header("authorization") or ""):
        return None
    place = _KEYS.fullmatch(request.path)
    plan, key = place.groups() if place else (None, None)
    try:
        if (request.method, request.path) == ("POST", "/apikeys"):
            value = str(_sent(request).get("value") or made_up())
            return _response(201, {"id": plans.create_key(value), "value": value, "enabled": True})
        if request.method == "POST" and plan and not key:
            plans.add(plan, key := str(_sent(request).get("keyId")))
            return _response(201, {"id": key, "type": "API_KEY"})
        if request.method == "DELETE" and plan and key:
            plans.remove(plan, key)
            return Response(202, [], b"")
    except RefusedError as error:
        return _response(error.status, {"message": str(error)}, ("x-amzn-ErrorType", error.kind))
    return None


def _sent(request: Request) -> dict[str, Any]:
    try:
        sent = json.loads(request.body or b"{}")
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise RefusedError(400, "BadRequestException", "Invalid request body")
    return sent


def _response(status: int, body: dict[str, Any], *headers: tuple[str, str]) -> Response:
    return Response(status, [("Content-Type", "application/json"), *headers], json.dumps(body).encode())
