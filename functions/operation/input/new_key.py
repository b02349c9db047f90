"""What a new key can be given, whether it is created or imported.

Owns the fields, and how they become a key. Must never decide whether the caller may give them.
"""

from pydantic import Field

from apikeys import scope
from apikeys.keys.key import Change, Key
from operation.input.fields import Addresses, Description, Metadata, Name, Scopes
from operation.input.model import Input


class NewKey(Input):
    """A name that tells the key's user, what the key may do, and what else is to be known of it."""

    name: Name
    description: Description | None = None
    scopes: Scopes = Field(default_factory=lambda: list(scope.DEFAULT))
    disabled: bool = False
    allowed_addresses: Addresses | None = None
    metadata: Metadata = Field(default_factory=dict)

    def key(self, *, key_id: str, hint: str, organization_id: str, made: Change) -> Key:
        """The key, as it is after its creation."""
        return Key(
            id=key_id,
            name=self.name,
            description=self.description,
            organization_id=organization_id,
            scopes=tuple(self.scopes),
            allowed_addresses=tuple(self.allowed_addresses) if self.allowed_addresses else None,
            metadata=self.metadata,
            hint=hint,
            created_at=made.at,
            created_by=made.by,
            created_by_name=made.by_name,
            disabled_at=made.at if self.disabled else None,
            changed_from=made.address,
            request_id=made.request_id,
        )
