"""The port of a web application: open to the gateway, and closed to everything else.

On Lambda only the adapter can reach the application. Here a page in the developer's browser could, and could
send an invented `x-amzn-request-context`. Owns the check of each connection before the application gets it:
its first request must carry the secret that only the gateway knows. Works where Python accepts the
connection. uvloop accepts connections by itself, so it is hidden, and servers use asyncio instead. A
connection that sends nothing holds up the application for a while, and gets no answer.
"""

from __future__ import annotations

import hmac
import os
import re
import select
import socket
import sys
import time

_PORT = int(os.environ["PORT"])
_SECRET = os.environ["LOCAL_PORT_SECRET"].encode()
_HEADER = re.compile(rb"\r\nx-local-secret:[ \t]*(\S+)\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
_SECONDS = 10
_HEAD_AT_MOST = 65_536

sys.modules["uvloop"] = None  # type: ignore[assignment] # Python's way to say that there is no such module

_accept = socket.socket.accept


def _is_gateways(connection: socket.socket) -> bool:
    """Whether the request on a connection, of which nothing is taken, carries the secret."""
    deadline = time.monotonic() + _SECONDS
    readable = select.poll()
    readable.register(connection, select.POLLIN)
    while (left := deadline - time.monotonic()) > 0:
        if not readable.poll(left * 1000):
            return False
        seen = connection.recv(_HEAD_AT_MOST, socket.MSG_PEEK)
        head, end, _ = seen.partition(_END)
        if end or not seen or len(seen) == _HEAD_AT_MOST:
            found = _HEADER.search(head + end)
            return found is not None and hmac.compare_digest(found[1], _SECRET)
        time.sleep(0.001)  # the rest of the head is on its way
    return False


def _accept_from_gateway(self: socket.socket) -> tuple[socket.socket, object]:
    """Take the next connection of the gateway's."""
    while True:
        connection, address = _accept(self)
        if self.family not in (socket.AF_INET, socket.AF_INET6) or self.getsockname()[1] != _PORT:
            return connection, address
        try:
            if _is_gateways(connection):
                return connection, address
        except OSError:
            pass
        connection.close()
        if self.gettimeout() == 0:
            raise BlockingIOError  # an event loop asks again


socket.socket.accept = _accept_from_gateway  # type: ignore[method-assign]
