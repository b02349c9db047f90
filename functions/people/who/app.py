"""GET /api/keys/session: return who is calling, for the settings page to show."""

from operation import Caller, Input, Record, operation


class Who(Input):
    """Nothing: the session says it all."""


@operation(Who)
def handler(caller: Caller, _wanted: Who) -> Record:
    """Answer the session's organization, person, role and end."""
    return caller.person_session().record()
