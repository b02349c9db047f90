"""TLS for the connection to DynamoDB. Imported only where the endpoint is https.

Owns whom to trust: the system's certificates, and the endpoint's name in the one that the peer shows.
"""

import ssl
from collections.abc import Callable
from functools import partial
from socket import socket


def wrapper(host: str) -> Callable[[socket], socket]:
    """What makes a connected socket to `host` a secure one; the handshake raises OSError."""
    return partial(ssl.create_default_context().wrap_socket, server_hostname=host)
