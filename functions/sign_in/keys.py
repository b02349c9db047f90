"""The third door: a key that manages keys.

Owns what a key is worth here. It is checked as the authorizer checks it, and then forgotten.
"""

from typing import NamedTuple

from apikeys.errors import ForbiddenError, StoreUnavailableError, UnauthorizedError
from apikeys.key import Key
from apikeys.scope import OWN_API, ScopeTable
from apikeys.secret import Secret, SecretFormat
from apikeys.session import ADMIN, MEMBER, Role
from apikeys.store import KeyStore
from authorizer.dynamodb import StoreError
from authorizer.verify import RefusedError, Verifier

# What a key has to open for its holder to manage keys here, as the table of scopes writes a call.
_CREATE = "POST/api/keys"


class KeyDoor(NamedTuple):
    """Keys with the prefix of `secrets`, which `verifier` reads from the same table as `store`."""

    secrets: SecretFormat
    verifier: Verifier
    store: KeyStore
    table: ScopeTable

    def check(self, text: str, address: str) -> tuple[Secret, Key, Role]:
        """The key that `text` is, and the role that it gives.

        Raises UnauthorizedError for a key that is not good, and ForbiddenError for one that manages no keys.
        """
        try:
            key_id, organization_id, scopes = self.verifier.verify(text, address)
        except RefusedError:
            raise UnauthorizedError("Invalid API key") from None
        except StoreError as error:
            raise StoreUnavailableError("The key cannot be checked at the moment. Try again.") from error
        opened = self.table.on(OWN_API).opened(scopes.split())
        if not opened.opens(_CREATE):
            raise ForbiddenError('This key lacks the scope "keys". Sign in with a key that holds it.')
        secret = self.secrets.parse(text)
        if secret is None:
            raise UnauthorizedError("Invalid API key")
        role = ADMIN if opened.opens_everything() else MEMBER
        return secret, self.store.get(organization_id, key_id), role
