"""People on the settings page, as their browser calls the API: with a cookie, and never with a key."""

from typing import Any, Self

import httpx

from tests.e2e.api import TRUSTED
from tests.e2e.conftest import Gateway

COOKIE = "__Host-session"


class Browser:
    """One browser. It keeps the cookie that it is given, and says for which session each call is meant."""

    def __init__(self, url: str) -> None:
        # Kept by hand: httpx sends no Secure cookie over plain HTTP, as browsers do on loopback.
        self._http = httpx.Client(base_url=url, timeout=30, verify=TRUSTED)
        self.secret = ""
        self.session: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def sign_in(self, **presented: Any) -> httpx.Response:
        response = self.call(
            "POST", "/settings/session", headers={"X-Settings-Page": "sign-in"}, json=presented
        )
        if response.status_code == 201:
            name, _, rest = response.headers["set-cookie"].partition("=")
            assert name == COOKIE
            self.secret = rest.partition(";")[0]
            self.session = response.json()
        return response

    def call(
        self, method: str, path: str, headers: dict[str, str] | None = None, **rest: Any
    ) -> httpx.Response:
        cookie = f"{COOKIE}={self.secret}" if self.secret else ""
        sent = {"Cookie": cookie, "X-Settings-Page": self.session.get("id", "")}
        sent = {name: value for name, value in (sent | (headers or {})).items() if value}
        return self._http.request(method, path, headers=sent, **rest)

    def status(self) -> int:
        """The answer to a call about the session."""
        return self.call("GET", "/api/keys/session").status_code


def ticket(
    gateway: Gateway, organization: str, person: str = "ada", role: str = "member", minutes: int = 5
) -> str:
    """The ticket in the link that the platform's own backend would send a person to."""
    answer, failed = gateway.invoke(
        "CreateTicketFunction",
        {
            "organization_id": organization,
            "organization_name": "Acme",
            "person": {"id": person, "name": person.title()},
            "role": role,
            "minutes": minutes,
        },
    )
    assert not failed, answer
    page, _, text = str(answer["url"]).partition("#ticket=")
    assert page == f"{gateway.url}/settings/api"
    gateway.secrets.append(text)
    return text
