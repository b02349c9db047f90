"""AWS Signature Version 4 for the one kind of request that is sent here: `POST /` with a body.

Owns the signature. Must never know of sockets, of the environment or of the clock.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hashlib
import hmac
import time
from collections.abc import Mapping

from authorizer.credentials import Credentials


class Signer:
    """Signs requests to one service in one Region that all have the same `headers`, `host` among them.

    The names of the headers are in lower case.
    """

    def __init__(self, region: str, service: str, headers: Mapping[str, str]) -> None:
        self._region = region
        self._service = service
        self._headers = {name: " ".join(value.split()) for name, value in headers.items()}
        self._key = b""
        self._key_is_for: tuple[str, Credentials] | None = None

    def sign(self, body: bytes, credentials: Credentials, now: float) -> dict[str, str]:
        """All headers of the signed request; `now` is in seconds since the epoch."""
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
        day = moment[:8]
        headers = self._headers | {"x-amz-date": moment}
        if credentials.session_token:
            headers["x-amz-security-token"] = credentials.session_token
        names = sorted(headers)
        signed = ";".join(names)
        lines = "".join([f"{name}:{headers[name]}\n" for name in names])
        request = f"POST\n/\n\n{lines}\n{signed}\n{hashlib.sha256(body).hexdigest()}"
        scope = f"{day}/{self._region}/{self._service}/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = _hmac(self._signing_key(day, credentials), text).hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{scope}, "
            f"SignedHeaders={signed}, Signature={signature}"
        )
        return headers

    def _signing_key(self, day: str, credentials: Credentials) -> bytes:
        if self._key_is_for != (day, credentials):
            key = b"AWS4" + credentials.secret_access_key.encode()
            for part in (day, self._region, self._service, "aws4_request"):
                key = _hmac(key, part)
            self._key, self._key_is_for = key, (day, credentials)
        return self._key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
