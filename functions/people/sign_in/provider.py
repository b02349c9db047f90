"""The team's OpenID Connect provider, where people prove who they are.

Owns the steps from an authorization code to a person: the exchange of the code, and the check of the ID token
by PyJWT. If something cannot be checked, nobody is signed in. Must never log a code, a token or a claim.
https://openid.net/specs/openid-connect-core-1_0.html
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlencode

import jwt
import urllib3

from apikeys.errors import ForbiddenError, ProviderUnavailableError, UnauthorizedError
from apikeys.sessions.session import Role
from operation.web import TIMEOUT, Web
from people.sign_in.discovery import Discovery
from people.sign_in.http import BAD_REQUEST, OK, SERVER_ERROR, Http, silent

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


class Provider:
    """One provider, which may move its endpoints and its keys.

    Every method raises ProviderUnavailableError when the provider gives no clear answer. The next call then
    asks again where everything is.
    """

    def __init__(
        self,
        settings: Settings,
        timeout: urllib3.Timeout = TIMEOUT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._http = Http(Web(clock, timeout))
        self._discovery = Discovery(settings.issuer, self._http, clock)

    def authorization(self) -> dict[str, str]:
        """Where the page sends a person, and as which client: `endpoint` and `client_id`."""
        with self._asking_again_after_silence():
            endpoint = self._discovery.endpoint("authorization_endpoint")
        return {"endpoint": endpoint, "client_id": self._settings.client_id}

    def person(self, *, code: str, verifier: str, redirect_uri: str, nonce: str) -> Person:
        """The person who came back with `code`. `verifier` is PKCE's (RFC 7636), `nonce` the page's own.

        Raises UnauthorizedError when the code or its token is not good, and ForbiddenError when the person
        belongs to no organization.
        """
        with self._asking_again_after_silence():
            token = self._exchange(code, verifier, redirect_uri)
            return self._read(self._checked(token, nonce))

    @contextmanager
    def _asking_again_after_silence(self) -> Iterator[None]:
        try:
            yield
        except (UnauthorizedError, ForbiddenError):
            raise
        except BaseException:  # also when the function's time is over
            self._discovery.forget()
            raise

    def _exchange(self, code: str, verifier: str, redirect_uri: str) -> str:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
            "client_id": self._settings.client_id,
        }
        status, answer = self._http.ask("POST", self._discovery.endpoint("token_endpoint"), urlencode(fields))
        if status == BAD_REQUEST and answer.get("error") == "invalid_grant":
            raise _refused()
        if status >= SERVER_ERROR:
            raise silent()
        token = answer.get("id_token")
        if status != OK or not isinstance(token, str):
            raise ProviderUnavailableError(
                "The identity provider refuses this application. Ask an operator to check its settings there."
            )
        return token

    def _checked(self, token: str, nonce: str) -> dict[str, Any]:
        try:
            key = self._discovery.signing_key(token)
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=_ALGORITHMS,
                audience=self._settings.client_id,
                issuer=self._settings.issuer,
                leeway=_LEEWAY_S,
                options={"require": _REQUIRED},
            )
        except jwt.PyJWKClientError:
            # Where the provider's keys were, old ones may still be.
            self._discovery.forget()
            raise _refused() from None
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
        if organization_id in (None, ""):
            raise ForbiddenError(
                "Your account belongs to no organization: the identity provider sent no claim "
                f'"{ours.organization_claim}". Ask the administrator of your account there.'
            )
        # One value in a list, as some mappers send it, could become two one day.
        if not isinstance(organization_id, str):
            raise ForbiddenError(
                f'The identity provider sent a claim "{ours.organization_claim}" that is not a string: '
                "it may be a list or a number. Ask the administrator of your account there to send one "
                "organization's id as a string."
            )
        names = (claims.get(claim) for claim in ("name", "preferred_username", "email", "sub"))
        name_of_it = claims.get(ours.organization_name_claim)
        roles = claims.get(ours.role_claim) if ours.role_claim else None
        held = roles if isinstance(roles, list) else [roles]
        return Person(
            id=str(claims["sub"]),
            name=next(name for name in names if isinstance(name, str) and name),
            role="admin" if ours.admin_value and ours.admin_value in held else "member",
            organization_id=organization_id,
            organization_name=name_of_it if isinstance(name_of_it, str) and name_of_it else organization_id,
        )


def _refused() -> UnauthorizedError:
    return UnauthorizedError("This sign-in is not valid, or is too old. Sign in again.")
