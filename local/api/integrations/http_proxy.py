"""HTTP proxy integrations: the request is sent on to an HTTP upstream."""

import re
from contextlib import AsyncExitStack
from dataclasses import replace
from urllib.parse import urlencode

from local.api.integrations.headers import backend_headers, overwritten
from local.api.request.call import Call
from local.api.responses.proxy_response import remapped
from local.wire.exchange import Response
from local.wire.forward import Forwarder, Outgoing

_PLACEHOLDER = re.compile(r"\{(\w+)\+?\}")


async def run(call: Call, forwarder: Forwarder, seconds: float) -> Response:
    """The upstream's response, as a stream, to the request with the parameters that the integration maps.

    Raises UpstreamError and TimeoutError.
    """
    request, integration = call.request, call.match.route.integration
    mapped: dict[str, dict[str, str | None]] = {"header": {}, "path": {}, "querystring": {}}
    for target, source in integration.get("requestParameters", {}).items():
        _, _, kind, name = target.split(".", 3)
        mapped[kind][name] = call.parameter(source)
    url = _PLACEHOLDER.sub(lambda found: mapped["path"].get(found[1]) or "", integration["uri"])
    query = overwritten(request.parameters, mapped["querystring"])
    method = integration.get("httpMethod", "ANY")
    outgoing = Outgoing(
        method=request.method if method == "ANY" else method,
        url=f"{url}?{urlencode(query)}" if query else url,
        headers=backend_headers(request, mapped["header"] | {"host": None}),
        body=request.body,
    )
    async with AsyncExitStack() as resources:
        response = await forwarder.send(outgoing, seconds, resources)
        return replace(response, headers=list(remapped(response.headers)))
