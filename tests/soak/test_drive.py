"""The drive and the checker together catch a gateway that revokes too late."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, repeat
from math import inf
from typing import Any

import pytest

from apikeys.secret import ENTROPY_BYTES, SecretFormat
from tests.served import served
from tests.soak.drive import Drive
from tests.soak.history import half_rotations, violations

LAG_S = 0.2


class Late(BaseHTTPRequestHandler):
    """An API whose revocations take effect a while after they are acknowledged, and that halves rotations."""

    protocol_version = "HTTP/1.1"
    keys: dict[str, dict[str, Any]]
    numbers: Iterator[int]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        pass

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        if self.path.startswith("/api/keys"):
            return self._answer(200, {"keys": list(self.keys.values()), "next_cursor": None})
        key = self.keys.get(self.headers["x-api-key"])
        good = key and (not key["revoked_at"] or time.monotonic() < key["revoked_at"] + LAG_S)
        return self._answer(200 if good else 401, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        secret = SecretFormat("sk_live_copia_").new(next(self.numbers).to_bytes(ENTROPY_BYTES, "big"))
        old = self.path.split("/")[3] if self.path.endswith("/rotate") else None
        key = {"id": secret.id, "replaces": old, "replaced_by": None, "revoked_at": None}
        self.keys[secret.reveal()] = key
        self._answer(201, key | {"secret": secret.reveal()})

    def do_DELETE(self) -> None:
        key_id = self.path.rpartition("/")[2]
        key = next(key for key in list(self.keys.values()) if key["id"] == key_id)
        key["revoked_at"] = time.monotonic()
        self._answer(200, key)


@contextmanager
def late_gateway(numbers: Iterator[int]) -> Iterator[str]:
    """Serve such an API. Its keys are made of `numbers`."""
    handler = type("_", (Late,), {"keys": {}, "numbers": numbers})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with served(server):
        yield f"http://127.0.0.1:{server.server_port}"


def test_a_gateway_that_revokes_late_is_caught() -> None:
    admin = SecretFormat("sk_live_copia_").new(bytes(ENTROPY_BYTES))
    with late_gateway(count(1)) as url:
        history = Drive(url, admin.reveal()).run(500)
    assert len({record["id"] for record in history.records}) == len(history.records)
    # Without the wrong secret's, which is not the gateway's doing.
    assert sum(span.ended < inf for span in history.revocations.values()) - 1 >= 10
    found = violations(history.calls, history.revocations)
    assert any("accepted after its revocation was acknowledged" in line for line in found)
    assert half_rotations(history.records)


def test_a_gateway_that_gives_an_id_twice_is_caught() -> None:
    admin = SecretFormat("sk_live_copia_").new(bytes(ENTROPY_BYTES))
    with late_gateway(repeat(1)) as url, pytest.raises(RuntimeError, match="was given twice"):
        Drive(url, admin.reveal()).run(500)
