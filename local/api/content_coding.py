"""Content codings: the compression of bodies, in either direction.

Owns which codings API Gateway knows and when it uses them. Streams are passed on unchanged.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
"""

import zlib
from dataclasses import replace

from local.api.responses.gateway_responses import GatewayError
from local.wire.exchange import Request, Response

_IDENTITY = "identity"
#: Coding → zlib's name for its format.
_FORMATS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}

# Bytes to decompress at once. The rest after a member is copied, so many small members must not copy it all.
_PIECE = 4096


def decoded(request: Request, limit: int) -> Request:
    """The request with its body as it was before the client compressed it, which may be `limit` bytes long.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-make-request-with-compressed-payload.html
    """
    coding = (request.header("Content-Encoding") or _IDENTITY).strip().lower()
    if coding == _IDENTITY or not request.body:
        return request
    if coding not in _FORMATS:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE")
    try:
        body = _decompressed(request.body, coding, limit)
    except zlib.error:
        raise GatewayError("UNSUPPORTED_MEDIA_TYPE") from None
    if len(body) > limit:
        raise GatewayError("REQUEST_TOO_LARGE")
    # (unproven) that the backend does not get the header either.
    return replace(
        request,
        body=body,
        headers=[(name, value) for name, value in request.headers if name.lower() != "content-encoding"],
    )


def _decompressed(body: bytes, coding: str, limit: int) -> bytes:
    """What was compressed, or more than `limit` bytes of it. Raises zlib.error unless all of `body` is that.

    A gzip body may have several members (RFC 1952, section 2.2).
    """
    found = bytearray()
    member = zlib.decompressobj(_FORMATS[coding])
    for start in range(0, len(body), _PIECE):
        piece = body[start : start + _PIECE]
        while piece:
            if member.eof:
                if coding != "gzip":
                    raise zlib.error("It goes on after its end.")
                member = zlib.decompressobj(_FORMATS[coding])
            found += member.decompress(piece, limit + 1 - len(found))
            if len(found) > limit:
                return bytes(found)
            piece = member.unused_data
    if not member.eof:
        raise zlib.error("It ends too early.")
    return bytes(found)


def encoded(response: Response, request: Request, minimum: int | None) -> Response:
    """The response as the client gets it: compressed if it asks for that and there are `minimum` bytes.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-receive-response-with-compressed-payload.html
    """
    body = response.body
    if minimum is None or not isinstance(body, bytes) or not body or len(body) < minimum:
        return response
    coding = _preferred(request.header("Accept-Encoding") or "")
    names = {name.lower() for name, _ in response.headers}
    if coding not in _FORMATS or "content-encoding" in names:
        return response
    compression = zlib.compressobj(wbits=_FORMATS[coding])
    return replace(
        response,
        body=compression.compress(body) + compression.flush(),
        headers=[
            *((name, value) for name, value in response.headers if name.lower() != "content-length"),
            ("Content-Encoding", coding),
        ],
    )


def _preferred(accepted: str) -> str:
    """The coding that an Accept-Encoding header prefers; of those with the same weight, the first."""
    weights: dict[str, float] = {}
    for one in accepted.split(","):
        coding, _, parameter = one.partition(";")
        try:
            weights[coding.strip().lower()] = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
    return max(weights, key=lambda coding: weights[coding], default="") if any(weights.values()) else ""
