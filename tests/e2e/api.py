"""The API as its users see it: over HTTP, with a key."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

# As long as a machine with other work may take for anything.
PATIENCE_S = 120

#: Whom clients trust. Each would take 35 ms of processor time to read the certificates itself.
TRUSTED = httpx.create_ssl_context()


@dataclass
class Api:
    """One stack, and an organization's admin key for it. Remembers every secret it was shown.

    With `tidy` set, the keys that it made are revoked at its end.
    """

    url: str
    admin_key: str = field(repr=False)
    secrets: list[str] = field(default_factory=list, repr=False)
    tidy: bool = False

    def __post_init__(self) -> None:
        self.secrets.append(self.admin_key)
        self.made: list[str] = []
        self._http = httpx.Client(base_url=self.url, timeout=PATIENCE_S, verify=TRUSTED)

    def close(self) -> None:
        for key_id in self.made if self.tidy else ():
            self.revoke(key_id)
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        key: str | None = None,
        headers: list[tuple[str, str]] | None = None,
        **rest: Any,
    ) -> httpx.Response:
        sent = list(headers or ())
        if key is not None:
            sent.append(("Authorization", f"Bearer {key}"))
        response = self._http.request(method, path, headers=sent, **rest)
        if "application/json" in response.headers.get("content-type", ""):
            body = response.json()
            if isinstance(body, dict) and "secret" in body:
                # A secret is shown by the two calls that make one, and by no other.
                assert (method, response.status_code) == ("POST", 201)
                self.secrets.append(body["secret"])
                self.made.append(body["id"])
        return response

    def admin(self, method: str, path: str, **rest: Any) -> httpx.Response:
        return self.call(method, path, self.admin_key, **rest)

    def create(self, *scopes: str, name: str = "Made by a test") -> dict[str, Any]:
        body = {"name": name} | ({"scopes": list(scopes)} if scopes else {})
        response = self.admin("POST", "/api/keys", json=body)
        assert response.status_code == 201, response.text
        key: dict[str, Any] = response.json()
        return key

    def rotate(self, key_id: str) -> dict[str, Any]:
        response = self.admin("POST", f"/api/keys/{key_id}/rotate")
        assert response.status_code == 201, response.text
        key: dict[str, Any] = response.json()
        return key

    def change(self, key_id: str, **fields: Any) -> dict[str, Any]:
        response = self.admin("PATCH", f"/api/keys/{key_id}", json=fields)
        assert response.status_code == 200, response.text
        key: dict[str, Any] = response.json()
        return key

    def revoke(self, key_id: str) -> dict[str, Any]:
        response = self.admin("DELETE", f"/api/keys/{key_id}")
        assert response.status_code == 200, response.text
        key: dict[str, Any] = response.json()
        return key

    def status(self, key: str | None) -> int:
        """The answer to a call with the key."""
        return self.call("GET", "/api/runtime/capabilities", key).status_code


def eventually(check: Callable[[], bool]) -> bool:
    """Whether the check passes in the end: a list follows the keys within moments, not at once."""
    deadline = time.monotonic() + PATIENCE_S
    while not (held := check()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return held


def error(response: httpx.Response) -> str:
    """The text of an error answer, which has the one form that all errors have."""
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert list(body) == ["error"]
    assert isinstance(body["error"], str)
    assert body["error"]
    text: str = body["error"]
    return text
