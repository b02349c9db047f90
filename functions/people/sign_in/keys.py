"""The third way to sign in: a key that manages keys.

Owns what a key opens here. It is checked as the authorizer checks it, and then forgotten.
"""

from typing import NamedTuple

from apikeys.errors import ForbiddenError, StoreUnavailableError, UnauthorizedError
from apikeys.keys.key import Key
from apikeys.keys.store import KeyStore
from apikeys.scope import KEYS, OWN_API, ScopeTable
from apikeys.sessions.session import ADMIN, MEMBER, Role
from authorizer.dynamodb import StoreError
from authorizer.verify import RefusedError, Verifier


class KeyDoor(NamedTuple):
    """Keys that `verifier` reads from the same table as `store`."""

    verifier: Verifier
    store: KeyStore
    table: ScopeTable

    def check(self, text: str, address: str) -> tuple[Key, Role]:
        """The key that `text` is, and the role that it gives.

        Raises UnauthorizedError for a key that is not good, and ForbiddenError for one that manages no keys.
        """
        try:
            key_id, organization_id, *_ = self.verifier.verify(text, address)
        except RefusedError:
            raise UnauthorizedError("Invalid API key") from None
        except StoreError as error:
            raise StoreUnavailableError("The key cannot be checked at the moment. Try again.") from error
        key, own = self.store.get(organization_id, key_id), self.table.on(OWN_API)
        opened = own.opened(key.scopes)
        # A session opens all that `keys` does, which a scope that opens a part of it must not become.
        if not opened.covers(own.opened([KEYS])):
            raise ForbiddenError('This key lacks the scope "keys". Sign in with a key that holds it.')
        return key, ADMIN if opened.opens_everything() else MEMBER
