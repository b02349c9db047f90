"""Who calls: the organization, the key and the scopes that the authorizer found.

Owns the two ways in which API Gateway passes them to a backend. Must never take any of it from another part
of the request, and never serve a call without it.
"""

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from backend.errors import UnidentifiedError


@dataclass(frozen=True, slots=True)
class Caller:
    """One key of one organization. What belongs to another organization does not exist for it."""

    organization_id: str
    key_id: str
    scopes: tuple[str, ...]

    def record(self) -> dict[str, object]:
        """The caller as it is shown in an answer."""
        return {"organization_id": self.organization_id, "key_id": self.key_id, "scopes": list(self.scopes)}


#: Finds the caller in a request's headers. Raises UnidentifiedError.
Identify = Callable[[Headers], Caller]


def from_request_context(headers: Headers) -> Caller:
    """The caller of a Lambda function behind AWS Lambda Web Adapter.

    The adapter writes the event's `requestContext` into `x-amzn-request-context` and drops what a client sent
    under that name (https://github.com/aws/aws-lambda-web-adapter/pull/286). It gets calls only from Lambda,
    and the function's policy lets only API Gateway invoke it, so the context comes from the gateway.
    """
    # JSON is UTF-8, and Starlette reads headers as Latin-1: the same header contains any client's user agent.
    text = _only(headers, "x-amzn-request-context").encode("latin-1")
    try:
        vouched = json.loads(text)["authorizer"]
        return _caller(vouched["organization_id"], vouched["key_id"], vouched["scopes"])
    except (ValueError, LookupError, TypeError, RecursionError):
        raise UnidentifiedError(_UNIDENTIFIED) from None


def from_mapped_headers(secret: str) -> Identify:
    """The way to find the caller of a service that API Gateway reaches over HTTP.

    The gateway maps the authorizer's findings to headers, over whatever a client sent under their names. Who
    reaches the service without the gateway could send the same, so `secret`, which only the gateway and the
    service know, must come with them.
    """

    def identify(headers: Headers) -> Caller:
        sent = _only(headers, "x-gateway-secret")
        if not hmac.compare_digest(sent.encode("latin-1"), secret.encode()):
            raise UnidentifiedError(_UNIDENTIFIED)
        return _caller(*(_only(headers, f"x-{name}") for name in ("organization-id", "key-id", "scopes")))

    return identify


class Identified:
    """ASGI middleware that lets no call through to the app inside it without a caller, and no key with it.

    The gateway has checked the key. No code behind this, a tool's or a library's, can log it or pass it on.
    """

    def __init__(self, app: ASGIApp, identify: Identify) -> None:
        self._app = app
        self._identify = identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the caller, then answer. Raises UnidentifiedError."""
        caller = self._identify(Headers(scope=scope))
        headers = [pair for pair in scope["headers"] if pair[0].lower() not in _SECRETS]
        await self._app({**scope, "caller": caller, "headers": headers}, receive, send)


def caller_of(scope: Scope) -> Caller:
    """The caller that `Identified` found for the request of this ASGI scope."""
    caller: Caller = scope["caller"]
    return caller


# What may hold the key, and what holds the gateway's own secret.
_SECRETS = {b"authorization", b"x-api-key", b"x-gateway-secret"}

# A comma would be two headers that something on the way has joined.
_WORD = re.compile(r"[^\s,]{1,64}")

_UNIDENTIFIED = "The gateway sent no identity with this call. Report it: no other key would help."


def _only(headers: Headers, name: str) -> str:
    # Two values mean that a client's own header came through in addition to the gateway's. Trust neither.
    values = headers.getlist(name)
    if len(values) != 1:
        raise UnidentifiedError(_UNIDENTIFIED)
    return values[0]


def _caller(organization_id: object, key_id: object, scopes: object) -> Caller:
    match organization_id, key_id, scopes:
        case str(), str(), str():
            caller = Caller(organization_id, key_id, tuple(scopes.split(" ")))
            if all(map(_WORD.fullmatch, (caller.organization_id, caller.key_id, *caller.scopes))):
                return caller
    raise UnidentifiedError(_UNIDENTIFIED)
