"""POST /api/keys: create a key. Its secret is only in this answer."""

from pydantic import Field

from apikeys import scope
from apikeys.keys.key import Key
from operation import Caller, Input, Record, operation
from operation.environment import key_store, new_secret, now
from operation.fields import Addresses, Description, Metadata, Name, Scopes
from operation.share import usage_key


class CreateKey(Input):
    """A name that tells the key's user, what the key may do, and what else is to be known of it."""

    name: Name
    description: Description | None = None
    scopes: Scopes = Field(default_factory=lambda: list(scope.DEFAULT))
    disabled: bool = False
    allowed_addresses: Addresses | None = None
    metadata: Metadata = Field(default_factory=dict)


@operation(CreateKey, status=201)
def handler(caller: Caller, wanted: CreateKey) -> Record:
    """Answer the key's record and its `secret`."""
    caller.check_grant(wanted.scopes)
    secret = new_secret()
    made = caller.change(now())
    key = Key(
        id=secret.id,
        name=wanted.name,
        description=wanted.description,
        organization_id=caller.organization_id,
        scopes=tuple(wanted.scopes),
        allowed_addresses=tuple(wanted.allowed_addresses) if wanted.allowed_addresses else None,
        metadata=wanted.metadata,
        hint=secret.hint,
        created_at=made.at,
        created_by=made.by,
        created_by_name=made.by_name,
        disabled_at=made.at if wanted.disabled else None,
        changed_from=made.address,
        request_id=made.request_id,
    )
    key_store().add(key, secret.digest, usage_key(caller.organization_id))
    return key.record() | {"secret": secret.reveal()}
