"""End an organization's sessions and tickets, one person's, or those opened with one key.

Only by direct invocation.
"""

from typing import Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from operation import Caller, Input, Record, operation
from operation.environment import session_store
from operation.input.fields import KeyId
from operation.input.person import PersonId


class EndSessions(Input):
    """Whose sessions end: the whole organization's where neither a person nor a key is named."""

    person_id: PersonId | None = None
    #: Those of a person who signed in with this key, and has no id.
    key_id: KeyId | None = None

    @model_validator(mode="after")
    def _one_at_most(self) -> Self:
        if self.person_id is not None and self.key_id is not None:
            raise PydanticCustomError("end_sessions", "send person_id or key_id, not both")
        return self


@operation(EndSessions)
def handler(caller: Caller, wanted: EndSessions) -> Record:
    """Answer how many were `ended`. From then on every call with one of them gets 401."""
    ended = session_store().end_all(caller.organization_id, person_id=wanted.person_id, key_id=wanted.key_id)
    return {"ended": ended}
