"""PATCH /api/keys/{key_id}: change a key's fields or limits, or pause it."""

from pydantic import Field

from apikeys.keys import change
from apikeys.keys.key import Key
from operation import Caller, Record, operation
from operation.environment import key_store, now, session_store
from operation.input.fields import Addresses, Description, MetadataChange, Name, Scopes
from operation.input.model import OwnKey


class UpdateKey(OwnKey):
    """The fields that are to differ. What is left out stays; null takes away what a key can be without."""

    name: Name = ""
    description: Description | None = None
    scopes: Scopes = Field(default_factory=list)
    disabled: bool | None = None
    allowed_addresses: Addresses | None = None
    metadata: MetadataChange | None = None


@operation(UpdateKey)
def handler(caller: Caller, wanted: UpdateKey) -> Record:
    """Return the record as it is now. It applies to every call that starts after this answer."""
    fields = wanted.model_dump(exclude_unset=True, exclude={"key_id", "own"})
    made = caller.change(now())

    def edit(key: Key) -> Key:
        caller.check_manage(key)
        new = change.changed(key, fields, made)
        if change.may_do_more(new, key):
            caller.check_grant(new.scopes)
        if change.may_do_more(key, new):
            caller.check_own(key.id, is_meant=wanted.own)
        return new

    record = key_store().change(caller.organization_id, wanted.key_id, edit).record()
    # A session has the rights that the key had when it was opened, so people have to sign in again.
    if fields.keys() & {"scopes", "disabled", "allowed_addresses"}:
        session_store().end_all(caller.organization_id, key_id=wanted.key_id)
    return record
