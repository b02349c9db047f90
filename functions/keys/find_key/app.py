"""POST /api/keys/find: find the key that a text contains, as a secret, part of a secret or an id."""

import os
from contextlib import suppress
from typing import Annotated

from pydantic import Field, StringConstraints

from apikeys.errors import NotFoundError
from apikeys.keys.find import key_ids
from operation import Caller, Input, Record, operation
from operation.environment import key_store, secret_format


class FindKey(Input):
    """Any text."""

    text: Annotated[
        str,
        StringConstraints(min_length=1, max_length=20_000),
        Field(description="The body with it has at most 64 KB."),
    ]


@operation(FindKey)
def handler(caller: Caller, wanted: FindKey) -> Record:
    """Answer the record of the first key of the organization in the text, whatever its state."""
    ids = key_ids(wanted.text, os.environ["KEY_PREFIX"])
    # Where in a text an imported key's secret is cannot be seen: it is found where it is the whole text.
    whole = secret_format().parse(wanted.text.strip())
    for key_id in dict.fromkeys([*ids, whole.id] if whole else ids):
        with suppress(NotFoundError):
            return key_store().get(caller.organization_id, key_id).record()
    raise NotFoundError("The text contains no key of this organization.")
