"""Where an event goes: to the history first, and then to EventBridge if there is a bus.

Owns this order, so that nobody hears of an event that is not in the history. Sending the same event again is
harmless.
"""

import os

from apikeys.history.event import Event
from operation.bus import bus
from operation.environment import history_store


def prepare() -> None:
    """Make what `tell` works with: for threads, which must not each make their own."""
    history_store()
    if name := os.environ["EVENT_BUS"]:
        bus(name)


def tell(event: Event) -> None:
    """Keep the event for HISTORY_DAYS, and put it on EVENT_BUS. Raises UnavailableError."""
    history_store().add(event, int(os.environ["HISTORY_DAYS"]))
    if name := os.environ["EVENT_BUS"]:
        bus(name).put(event)
