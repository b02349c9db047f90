"""HTTP proxy integrations: the request is passed on to an HTTP upstream.

Owns the URL that is called, and the headers that this integration adds in both directions.
"""

import re
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

from local.api.integrations.headers import backend_headers, overwritten
from local.api.integrations.mappings import UNMAPPED, Mappings, MisconfiguredError, mappings
from local.api.request.call import Call
from local.api.responses.proxy_response import remapped
from local.wire.exchange import Response
from local.wire.forward import Forwarder, Outgoing, end_to_end

_PLACEHOLDER = re.compile(r"\{([^{}+]+)\+?\}")

# Dropped even if they are mapped.
_CONNECTIONS_OWN = {"connection", "expect", "proxy-authenticate", "te"}

# Renamed in addition to those of every backend: an upstream's headers about its connection and its request.
_OF_CONNECTION = {"connection", "content-length"}
_REMAPPED = _OF_CONNECTION | {"x-amzn-requestid"}


async def run(call: Call, forwarder: Forwarder, seconds: float) -> Response:
    """The upstream's response, as a stream, to the request with the parameters that the integration maps.

    Raises MisconfiguredError, UpstreamError and TimeoutError.
    """
    request, integration = call.request, call.match.route.integration
    mapped = mappings(call, UNMAPPED)
    method = integration.get("httpMethod", "ANY")
    outgoing = Outgoing(
        method=request.method if method == "ANY" else method,
        url=_url(call, mapped),
        headers=_headers(call, mapped.header),
        body=request.body,
    )
    async with AsyncExitStack() as resources:
        response = await forwarder.send(outgoing, seconds, resources)
        return replace(response, headers=_answered(response.headers))


def _url(call: Call, mapped: Mappings) -> str:
    """The declared URI with its placeholders replaced, and with the client's query."""
    uri = call.api.with_variables(str(call.match.route.integration.get("uri", "")))

    def value(placeholder: re.Match[str]) -> str:
        if placeholder[1] not in mapped.path:
            raise MisconfiguredError(f"{placeholder[0]} in its URI is not mapped.")
        return mapped.path[placeholder[1]] or ""

    url = _PLACEHOLDER.sub(value, uri)
    try:
        parts = urlsplit(url)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if not is_url:
        raise MisconfiguredError("Its URI is not the URL of an HTTP upstream.")
    # (unproven) that a mapped parameter takes the place of the client's, as a mapped header does.
    query = urlencode(overwritten(call.request.parameters, mapped.querystring))
    return "".join([url, "&" if "?" in url and query else "?" if query else "", query])


def _headers(call: Call, mapped: Mapping[str, str | None]) -> list[tuple[str, str]]:
    # The upstream's host is written unless one is mapped, and the body is not encoded any more.
    own = {"host": None, "content-encoding": None, "X-Amzn-Apigateway-Api-Id": call.api.id}
    named = {name: value for name, value in mapped.items() if name.lower() not in _CONNECTIONS_OWN}
    return overwritten(backend_headers(call.request, own), named)


def _answered(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    received = list(headers)
    of_connection = [pair for pair in received if pair[0].lower() in _OF_CONNECTION]
    return list(remapped([*end_to_end(received), *of_connection], _REMAPPED))
