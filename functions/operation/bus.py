"""EventBridge, on which a platform learns about changes of keys.

Owns the form of an event there: its source, its detail type and its detail, which is the history's record. An
event may be delivered more than once, by the bus and by this module: the detail's `id` identifies a
repetition.
https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.exceptions import BotoCoreError, ClientError

from apikeys.errors import UnavailableError
from apikeys.history.event import Event, Type
from operation.aws import config

#: By this, and by the detail type, rules choose.
SOURCE = "api-keys"
DETAIL_TYPES: dict[Type, str] = {
    "created": "Key Created",
    "changed": "Key Changed",
    "rotated": "Key Rotated",
    "revoked": "Key Revoked",
    "leaked": "Key Leaked",
    "first_used": "Key Used For The First Time",
}

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Bus:
    """One event bus, by its name. `put_events` is EventBridge's operation."""

    def __init__(self, put_events: "Callable[..., Mapping[str, Any]]", name: str) -> None:
        self._put_events = put_events
        self._name = name

    def put(self, event: Event) -> None:
        """Put the event on the bus. Raises UnavailableError if the bus does not take it."""
        entry = {
            "EventBusName": self._name,
            "Source": SOURCE,
            "DetailType": DETAIL_TYPES[event.type],
            "Time": event.at,
            "Detail": event.text(),
        }
        try:
            refused = self._put_events(Entries=[entry])["FailedEntryCount"]
        except (BotoCoreError, ClientError) as error:
            raise _unavailable() from error
        if refused:
            raise _unavailable()


def _unavailable() -> UnavailableError:
    return UnavailableError("The event bus did not accept the event.")


@cache
def bus(name: str) -> Bus:
    """The bus, made at its first event."""
    client: Any = botocore.session.get_session().create_client("events", config=config())
    return Bus(client.put_events, name)
