"""The part of GitHub that reports a leak: its list of public keys, and its signatures."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import urllib3
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.served import served

IDENTIFIER, SIGNATURE = "Github-Public-Key-Identifier", "Github-Public-Key-Signature"

#: The sample of GitHub's documentation, its predecessor, and the public keys that GitHub's list had for them.
#: https://docs.github.com/en/code-security/secret-scanning/secret-scanning-partnership-program/secret-scanning-partner-program
PUBLISHED = (
    "bcb53661c06b4728e59d897fb6165d5c9cda0fd9cdf9d09ead458168deb7518c",
    b'[{"source":"commit","token":"some_token","type":"some_type","url":"https://example.com/base-repo-url/"}]',
    "MEQCIQDaMKqrGnE27S0kgMrEK0eYBmyG0LeZismAEz/BgZyt7AIfXt9fErtRS4XaeSt/AO1RtBY66YcAdjxji410VQV4xg==",
    """MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYAGMWO8XgCamYKMJS6jc/qgvSlAd
AjPuDPRcXU22YxgBrz+zoN19MzuRyW87qEt9/AmtoNP5GrobzUvQSyJFVw==""",
)
PUBLISHED_BEFORE = (
    "90a421169f0a406205f1563a953312f0be898d3c7b6c06b681aa86a874555f4a",
    b'[{"token":"some_token","type":"some_type","url":"some_url"}]',
    "MEUCIQDKZokqnCjrRtw0tni+2Ltvl/uiMJ1EGumEsp1BsNr32AIgQY1YXD2nlj+XNfGK4rBfkMJ1JDOQcYXxa2sY8FNkrKc=",
    """MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq
kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==""",
)


def pem(body: str) -> str:
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n"


def public(key: EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass
class GitHub:
    """The test sets what its list says; it counts how often it was asked."""

    url: str = ""
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    identifier: str = "a" * 64
    status: int = 200
    list: Any = None
    asked: int = 0

    def keys(self) -> bytes:
        if isinstance(self.list, bytes):
            return self.list
        keys = self.list or {
            self.identifier: public(self.key),
            PUBLISHED[0]: pem(PUBLISHED[3]),
            PUBLISHED_BEFORE[0]: pem(PUBLISHED_BEFORE[3]),
        }
        listed = [{"key_identifier": name, "key": key, "is_current": True} for name, key in keys.items()]
        return json.dumps({"public_keys": listed}).encode()

    def sign(self, body: bytes) -> str:
        """The same for the same body, whose length decides what Hypothesis draws next."""
        return b64encode(self.key.sign(body, ECDSA(SHA256(), deterministic_signing=True))).decode()

    @staticmethod
    def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """Send a report, and return the answer's status and body."""
        # The first call starts the function, on a machine that may have other work.
        answer = urllib3.request("POST", url, body=body, headers=headers, retries=False, timeout=60)
        return answer.status, answer.data.decode()

    def headers(self, body: bytes) -> dict[str, str]:
        """The two headers of a report with this body."""
        return {IDENTIFIER: self.identifier, SIGNATURE: self.sign(body)}


def report(*tokens: str, **fields: str) -> bytes:
    """The body of a report, as GitHub's documentation has it."""
    usual = {"type": "copia_api_key", "url": "https://github.com/octocat/Hello-World/blob/1/a.env"}
    matches = [{"token": token, **usual, "source": "content", **fields} for token in tokens]
    return json.dumps(matches, separators=(",", ":")).encode()


@contextmanager
def github() -> Iterator[GitHub]:
    """A GitHub whose list is served on this machine."""
    fake = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.asked += 1
            body = fake.keys()
            self.send_response(fake.status)
            self.send_header("Content-Length", str(len(body)))
            if fake.status == 302:
                self.send_header("Location", f"{fake.url}/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_port}/meta/public_keys/secret_scanning"
    with served(server):
        yield fake
