"""The drive and the checker together catch a gateway that revokes too late."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

from apikeys.secret import ENTROPY_BYTES, SecretFormat
from tests.soak.drive import Drive
from tests.soak.history import half_rotations, violations

LAG_S = 0.2


class Late(BaseHTTPRequestHandler):
    """An API whose revocations take effect a while after they are acknowledged, and that halves rotations."""

    protocol_version = "HTTP/1.1"
    keys: dict[str, dict[str, Any]]
    numbers: "count[int]"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature is http.server's
        pass

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
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
        secret = SecretFormat("sk_live_copia_").new(next(self.numbers).to_bytes(ENTROPY_BYTES, "little"))
        old = self.path.split("/")[3] if self.path.endswith("/rotate") else None
        key = {"id": secret.key_id, "replaces": old, "replaced_by": None, "revoked_at": None}
        self.keys[secret.reveal()] = key
        self._answer(201, key | {"secret": secret.reveal()})

    def do_DELETE(self) -> None:
        key_id = self.path.rpartition("/")[2]
        key = next(key for key in self.keys.values() if key["id"] == key_id)
        key["revoked_at"] = time.monotonic()
        self._answer(200, key)


@contextmanager
def late_gateway() -> Iterator[str]:
    handler = type("_", (Late,), {"keys": {}, "numbers": count(1)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def test_a_gateway_that_revokes_late_is_caught() -> None:
    admin = SecretFormat("sk_live_copia_").new(bytes(ENTROPY_BYTES))
    with late_gateway() as url:
        history = Drive(url, admin.reveal()).run(500)
    found = violations(history.calls, history.revocations)
    assert any("accepted after its revocation was acknowledged" in line for line in found)
    assert half_rotations(history.records)
