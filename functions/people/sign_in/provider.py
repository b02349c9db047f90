"""The team's OpenID Connect provider, where people prove who they are.

Owns the steps from an authorization code to a person: discovery, the exchange of the code, and the check of
the ID token by PyJWT. If something cannot be checked, nobody is signed in. Must never log a code, a token or
a claim.
https://openid.net/specs/openid-connect-core-1_0.html
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jwt
import urllib3

from apikeys.errors import ForbiddenError, ProviderUnavailableError, UnauthorizedError
from apikeys.sessions.session import Role
from people.sign_in.http import BAD_REQUEST, OK, TIMEOUT, Http, over_tls, silent

# Only signatures with the provider's private key. A shared secret, or no signature, proves nothing here.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
# What a token must say for the checks to mean anything. https://openid.net/specs/openid-connect-core-1_0.html#IDToken
_REQUIRED = ["iss", "sub", "aud", "exp", "iat", "nonce"]
# Two clocks that differ by this much still agree on whether a token has expired.
_LEEWAY_S = 120


class Settings(NamedTuple):
    """How the provider knows this application, and what it says of a person's place in it.

    `admin_value` is the value of the claim `role_claim`, or one of its values, that makes an admin; "" in
    either makes everyone a member.
    """

    issuer: str
    client_id: str
    organization_claim: str
    organization_name_claim: str
    role_claim: str
    admin_value: str


class Person(NamedTuple):
    """Whom the provider vouches for."""

    id: str
    name: str
    role: Role
    organization_id: str
    organization_name: str


class _SigningKeys(jwt.PyJWKClient):
    """The provider's public keys: kept for five minutes, and asked for at once when one is not known."""

    def __init__(self, url: str, http: Http) -> None:
        # No pause between two looks for an unknown key: tokens come from the provider, not from callers.
        super().__init__(url, lifespan=300, cooldown_duration=0)
        self._http = http

    def fetch_data(self) -> Any:  # noqa: ANN401 - the base class's
        """The set of keys, through the one client that bounds an answer's size and time."""
        status, answer = self._http.ask("GET", self.uri)
        if status != OK or "keys" not in answer:
            raise silent()
        return answer


class Provider:
    """One provider. Its endpoints and keys are asked for when they are first needed, and kept for a while.

    Every method raises ProviderUnavailableError when the provider gives no clear answer.
    """

    def __init__(self, settings: Settings, timeout: urllib3.Timeout = TIMEOUT) -> None:
        self._settings = settings
        self._http = Http(timeout)
        self._endpoints: Mapping[str, str] = {}
        self._keys: jwt.PyJWKClient | None = None

    def authorization(self) -> dict[str, str]:
        """Where the page sends a person, and as which client: `endpoint` and `client_id`."""
        return {"endpoint": self._endpoint("authorization_endpoint"), "client_id": self._settings.client_id}

    def person(self, *, code: str, verifier: str, redirect_uri: str, nonce: str) -> Person:
        """The person who came back with `code`. `verifier` is PKCE's (RFC 7636), `nonce` the page's own.

        Raises UnauthorizedError when the code or its token is not good, and ForbiddenError when the person
        belongs to no organization.
        """
        token = self._exchange(code, verifier, redirect_uri)
        return self._read(self._checked(token, nonce))

    def _exchange(self, code: str, verifier: str, redirect_uri: str) -> str:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
            "client_id": self._settings.client_id,
        }
        status, answer = self._http.ask("POST", self._endpoint("token_endpoint"), urlencode(fields))
        if status == BAD_REQUEST and answer.get("error") == "invalid_grant":
            raise _refused()
        token = answer.get("id_token")
        if status != OK or not isinstance(token, str):
            raise ProviderUnavailableError(
                "The identity provider refuses this application. Ask an operator to check its settings there."
            )
        return token

    def _checked(self, token: str, nonce: str) -> dict[str, Any]:
        try:
            key = self._signing_keys().get_signing_key_from_jwt(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                audience=self._settings.client_id,
                issuer=self._settings.issuer,
                leeway=_LEEWAY_S,
                options={"require": _REQUIRED},
            )
        except jwt.PyJWKSetError:
            raise silent() from None
        except jwt.PyJWTError:
            raise _refused() from None
        # https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation, steps 4 and 5
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else self._settings.client_id) != self._settings.client_id:
            raise _refused()
        if claims["nonce"] != nonce:
            raise _refused()
        return claims

    def _read(self, claims: Mapping[str, Any]) -> Person:
        ours = self._settings
        organization_id = claims.get(ours.organization_claim)
        if not isinstance(organization_id, str) or not organization_id:
            raise ForbiddenError(
                "Your account belongs to no organization: the identity provider sent no claim "
                f'"{ours.organization_claim}". Ask the administrator of your account there.'
            )
        names = (claims.get(claim) for claim in ("name", "preferred_username", "email", "sub"))
        roles = claims.get(ours.role_claim) if ours.role_claim else None
        held = roles if isinstance(roles, list) else [roles]
        return Person(
            id=str(claims["sub"]),
            name=next(name for name in names if isinstance(name, str) and name),
            role="admin" if ours.admin_value and ours.admin_value in held else "member",
            organization_id=organization_id,
            organization_name=str(claims.get(ours.organization_name_claim) or organization_id),
        )

    def _signing_keys(self) -> jwt.PyJWKClient:
        if self._keys is None:
            self._keys = _SigningKeys(self._endpoint("jwks_uri"), self._http)
        return self._keys

    def _endpoint(self, name: str) -> str:
        if not self._endpoints:
            url = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
            status, answer = self._http.ask("GET", url)
            # https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationValidation
            if status != OK or answer.get("issuer") != self._settings.issuer:
                raise silent()
            self._endpoints = {key: value for key, value in answer.items() if isinstance(value, str)}
        if name not in self._endpoints:
            raise silent()
        return over_tls(self._endpoints[name])


def _refused() -> UnauthorizedError:
    return UnauthorizedError("This sign-in is not valid, or is too old. Sign in again.")
