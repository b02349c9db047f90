"""The port that the gateway listens on.

Owns taking it, on loopback alone. Imports nothing that takes time, so that a port in use is known at once.
"""

import errno
import socket
import sys


def listen(port: int) -> socket.socket:
    """Take `port`, or any free one for 0. Ends the program with a line when it cannot be had."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        reason = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error})"
        sys.exit(f"Port {port} {reason}. Choose another one with --port.")
