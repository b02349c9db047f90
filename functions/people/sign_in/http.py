"""Calls to the identity provider.

Owns the transport: only over TLS, without redirects, with a limit on time and size. Without a clear
answer, a call raises ProviderUnavailableError. Must never log what was sent or received.
"""

import json
from typing import Any
from urllib.parse import urlsplit

import urllib3

from apikeys.errors import ProviderUnavailableError

OK, BAD_REQUEST = 200, 400
#: For one connection, and for each read.
TIMEOUT = urllib3.Timeout(connect=2, read=3)
_BYTES_AT_MOST = 256 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Http:
    """The one client of the provider, which keeps its connections."""

    def __init__(self, timeout: urllib3.Timeout) -> None:
        self._http = urllib3.PoolManager(timeout=timeout, retries=False)

    def ask(self, method: str, url: str, form: str | None = None) -> tuple[int, dict[str, Any]]:
        """The status and the JSON object of an answer, empty for other JSON. `form` is URL-encoded.

        Raises ProviderUnavailableError.
        """
        headers = {"Accept": "application/json"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            response = self._http.request(
                method, over_tls(url), body=form, headers=headers, redirect=False, preload_content=False
            )
            try:
                body = response.read(_BYTES_AT_MOST + 1)
            finally:
                response.close()
            answer = json.loads(body[:_BYTES_AT_MOST])
        except (urllib3.exceptions.HTTPError, ValueError, RecursionError):
            raise silent() from None
        return response.status, answer if isinstance(answer, dict) else {}


def over_tls(url: str) -> str:
    """The URL, if nobody on the way can change what it answers: over TLS, or on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise silent()
    return url


def silent() -> ProviderUnavailableError:
    """The error if the provider gave no clear answer."""
    return ProviderUnavailableError("The identity provider gives no clear answer. Try again in a moment.")
