"""The three ways to sign in on the settings page, and the session that each one opens.

Owns the steps from a ticket, a provider's code or a key to an open session. The organization and the role
come from the ticket, the provider or the key, and never from the request.
"""

from dataclasses import replace

from pydantic import TypeAdapter, ValidationError

from apikeys.errors import ForbiddenError
from apikeys.organization import is_organization_id
from apikeys.secret import Secret
from apikeys.sessions.session import TICKETS, Session
from apikeys.sessions.store import SessionStore, spent
from operation.input.fields import Name
from operation.input.person import PersonId
from people.sign_in.input import Code, SignIn
from people.sign_in.keys import KeyDoor
from people.sign_in.provider import Provider

_ID: TypeAdapter[str] = TypeAdapter(PersonId)
_NAME: TypeAdapter[str] = TypeAdapter(Name)
_HOUR_S = 3600


class Doors:
    """Opens sessions that last `hours`. A door that is None is closed; a ticket is always taken."""

    def __init__(
        self, sessions: SessionStore, *, hours: int, provider: Provider | None, keys: KeyDoor | None
    ) -> None:
        self._sessions = sessions
        self._lasts = hours * _HOUR_S
        self._provider = provider
        self._keys = keys

    def enter(self, wanted: SignIn, address: str, secret: Secret, now: int) -> Session:
        """Open the session whose secret is `secret`. `now` is in seconds since 1970.

        Raises UnauthorizedError for what opens nothing, ForbiddenError for a person or key that may not
        enter, and UnavailableError without a clear answer.
        """
        if wanted.ticket is not None:
            return self._by_ticket(wanted.ticket, secret, now)
        if wanted.provider is not None:
            return self._by_provider(wanted.provider, secret, now)
        return self._by_key(wanted.key or "", address, secret, now)

    def _by_ticket(self, text: str, secret: Secret, now: int) -> Session:
        ticket = TICKETS.parse(text)
        if ticket is None:
            raise spent()
        session = replace(self._sessions.ticket(ticket, now), id=secret.id, expires_at=now + self._lasts)
        self._sessions.redeem(ticket, secret, session, now)
        return session

    def _by_key(self, text: str, address: str, secret: Secret, now: int) -> Session:
        if self._keys is None:
            raise ForbiddenError("Signing in with a key is turned off here. Sign in another way.")
        key, role = self._keys.check(text, address)
        session = Session(
            id=secret.id,
            organization_id=key.organization_id,
            organization_name=key.organization_id,
            person_id=key.id,
            person_name=key.name,
            role=role,
            opened_by=key.id,
            expires_at=now + self._lasts,
            allowed_addresses=key.allowed_addresses or (),
        )
        self._sessions.open_with_key(key, secret, session, now)
        return session

    def _by_provider(self, came_with: Code, secret: Secret, now: int) -> Session:
        if self._provider is None:
            raise ForbiddenError("No identity provider is set up here. Sign in another way.")
        person = self._provider.person(
            code=came_with.code,
            verifier=came_with.verifier,
            redirect_uri=came_with.redirect_uri,
            nonce=came_with.nonce,
        )
        if not is_organization_id(person.organization_id) or not _fits(_ID, person.id):
            raise ForbiddenError(
                "The identity provider names your account or your organization in a form that cannot be used "
                "here. Ask the administrator of your account there."
            )
        session = Session(
            id=secret.id,
            organization_id=person.organization_id,
            organization_name=_shown(person.organization_name, person.organization_id),
            person_id=person.id,
            person_name=_shown(person.name, person.id),
            role=person.role,
            opened_by="oidc",
            expires_at=now + self._lasts,
        )
        self._sessions.open(secret, session, now)
        return session


def _fits(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True


def _shown(name: str, otherwise: str) -> str:
    """What the provider calls somebody, if that can be shown."""
    shown = name[:100].strip()
    return shown if _fits(_NAME, shown) else otherwise[:100]
