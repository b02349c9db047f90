"""Credentials from the container credentials endpoint.

Owns that protocol: one GET, on its own connection. Imported only if the environment has no credentials. Must
never send the authorization token to a host to which the AWS SDKs would not send it.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

import http.client
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from authorizer.credentials import Credentials, CredentialsError

_TIMEOUT_S = 0.5
_MAX_BYTES = 65_536

#: Where plain http may go: this machine, and the endpoints of Amazon ECS and Amazon EKS.
_PLAIN_HOSTS = {"localhost", "127.0.0.1", "::1", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"}


def fetch(environ: Mapping[str, str]) -> Credentials:
    """The credentials that the endpoint named in `environ` answers. Raises CredentialsError."""
    url = environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI")
    if relative := environ.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        url = "http://169.254.170.2" + relative
    if not url:
        raise CredentialsError("no credentials in the environment")
    try:
        answer = json.loads(_get(url, _authorization(environ)))
        return Credentials(
            answer["AccessKeyId"],
            answer["SecretAccessKey"],
            answer["Token"],
            datetime.fromisoformat(answer["Expiration"]).timestamp(),
        )
    # The cause is left out: its text may hold what was sent or received.
    except (OSError, http.client.HTTPException, LookupError, TypeError, ValueError) as error:
        raise CredentialsError(
            f"no credentials from the container endpoint: {type(error).__name__}"
        ) from None


def _get(url: str, authorization: str | None) -> bytes:
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, parts.port, timeout=_TIMEOUT_S)
    elif parts.scheme == "http" and host in _PLAIN_HOSTS:
        connection = http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT_S)
    else:
        raise CredentialsError("the container credentials endpoint is not one that a token may be sent to")
    try:
        path = parts.path or "/"
        headers = {"Authorization": authorization} if authorization else {}
        connection.request("GET", f"{path}?{parts.query}" if parts.query else path, headers=headers)
        response = connection.getresponse()
        if response.status != http.client.OK:
            raise CredentialsError(f"the container credentials endpoint answered {response.status}")
        return response.read(_MAX_BYTES)
    finally:
        connection.close()


def _authorization(environ: Mapping[str, str]) -> str | None:
    if file := environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"):
        return Path(file).read_text().strip()
    return environ.get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
