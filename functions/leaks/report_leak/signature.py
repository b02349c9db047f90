"""GitHub's signature of a report: ECDSA on P-256 with SHA-256, by one of the keys that GitHub publishes.

Owns the list of keys: it is fetched only from the configured URL, and kept for a while. If a signature cannot
be checked, it is not accepted. Must never be given a body that was already parsed.
https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program
"""

import binascii
import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping

import urllib3
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from apikeys.errors import UnauthorizedError, UnavailableError
from operation.web import TIMEOUT, Web, WebError

_IDENTIFIER = re.compile(r"[0-9a-f]{64}")
# Two integers of at most 33 bytes each in DER, in base64.
_SIGNATURE = re.compile(r"[0-9A-Za-z+/]{8,96}={0,2}")

_BYTES_AT_MOST = 64 * 1024
_OK = 200

#: How long a list is used, in seconds: a key that GitHub withdrew is accepted no longer than this.
LIFETIME = 3600
#: If a key is not in the list, or the list cannot be fetched, the next attempt is 120 s later: anyone can
#: send an unknown identifier, and GitHub answers only 60 calls an hour.
#: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
PAUSE = 120


class Keys:
    """The keys of the list at `url`. `clock` answers seconds that only grow."""

    def __init__(self, url: str, clock: Callable[[], float], timeout: urllib3.Timeout = TIMEOUT) -> None:
        self._url = url
        self._clock = clock
        self._web = Web(clock, timeout)
        self._keys: Mapping[str, EllipticCurvePublicKey] = {}
        self._good_until = self._silent_until = clock()

    def check(self, body: bytes, identifier: str, signature: str) -> None:
        """Raise UnauthorizedError unless `signature` is that of `body` by the key that `identifier` names.

        Raises UnavailableError if the list cannot be fetched.
        """
        if not _IDENTIFIER.fullmatch(identifier) or not _SIGNATURE.fullmatch(signature):
            raise unsigned()
        try:
            signed = b64decode(signature, validate=True)
        except binascii.Error:
            raise unsigned() from None
        # The last character may hold bits that nothing reads: of all texts for one signature, one is taken.
        if b64encode(signed).decode() != signature:
            raise unsigned()
        try:
            self._key(identifier).verify(signed, body, ECDSA(SHA256()))
        except InvalidSignature:
            raise unsigned() from None

    def _key(self, identifier: str) -> EllipticCurvePublicKey:
        now = self._clock()
        is_known = identifier in self._keys and now < self._good_until
        if not is_known and now >= self._silent_until:
            # Before it is asked for: if that fails, the next call must not ask at once.
            self._silent_until = now + PAUSE
            self._keys = self._fetched()
            self._good_until = now + LIFETIME
        if now >= self._good_until:
            raise _silent()
        if identifier not in self._keys:
            raise unsigned()
        return self._keys[identifier]

    def _fetched(self) -> Mapping[str, EllipticCurvePublicKey]:
        try:
            status, body = self._web.ask("GET", self._url, _BYTES_AT_MOST)
            listed = json.loads(body)["public_keys"] if status == _OK else []
            # A key of another kind is not this protocol's, and no reason to refuse the others.
            found = {one["key_identifier"]: key for one in listed if (key := _p256(one["key"]))}
        except (WebError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            raise _silent() from None
        if not found:
            raise _silent()
        return found


def unsigned() -> UnauthorizedError:
    """The one answer to every report that GitHub did not sign."""
    return UnauthorizedError("The signature is not GitHub's.")


def _p256(pem: str) -> EllipticCurvePublicKey | None:
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    return None


def _silent() -> UnavailableError:
    return UnavailableError("GitHub's public keys cannot be fetched. Try again in a moment.")
