"""The last use of each key, as this process knows it, and when it is worth a write.

Owns which uses are written. A use takes two writes, one of the key and one of its index, so a key in constant
use is written once a minute: no use is written after one of the same minute or a later one. Must never leave
out a use for any other reason, nor take one for written whose write DynamoDB has not acknowledged.
"""

from apikeys.keys.store import KeyStore
from apikeys.usage.call import Call

# The start of a `timestamp` up to its minute.
_MINUTE = len("2026-11-24T09:30")

# Keys whose last use this process remembers, each with less than 300 bytes.
_KEYS_AT_MOST = 20_000


class LastUses:
    """What this process has written to `last_used_at`."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._minutes: dict[str, str] = {}

    def mark(self, call: Call, address: str | None) -> None:
        """See to it that `last_used_at` is in the minute of the call or later.

        Raises StoreUnavailableError when DynamoDB gives no clear answer.
        """
        minute = call.at[:_MINUTE]
        if minute <= self._minutes.get(call.key_id, ""):
            return
        self._store.mark_used(call.key_id, call.at, address)
        if len(self._minutes) >= _KEYS_AT_MOST:
            self._minutes.clear()
        self._minutes[call.key_id] = minute
