"""An OpenID Connect provider that answers as a test wants it to."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from tests.served import served

CLIENT = "settings-page"


@cache
def signing_key(_name: str, /) -> rsa.RSAPrivateKey:
    """The key of this name. Making one is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class FakeProvider:
    """What it says is set by the test; what it was asked is kept."""

    issuer: str = ""
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=lambda: {"first": signing_key("first")})
    signs_with: str = "first"
    token: str | None = None
    #: Where its endpoints and keys are.
    places: dict[str, str] = field(
        default_factory=lambda: {name: f"/{name}" for name in ("authorize", "token", "keys")}
    )
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    exchanged: list[dict[str, list[str]]] = field(default_factory=list)

    def claims(self, **other: Any) -> dict[str, Any]:
        now = int(time.time())
        usual = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": "ada",
            "name": "Ada",
            "nonce": "the nonce",
            "iat": now,
            "exp": now + 300,
            "org_id": "org_acme",
        }
        return {name: value for name, value in (usual | other).items() if value is not None}

    def sign(self, claims: dict[str, Any], key: Any = None, algorithm: str = "RS256", kid: str = "") -> str:
        return jwt.encode(
            claims,
            self.keys[self.signs_with] if key is None else key,
            algorithm=algorithm,
            headers={"kid": kid or self.signs_with},
        )

    def signs_only_with(self, name: str) -> None:
        """Have this key, and no other."""
        self.keys = {name: signing_key(name)}
        self.signs_with = name

    def moves(self, *names: str) -> None:
        """Serve these elsewhere, and no longer where they were."""
        self.places |= {name: f"{self.places[name]}-moved" for name in names}

    def document(self, path: str) -> tuple[int, bytes]:
        if path in self.answers:
            return self.answers[path]
        body: dict[str, Any]
        if path == "/.well-known/openid-configuration":
            body = {
                "issuer": self.issuer,
                "authorization_endpoint": self.issuer + self.places["authorize"],
                "token_endpoint": self.issuer + self.places["token"],
                "jwks_uri": self.issuer + self.places["keys"],
            }
        elif path == self.places["keys"]:
            public = {
                name: RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) for name, key in self.keys.items()
            }
            body = {"keys": [{**jwk, "kid": name, "use": "sig"} for name, jwk in public.items()]}
        elif path == self.places["token"]:
            body = {"id_token": self.token or self.sign(self.claims())}
        else:
            return 404, b"{}"
        return 200, json.dumps(body).encode()


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    fake = FakeProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fake.exchanged.append(parse_qs(sent))
            self._answer()

        def _answer(self) -> None:
            fake.asked.append(self.path)
            status, body = fake.document(self.path)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if status == 302:
                self.send_header("Location", f"{fake.issuer}/keys")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    fake.issuer = f"http://127.0.0.1:{server.server_port}"
    with served(server):
        yield fake
