"""One call to a service on the web that is not AWS's: an identity provider, or GitHub.

Owns the transport: only over TLS, without redirects, with a limit on size and time, also for a body that
arrives in small pieces. Must never log what was sent or received.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import urllib3

#: For one connection, and for each read.
TIMEOUT = urllib3.Timeout(connect=2, read=3)
#: From the call to the end of its answer, in seconds.
ANSWER_S = 5
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class WebError(Exception):
    """No whole answer came back, or none may be trusted."""


class Web:
    """A client that keeps its connections. `clock` answers seconds that only grow."""

    def __init__(self, clock: Callable[[], float], timeout: urllib3.Timeout = TIMEOUT) -> None:
        self._clock = clock
        self._http = urllib3.PoolManager(timeout=timeout, retries=False)

    def ask(
        self,
        method: str,
        url: str,
        bytes_at_most: int,
        *,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        """The status and the body of an answer. Raises WebError."""
        until = self._clock() + ANSWER_S
        try:
            response = self._http.request(
                method, over_tls(url), body=body, headers=headers, redirect=False, preload_content=False
            )
            try:
                return response.status, self._read(response, bytes_at_most, until)
            finally:
                response.close()
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise WebError from error

    def _read(self, response: urllib3.BaseHTTPResponse, bytes_at_most: int, until: float) -> bytes:
        body = b""
        while piece := response.read1(bytes_at_most):
            body += piece
            if len(body) > bytes_at_most or self._clock() > until:
                raise WebError
        return body


def over_tls(url: str) -> str:
    """The URL, if nobody on the way can change what it answers: over TLS, or on this machine.

    Raises WebError.
    """
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise WebError
    return url
