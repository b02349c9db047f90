"""POST /api/keys: a new key. Its secret is in this answer, and nowhere else."""

from pydantic import Field

from apikeys import scope
from apikeys.key import Key
from operation import Caller, Input, Record, operation
from operation.environment import key_store, new_secret, now
from operation.input import Name, Scopes


class CreateKey(Input):
    """A name that tells the key's user, and what the key may do."""

    name: Name
    scopes: Scopes = Field(default_factory=lambda: list(scope.DEFAULT))


@operation(CreateKey, status=201)
def handler(caller: Caller, wanted: CreateKey) -> Record:
    """Answer the key's record and its `secret`."""
    caller.check_grant(wanted.scopes)
    secret = new_secret()
    key = Key(
        id=secret.key_id,
        name=wanted.name,
        organization_id=caller.organization_id,
        scopes=tuple(wanted.scopes),
        hint=secret.hint,
        created_at=now(),
        created_by=caller.key_id,
    )
    key_store().add(key, secret.digest)
    return key.record() | {"secret": secret.reveal()}
