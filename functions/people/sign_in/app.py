"""POST /settings/session: sign a person in, in one of three ways.

This call has no authorizer, so it checks itself that the settings page made it. The session's secret is only
in the cookie that it sets.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from apikeys.cookie import HEADER, SESSIONS, set_cookie
from apikeys.errors import ForbiddenError, StoreUnavailableError
from apikeys.secret import ENTROPY_BYTES
from authorizer.session import cookie
from operation import Record
from operation.environment import epoch, session_store
from operation.public import public_operation
from people.sign_in.environment import doors
from people.sign_in.input import SignIn


@public_operation("sign_in", SignIn, status=201)
def handler(event: Mapping[str, Any], wanted: SignIn) -> tuple[Record, Mapping[str, str]]:
    """Answer who signed in, and set the session's cookie. The session that the browser had ends."""
    # A page of another site could otherwise sign its visitor in as somebody else.
    if HEADER not in {name.lower() for name in event["multiValueHeaders"] or ()}:
        raise ForbiddenError(f"Send the header {HEADER} with this call, as the settings page does.")
    secret = SESSIONS.new(os.urandom(ENTROPY_BYTES))
    session = doors().enter(wanted, event["requestContext"]["identity"]["sourceIp"], secret, epoch())
    if former := cookie(event["multiValueHeaders"]):
        # The browser no longer has its cookie, so nobody could sign out of it. It ends at its time otherwise.
        with suppress(StoreUnavailableError):
            session_store().end_presented(former)
    return session.record(), {"Set-Cookie": set_cookie(secret)}
