"""DELETE /api/keys/session: end the session, and make the browser forget its cookie."""

from apikeys.cookie import clear_cookie
from operation import Caller, Input, Record, operation
from operation.environment import session_store


class SignOut(Input):
    """Nothing: it is the calling session that ends."""


@operation(SignOut, headers={"Set-Cookie": clear_cookie()})
def handler(caller: Caller, _wanted: SignOut) -> Record:
    """Answer the session that ended. From then on every call with it gets 401, in every tab."""
    session = caller.person_session()
    session_store().end(caller.organization_id, session.id)
    return session.record()
