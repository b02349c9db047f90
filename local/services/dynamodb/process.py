"""The DynamoDB of the gateways: the one that DYNAMODB_ENDPOINT names, or an embedded one.

Owns the process of the embedded one, which ends when the gateways' process ends, however that happens. It is
a separate process so that it can start on another processor during the gateways' imports, which take seconds.
So this module must never import anything that takes long.
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def dynamodb() -> Iterator[Callable[[], str]]:
    """Start DynamoDB. Yields a function that waits until it serves, and returns its endpoint URL."""
    if endpoint := os.environ.get("DYNAMODB_ENDPOINT"):
        yield lambda: _checked(endpoint)
        return
    # In a separate session, Ctrl-C ends the gateways first: a function that is ending may still write.
    with subprocess.Popen(
        [sys.executable, "-m", "local.services.dynamodb.embedded"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:

        def started() -> str:
            printed = process.stdout.readline() if process.stdout else ""
            return printed.strip() or sys.exit("The embedded DynamoDB did not start.")

        yield started


def _checked(endpoint: str) -> str:
    """The endpoint, if boto3 makes a client for it; it takes no host name with an underscore."""
    from botocore.utils import is_valid_endpoint_url  # noqa: PLC0415

    try:
        url = urlsplit(endpoint)
        if url.scheme in ("http", "https") and url.port != 0 and is_valid_endpoint_url(endpoint):
            return endpoint
    except ValueError:
        pass
    sys.exit("DYNAMODB_ENDPOINT is not a URL. Write it as http://127.0.0.1:8000")
