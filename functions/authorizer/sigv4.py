"""AWS Signature Version 4 for the one kind of request that is sent here: `POST /` with a body.

Owns the signature. Must never know of sockets, of the environment or of the clock.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import hmac
from collections.abc import Mapping
from hashlib import sha256
from time import gmtime, strftime

from authorizer.credentials import Credentials

_DATE = "x-amz-date"


class Signer:
    """Signs requests to one service in one Region that differ only in their body.

    `headers` are those of all requests, with names in lower case and `host` among them. Everything that stays
    the same for a day and its credentials is computed once, which is most of the work.
    """

    def __init__(self, region: str, service: str, headers: Mapping[str, str]) -> None:
        self._headers = {name: " ".join(value.split()) for name, value in headers.items()}
        self._scope = (region, service, "aws4_request")
        self._prepared_for: tuple[str, Credentials] | None = None

    def sign(self, body: bytes, credentials: Credentials, now: float) -> str:
        """The header lines of the signed request; `now` is in seconds since the epoch."""
        moment = strftime("%Y%m%dT%H%M%SZ", gmtime(now))
        if self._prepared_for != (moment[:8], credentials):
            self._prepare(moment[:8], credentials)
        request = f"{self._before_date}{moment}{self._after_date}{sha256(body).hexdigest()}"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{self._scope_text}\n{sha256(request.encode()).hexdigest()}"
        signature = self._keyed.copy()
        signature.update(text.encode())
        return f"{self._lines}{_DATE}: {moment}\r\n{self._authorization}{signature.hexdigest()}\r\n"

    def _prepare(self, day: str, credentials: Credentials) -> None:
        headers = dict(self._headers)
        if credentials.session_token:
            headers["x-amz-security-token"] = credentials.session_token
        names = sorted(headers)
        before, after = (
            "".join([f"{name}:{headers[name]}\n" for name in names if (name > _DATE) is later])
            for later in (False, True)
        )
        signed = ";".join(sorted([*names, _DATE]))
        self._before_date = f"POST\n/\n\n{before}{_DATE}:"
        self._after_date = f"\n{after}\n{signed}\n"
        self._scope_text = "/".join([day, *self._scope])
        key = b"AWS4" + credentials.secret_access_key.encode()
        for part in (day, *self._scope):
            key = hmac.digest(key, part.encode(), "sha256")
        self._keyed = hmac.new(key, digestmod="sha256")
        self._lines = "".join([f"{name}: {value}\r\n" for name, value in headers.items()])
        self._authorization = (
            f"authorization: AWS4-HMAC-SHA256 Credential={credentials.access_key_id}/{self._scope_text}, "
            f"SignedHeaders={signed}, Signature="
        )
        self._prepared_for = (day, credentials)
