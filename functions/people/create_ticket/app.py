"""Create a ticket: a link that opens the settings page once, for one person of one organization.

Only by direct invocation, by the platform's own backend, which knows who the person is.
"""

import os
from typing import Annotated

from pydantic import Field

from apikeys.secret import ENTROPY_BYTES
from apikeys.sessions.session import MEMBER, TICKETS, Role, Session
from operation import Caller, Input, Record, operation
from operation.environment import epoch, session_store
from operation.input.fields import Name
from operation.input.person import Person


class CreateTicket(Input):
    """Whom the ticket is for, as what, and for how many minutes it can be used."""

    person: Person
    organization_name: Name | None = None
    role: Role = MEMBER
    minutes: Annotated[int, Field(ge=1, le=60)] = 5


@operation(CreateTicket)
def handler(caller: Caller, wanted: CreateTicket) -> Record:
    """Answer the `url` to send the person's browser to, and when it stops working, in seconds since 1970."""
    ticket, now = TICKETS.new(os.urandom(ENTROPY_BYTES)), epoch()
    session = Session(
        organization_id=caller.organization_id,
        organization_name=wanted.organization_name or caller.organization_id,
        person_id=wanted.person.id,
        person_name=wanted.person.name,
        role=wanted.role,
        opened_by="ticket",
        expires_at=now + 60 * wanted.minutes,
    )
    session_store().add_ticket(ticket, session, now)
    # In the fragment, which a browser sends to nobody: no log and no Referer holds it.
    url = f"{os.environ['SETTINGS_PAGE_URL']}#ticket={ticket.reveal()}"
    return {"url": url, "expires_at": session.expires_at}
