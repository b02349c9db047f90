"""How long an operation waits for a service of AWS.

Owns the limits of one call; the deadline limits all calls of an operation together. PATIENCE, which slow
machines set, multiplies each wait.
"""

import os

from botocore.config import Config


def config(*, read_timeout: float = 2, attempts: int = 2) -> Config:
    """What a client is made with, so that a try takes at most `read_timeout` seconds and one more."""
    patience = float(os.environ.get("PATIENCE", "1"))
    return Config(
        connect_timeout=1 * patience,
        read_timeout=read_timeout * patience,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
