"""The caller of an operation, and the caller's organization.

Owns the rule that separates organizations: over HTTP the organization is that of the caller's key, as the
authorizer found it, and never anything in the request.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apikeys import scope
from apikeys.errors import ConflictError, InvalidInputError, NotFoundError, StoreUnavailableError
from apikeys.keys.key import IAM, Change, Key, is_key_id
from apikeys.organization import is_organization_id
from apikeys.sessions.session import Session, is_session_id
from operation.scopes import scope_table


@dataclass(frozen=True, slots=True)
class Caller:
    """`key_id` is the id of the caller's key, or `iam` for a direct invocation, which IAM has authorized.

    Where a person calls, `key_id` is the person's id, `name` the person's name, and `session` the session.
    `address` is the one that API Gateway saw, `request_id` the one of logs and answers.
    """

    organization_id: str
    key_id: str
    scopes: tuple[str, ...]
    name: str | None = None
    session: Session | None = None
    address: str | None = None
    request_id: str | None = None

    @classmethod
    def over_http(cls, event: Mapping[str, Any], request_id: str | None = None) -> "Caller":
        """The caller that the authorizer vouches for.

        Raises KeyError if the route has no authorizer; the answer is then a 500. Raises StoreUnavailableError
        if an id does not have the form of one, for example because its item is broken.
        """
        context = event["requestContext"]
        vouched = context["authorizer"]
        organization_id, key_id = vouched["organization_id"], vouched["key_id"]
        scopes = tuple(vouched["scopes"].split())
        is_session = is_session_id(key_id)
        # Anyone who may invoke the function can send such an event too. Its values reach logs and the store,
        # and `iam` would free its caller from every rule.
        if not is_organization_id(organization_id) or not (is_session or is_key_id(key_id)):
            raise StoreUnavailableError("The data about the caller's key is not valid. Try again.")
        identity = context.get("identity")
        address = _bounded(identity.get("sourceIp")) if isinstance(identity, Mapping) else None
        request = _bounded(request_id)
        if not is_session:
            return cls(organization_id, key_id, scopes, address=address, request_id=request)
        session = Session.of(vouched)
        if session.person_id == IAM:
            raise StoreUnavailableError("The data about the caller is not valid. Try again.")
        name = None if session.opened_by == session.person_id else session.person_name
        return cls(organization_id, session.person_id, scopes, name, session, address, request)

    @classmethod
    def direct(cls, event: object, request_id: str | None = None) -> "Caller":
        """The caller of a direct invocation, for the organization that it names. Raises InvalidInputError."""
        organization_id = event.get("organization_id") if isinstance(event, dict) else None
        if not isinstance(organization_id, str) or not is_organization_id(organization_id):
            raise InvalidInputError(
                "organization_id: name the organization in 1 to 64 letters, digits, dots, colons, dashes or "
                "underscores, beginning with a letter or a digit."
            )
        return cls(organization_id, IAM, (scope.EVERYTHING,), request_id=_bounded(request_id))

    @classmethod
    def platform(cls, request_id: str | None = None) -> "Caller":
        """The caller of a direct invocation that is for no organization."""
        return cls("", IAM, (scope.EVERYTHING,), request_id=_bounded(request_id))

    def change(self, at: str) -> Change:
        """What this caller does to a key at the time `at`."""
        return Change(at, self.key_id, self.name, self.address, self.request_id)

    def check_own(self, key_id: str, *, is_meant: bool) -> None:
        """Raise ConflictError if this caller is about to cut itself off and has not said that it is meant."""
        if key_id == self.key_id and not is_meant:
            raise ConflictError(
                f"{key_id} is the key that makes this call, and may then be refused. "
                "If that is meant, add ?self=true."
            )

    def check_grant(self, wanted: Sequence[str]) -> None:
        """Raise ForbiddenError unless this caller may put the scopes `wanted` on a key."""
        if self.key_id == IAM:
            return
        if self.session is None:
            scope_table().check_grant_over_http(wanted, self.scopes)
        else:
            self.session.check_grant(scope_table(), wanted)

    def check_manage(self, key: Key) -> None:
        """Raise ForbiddenError unless this caller may change or revoke the key.

        Its own it may: that of the call, or the one that the person signed in with. It can only lose by it.
        """
        if self.key_id in (IAM, key.id):
            return
        if self.session is None:
            scope_table().check_manage_over_http(key.scopes, self.scopes)
        else:
            self.session.check_manage(scope_table(), key.scopes)

    def person_session(self) -> Session:
        """The session of the person who calls. Raises NotFoundError where a key does."""
        if self.session is None:
            raise NotFoundError("This call is for people who signed in on the settings page.")
        return self.session


def _bounded(text: object) -> str | None:
    # Anyone who may invoke the function can send any text in place of either.
    return text if isinstance(text, str) and re.fullmatch(r"[!-~]{1,128}", text) else None
