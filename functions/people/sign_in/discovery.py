"""What the provider says of itself: where its endpoints are, and with which keys it signs.

Owns how long that is kept: for five minutes, or until it is forgotten because something did not fit.
https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from collections.abc import Callable, Mapping
from typing import Any

import jwt

from people.sign_in.http import OK, Http, silent

_KEPT_S = 300


class Discovery:
    """The endpoints and the keys of one issuer, asked for when they are first needed.

    Every method raises ProviderUnavailableError when the provider gives no clear answer.
    """

    def __init__(self, issuer: str, http: Http, clock: Callable[[], float]) -> None:
        self._issuer = issuer
        self._http = http
        self._clock = clock
        self.forget()

    def forget(self) -> None:
        """Ask again when something is next needed."""
        self._endpoints: Mapping[str, str] = {}
        self._keys: jwt.PyJWKClient | None = None
        self._until = self._clock()

    def endpoint(self, name: str) -> str:
        """The URL that the provider calls `name`."""
        if self._clock() >= self._until:
            self.forget()
            self._endpoints = self._asked()
            self._until = self._clock() + _KEPT_S
        if name not in self._endpoints:
            raise silent()
        return self._http.safe(self._endpoints[name])

    def signing_key(self, token: str) -> jwt.PyJWK:
        """The key that the token says it is signed with.

        Raises PyJWKClientError when the provider has no such key, another PyJWTError for a damaged token.
        """
        url = self.endpoint("jwks_uri")
        if self._keys is None:
            self._keys = _SigningKeys(url, self._http)
        try:
            return self._keys.get_signing_key_from_jwt(token)
        except jwt.PyJWKSetError:
            raise silent() from None

    def _asked(self) -> Mapping[str, str]:
        status, answer = self._http.ask("GET", self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        # https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
        if status != OK or answer.get("issuer") != self._issuer:
            raise silent()
        return {key: value for key, value in answer.items() if isinstance(value, str)}


class _SigningKeys(jwt.PyJWKClient):
    """The provider's public keys, asked for at once when one is not known."""

    def __init__(self, url: str, http: Http) -> None:
        # No pause between two looks for an unknown key: tokens come from the provider, not from callers.
        super().__init__(url, lifespan=_KEPT_S, cooldown_duration=0)
        self._http = http

    def fetch_data(self) -> Any:  # noqa: ANN401 - the base class's
        """The set of keys, through the one client that bounds an answer's size and time."""
        status, answer = self._http.ask("GET", self.uri)
        if status != OK or "keys" not in answer:
            raise silent()
        return answer
