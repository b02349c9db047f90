"""Serve the backend on the port that the environment names, as AWS Lambda Web Adapter expects.

Owns the reading of the environment: SESSION_TABLE, RUNNING_PER_KEY, RUNNING_PER_ORGANIZATION, ALLOWED_ORIGINS
(separated by commas), PATIENCE, AWS's own variables, AWS_LWA_PORT or PORT, and GATEWAY_SECRET, with which the
backend reads callers from headers, as a service behind RuntimeUrl does. Listens only on loopback.
"""

import os
from typing import TYPE_CHECKING, cast

import botocore.session
import uvicorn
from botocore.config import Config

from backend import log
from backend.app import create_app
from backend.caller import from_mapped_headers, from_request_context
from backend.leases import Leases
from backend.sessions import SessionStore
from backend.table import Table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def _config(patience: float) -> Config:
    """Three tries of at most 3 s: a caller learns of a store in trouble while it still waits.

    `patience` is how many times longer a slow machine may take.
    """
    return Config(
        connect_timeout=1 * patience,
        read_timeout=2 * patience,
        retries={"mode": "standard", "total_max_attempts": 3},
    )


def main() -> None:
    """Serve until the process is told to end."""
    log.configure()
    environ = os.environ
    secret = environ.get("GATEWAY_SECRET")
    config = _config(float(environ.get("PATIENCE", "1")))
    client = botocore.session.get_session().create_client("dynamodb", config=config)
    table = Table(cast("DynamoDBClient", client), environ["SESSION_TABLE"])
    app = create_app(
        SessionStore(table),
        Leases(table, int(environ["RUNNING_PER_KEY"]), int(environ["RUNNING_PER_ORGANIZATION"])),
        from_mapped_headers(secret) if secret else from_request_context,
        [origin for origin in environ["ALLOWED_ORIGINS"].split(",") if origin],
    )
    uvicorn.run(
        app,
        port=int(environ.get("AWS_LWA_PORT") or environ.get("PORT") or 8080),
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
