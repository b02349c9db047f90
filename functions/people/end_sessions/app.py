"""End an organization's sessions and tickets, or one person's. Only by direct invocation."""

from operation import Caller, Input, Record, operation
from operation.environment import session_store
from operation.input.person import PersonId


class EndSessions(Input):
    """Whose sessions end: the whole organization's where no person is named."""

    person_id: PersonId | None = None


@operation(EndSessions)
def handler(caller: Caller, wanted: EndSessions) -> Record:
    """Answer how many were `ended`. From then on every call with one of them gets 401."""
    return {"ended": session_store().end_all(caller.organization_id, person_id=wanted.person_id)}
