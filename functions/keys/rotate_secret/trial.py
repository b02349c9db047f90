"""The test of a new key: one call of the API, before any client uses the key.

Owns the verdict on the answer. Calls only the configured URL, follows no redirect, and reads no body.
"""

import urllib3

from apikeys.errors import ConflictError, UnavailableError
from apikeys.secret import Secret

_TIMEOUT = urllib3.Timeout(connect=2, read=5)
_OK, _REDIRECT, _UNAUTHORIZED, _FORBIDDEN = 200, 300, 401, 403


def check_works(url: str, secret: Secret, timeout: urllib3.Timeout = _TIMEOUT) -> None:
    """Call `url` with the secret. A 403 that names a missing scope is enough: only a good key gets it.

    Raises ConflictError if the key is refused, and UnavailableError for an answer that says nothing about it.
    """
    http = urllib3.PoolManager(timeout=timeout, retries=False)
    try:
        answer = http.request(
            "GET", url, headers={"x-api-key": secret.reveal()}, redirect=False, preload_content=False
        )
    except urllib3.exceptions.HTTPError:
        # Its own text may repeat what was sent.
        raise UnavailableError("The API cannot be reached at the URL that tests new keys.") from None
    status, challenge = answer.status, answer.headers.get("www-authenticate", "")
    answer.close()
    http.clear()
    if status == _UNAUTHORIZED:
        raise ConflictError(f"The API refuses {secret.id}. Was it revoked or disabled?")
    lacks_scope = status == _FORBIDDEN and "insufficient_scope" in challenge
    if not (_OK <= status < _REDIRECT or lacks_scope):
        raise UnavailableError(f"The API answered {status} to {secret.id}, which says nothing about the key.")
