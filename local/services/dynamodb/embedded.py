"""`python -m local.services.dynamodb.embedded`: an empty DynamoDB on loopback, until standard input ends.

Owns what moto needs to behave like DynamoDB. Keeps all items in memory.
"""

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from moto.dynamodb.models import dynamodb_backends
from moto.moto_server.werkzeug_app import create_backend_app

from local.services.dynamodb import moto_tables
from local.services.dynamodb.embedded_streams import create_streams_app, prepare_iterators
from local.services.dynamodb.serial_server import SerialServer

# How long the end of the server may be waited for.
_POLL_S = 0.05

_EMBEDDED = threading.Lock()


@contextmanager
def embedded_dynamodb() -> Iterator[str]:
    """Serve an empty DynamoDB on loopback until the end of the block. Yields its endpoint URL.

    One at a time in a process: all that moto serves there has one memory, which is emptied here.
    """
    if not _EMBEDDED.acquire(blocking=False):
        raise RuntimeError("This process serves an embedded DynamoDB already.")
    dynamodb_backends.reset()
    moto_tables.install()
    server = SerialServer(create_backend_app("dynamodb"), create_streams_app(), prepare_iterators)
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_S,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        _EMBEDDED.release()


def main() -> None:
    """Write the endpoint, and serve until the process that started this one ends or closes its input."""
    with embedded_dynamodb() as endpoint, suppress(BrokenPipeError):
        # Not by `print`, which would complain at the end if nobody reads any more.
        os.write(sys.stdout.fileno(), f"{endpoint}\n".encode())
        sys.stdin.read()


if __name__ == "__main__":
    main()
