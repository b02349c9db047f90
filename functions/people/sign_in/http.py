"""Calls to the identity provider.

Owns the form of its answers. Without a clear answer, a call raises ProviderUnavailableError. Must never log
what was sent or received.
"""

import json
from typing import Any

from apikeys.errors import ProviderUnavailableError
from operation.web import Web, WebError, over_tls

OK, BAD_REQUEST, SERVER_ERROR = 200, 400, 500
_BYTES_AT_MOST = 256 * 1024


class Http:
    """The one client of the provider. Every method raises ProviderUnavailableError."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def ask(self, method: str, url: str, form: str | None = None) -> tuple[int, dict[str, Any]]:
        """The status and the JSON object of an answer, empty for other JSON. `form` is URL-encoded."""
        headers = {"Accept": "application/json"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            status, body = self._web.ask(method, url, _BYTES_AT_MOST, body=form, headers=headers)
            answer = json.loads(body)
        except (WebError, ValueError, RecursionError):
            raise silent() from None
        return status, answer if isinstance(answer, dict) else {}

    @staticmethod
    def safe(url: str) -> str:
        """A URL of the provider's to which a person may be sent."""
        try:
            return over_tls(url)
        except (WebError, ValueError):
            raise silent() from None


def silent() -> ProviderUnavailableError:
    """The error if the provider gave no clear answer."""
    return ProviderUnavailableError("The identity provider gives no clear answer. Try again in a moment.")
