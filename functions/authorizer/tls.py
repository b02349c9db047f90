"""TLS for the connection to DynamoDB. Imported only where the endpoint is https.

Owns the trust: the system's certificates, and the endpoint's name in the peer's.
"""

import socket
import ssl
from functools import cache


def secured(sock: socket.socket, host: str) -> ssl.SSLSocket:
    """`sock` after the handshake with `host`. Raises OSError."""
    return _context().wrap_socket(sock, server_hostname=host)


@cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()
