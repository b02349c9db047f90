"""The port that the gateway listens on.

Owns opening it, only on loopback. Imports nothing that takes time, so that a port in use is reported at once.
"""

import errno
import socket
import sys


def listen(port: int, choose: str = "--port N") -> socket.socket:
    """Open `port`, or any free one for 0. If that fails, prints one line and ends the program.

    `choose` is how the program's user chooses another port.
    """
    try:
        return socket.create_server(("127.0.0.1", port))
    except (OSError, OverflowError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        sys.exit(
            f"Port {port} {'is taken' if taken else f'cannot be used ({error})'}. Choose another: {choose}"
        )
