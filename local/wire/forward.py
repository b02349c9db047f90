"""HTTP requests that are passed on to an upstream, and their answers, passed back as they arrive.

Owns the connections to upstreams, and which headers are for one connection only. If the client disconnects,
the request to the upstream ends too.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from local.wire.exchange import Response, Stream, pairs

# Source: https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1, and what the client library writes itself.
_HOP_BY_HOP = {
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}

# How long a stream may be silent, in seconds.
# Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
_IDLE_SECONDS = 300

_READINESS_SECONDS = 1


class UpstreamError(Exception):
    """The upstream cannot be reached, or its answer breaks off."""


@dataclass(frozen=True)
class Outgoing:
    """A request to an upstream. Its headers are sent as they are."""

    method: str
    url: str
    headers: Iterable[tuple[str, str]]
    body: bytes


class Forwarder:
    """The client of all upstreams. An async context manager."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            auto_decompress=False,
            # A connection that is used once cannot be closed by the upstream while it is taken again.
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def is_ready(self, url: str, headers: Mapping[str, str]) -> bool:
        """Whether a GET of `url` is answered by anything but a server error."""
        timeout = aiohttp.ClientTimeout(total=_READINESS_SECONDS)
        try:
            async with self._session.get(
                url, headers=headers, allow_redirects=False, timeout=timeout
            ) as answer:
                return answer.status < 500  # noqa: PLR2004 - server errors of HTTP
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def send(self, outgoing: Outgoing, seconds: float, resources: AsyncExitStack) -> Response:
        """Pass a request on; all headers of its answer come back. Raises UpstreamError and TimeoutError.

        It has `seconds`. `resources` are given back when the answer has been sent. On an error they stay the
        caller's.
        """
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            async with asyncio.timeout_at(deadline):
                answer = await self._session.request(
                    outgoing.method,
                    URL(outgoing.url, encoded=True),
                    headers=CIMultiDict(outgoing.headers),
                    skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
                    data=outgoing.body or None,
                    allow_redirects=False,
                )
        except (aiohttp.ClientError, ValueError) as error:
            raise UpstreamError(f"No answer from {outgoing.url}: {type(error).__name__}") from error
        held = resources.pop_all()
        held.callback(answer.close)
        headers = pairs(answer.raw_headers)
        return Response(answer.status, headers, Stream(_chunks(answer, deadline), held))


def end_to_end(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers that are for the other end, not for the connection.

    Their sender decides, by naming some in `Connection`. So the headers of others are added after this.
    """
    received = list(headers)
    dropped = set(_HOP_BY_HOP)
    for name, value in received:
        if name.lower() == "connection":
            dropped.update(token.strip() for token in value.lower().split(","))
    return [(name, value) for name, value in received if name.lower() not in dropped]


async def _chunks(answer: aiohttp.ClientResponse, deadline: float) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    try:
        while True:
            async with asyncio.timeout_at(min(deadline, loop.time() + _IDLE_SECONDS)):
                chunk = await answer.content.readany()
            if not chunk:
                return
            yield chunk
    except TimeoutError as error:
        raise UpstreamError(f"The stream from {answer.url} took too long.") from error
    except aiohttp.ClientError as error:
        raise UpstreamError(f"The stream from {answer.url} broke off.") from error
