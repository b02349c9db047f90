"""The session of a person on the settings page, which is used if a call presents no key.

Owns when its cookie counts: only for the management of keys, never together with a key, and for a change only
if the page says which session it means. A page of another origin cannot say that, and an old tab cannot act
in a session that another tab opened later.
"""

import json
from collections.abc import Mapping, Sequence

from apikeys.cookie import COOKIE, HEADER, SESSIONS
from apikeys.secret import Secret

_PLACES = frozenset(["/api/keys", "/api/history", "/api/usage"])
_BELOW = "/api/keys/"
_READS = {"GET", "HEAD"}
_KEY_HEADERS = {"authorization", "x-api-key"}


def cookie(headers: Mapping[str, Sequence[str]]) -> Secret | None:
    """The secret of the session whose cookie a browser sent; None when there is none, or more than one."""
    values = [value for name, values in headers.items() if name.lower() == "cookie" for value in values]
    pairs = [pair.strip(" \t").partition("=") for value in values for pair in value.split(";")]
    found = {text for name, _, text in pairs if name == COOKIE}
    return SESSIONS.parse(found.pop()) if len(found) == 1 else None


def presented_session(headers: Mapping[str, Sequence[str]], verb: str, path: str) -> Secret | None:
    """The session that a call presents, or None where it presents a key, or no session that counts."""
    if path not in _PLACES and not path.startswith(_BELOW):
        return None
    named = {name.lower() for name in headers}
    if not named.isdisjoint(_KEY_HEADERS):
        return None
    secret = cookie(headers)
    if secret is None or (HEADER not in named and verb in _READS):
        return secret
    meant = {value for name, values in headers.items() if name.lower() == HEADER for value in values}
    return secret if meant == {secret.id} else None


def person(session: str, now: float) -> dict[str, str] | None:
    """Who is signed in, as a stored `session` says; None when its time is up.

    Raises ValueError, TypeError or LookupError if it is not a session: the store is then broken.
    """
    stored = json.loads(session)
    if now >= stored["expires_at"]:
        return None
    return {name: str(value) for name, value in stored.items()}
