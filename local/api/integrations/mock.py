"""Mock integrations with a fixed answer, as SAM's `Cors` makes them for OPTIONS.

Owns the answer: a request template that is plain JSON with a `statusCode`, the response for that status, and
headers in quotes. Anything that needs VTL, or parts of the request, is not imitated.
Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.wire.exchange import Response

_JSON = "application/json"
_HEADER = "method.response.header."
_QUOTED = re.compile("'(.*)'", re.DOTALL)
# No JSON, but API Gateway reads it, and the AWS CDK writes it:
# https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_integrations.py
_LENIENT = re.compile(r"""\s*\{\s*(['"]?)statusCode\1\s*:\s*(\d+)\s*\}\s*""")


@dataclass(frozen=True)
class Mock:
    """A mock integration: either its `response`, or the reason why it cannot be imitated."""

    response: Response | None
    problem: str | None = None

    @classmethod
    def of(cls, integration: Mapping[str, Any]) -> "Mock":
        """Read an integration of the OpenAPI body."""
        if str(integration.get("type")).lower() != "mock":
            return cls(None, "it is not a mock integration")
        try:
            return cls(_response(integration))
        except _NotImitatedError as error:
            return cls(None, f"its mock integration {error}")
        except (AttributeError, LookupError, TypeError, ValueError, re.error):
            return cls(None, "its mock integration is not what API Gateway takes")


class _NotImitatedError(Exception):
    """It needs more than is imitated; the text says what."""


def _response(integration: Mapping[str, Any]) -> Response:
    status = _status(_fixed(_of_json(integration.get("requestTemplates") or {})))
    responses = integration.get("responses") or {}
    chosen = responses.get("default")
    for pattern, one in responses.items():
        if pattern != "default" and re.fullmatch(str(pattern), status):
            chosen = one
    if chosen is None:
        raise _NotImitatedError(f"has no response for its status {status}")
    headers = []
    for name, source in (chosen.get("responseParameters") or {}).items():
        fixed = _QUOTED.fullmatch(str(source))
        if not (name.startswith(_HEADER) and fixed):
            raise _NotImitatedError(f"maps {source} to {name}; only a fixed header, in quotes, is imitated")
        headers.append((name.removeprefix(_HEADER), re.sub(r"[\r\n\0]", "", fixed[1])))
    templates = chosen.get("responseTemplates") or {}
    body = _fixed(_of_json(templates)) if templates else ""
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", _JSON))
    code = int(chosen.get("statusCode") or status)
    if not 100 <= code <= 599:  # noqa: PLR2004 - what HTTP has
        raise ValueError
    return Response(code, headers, body.encode())


def _status(template: str) -> str:
    lenient = _LENIENT.fullmatch(template)
    return lenient[2] if lenient else str(json.loads(template)["statusCode"])


def _of_json(templates: Mapping[str, str]) -> str:
    if _JSON not in templates:
        raise _NotImitatedError(f"has no template for {_JSON}")
    return templates[_JSON]


def _fixed(template: str) -> str:
    # Every piece of VTL begins with one of these.
    if "$" in template or "#" in template:
        raise _NotImitatedError("has a template in VTL")
    return template
