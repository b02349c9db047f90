"""How a REST API changes a request before any other part sees it.

Owns which headers belong only to the connection, which are added, and what happens to slashes at the start of
a path. After this, authorizer, function and upstream see the same request.
Sources: tests/integration/local/test_recorded.py, and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html
"""

import re
import secrets
import time
from dataclasses import replace

from local.wire.exchange import Request

_DROPPED = {
    "connection",
    "content-length",
    "content-md5",
    "expect",
    "max-forwards",
    "proxy-authenticate",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "www-authenticate",
}

# Overwritten: where the request comes from, and its trace.
_OWN = {"x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}

# All other names keep the case in which they were sent.
_SPELLED = {"authorization": "Authorization", "user-agent": "User-Agent"}

_PORT = re.compile(r":(\d{1,5})$")

# Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
_ROOT = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")


def received(request: Request) -> Request:
    """The request as routes, events and backends know it.

    What a client names in `Connection` is for the connection as well (RFC 9110, section 7.6.1); that API
    Gateway does so is (unproven).
    """
    dropped = _DROPPED | _OWN
    for name, value in request.headers:
        if name.lower() == "connection":
            dropped |= {token.strip() for token in value.lower().split(",")}
    kept = [
        (_SPELLED.get(name.lower(), name), value)
        for name, value in request.headers
        if name.lower() not in dropped
    ]
    origin = ", ".join(filter(None, [request.header("x-forwarded-for"), request.source_ip]))
    port = _PORT.search(request.header("host") or "")
    own = [
        ("X-Amzn-Trace-Id", _trace(request.header("x-amzn-trace-id") or "")),
        ("X-Forwarded-For", origin),
        ("X-Forwarded-Port", port[1] if port else "80"),
        ("X-Forwarded-Proto", "http"),
    ]
    path = "/" + request.path.lstrip("/") if request.path.startswith("/") else request.path
    return replace(request, path=path, headers=[*kept, *own])


def _fields(trace: str) -> dict[str, str]:
    parts = (part.strip().partition("=") for part in trace.split(";"))
    return {name.capitalize(): value for name, _, value in parts}


def _trace(sent: str) -> str:
    """The trace of a request: the client's if it has a root, else one that begins here."""
    if _ROOT.fullmatch(_fields(sent).get("Root", "")):
        return sent
    return f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)}"


def answered_trace(request: Request) -> str:
    """The trace that the client of a Lambda proxy integration gets: the request's, completed."""
    fields = _fields(request.header("x-amzn-trace-id") or "")
    parent = fields.get("Parent")
    sampled = fields.get("Sampled", "1" if parent else "0")
    return f"Root={fields.get('Root')};Parent={parent or secrets.token_hex(8)};Sampled={sampled}"
