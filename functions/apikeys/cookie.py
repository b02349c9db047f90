"""The cookie that carries a session; no script can read it.

Owns the cookie, the format of its secret, and the header that has to come with it. The authorizer imports
this module: built-ins only.
"""

from apikeys.secret import Secret, SecretFormat

#: The browser sends a cookie with this prefix only to this host, and only over TLS (or to the same machine).
#: https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
COOKIE = "__Host-session"

#: A change needs this header as well as the cookie. A page of another origin cannot send it without a
#: preflight, and no preflight is answered. https://fetch.spec.whatwg.org/#cors-preflight-fetch
HEADER = "x-settings-page"

#: The secrets of sessions. Their prefix is not a key's, and they are only in the cookie.
SESSIONS = SecretFormat("session_", "ses_")

_ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict"


def set_cookie(secret: Secret) -> str:
    """The value of `Set-Cookie` that opens a session. The browser forgets it when it closes."""
    return f"{COOKIE}={secret.reveal()}; {_ATTRIBUTES}"


def clear_cookie() -> str:
    """The value of `Set-Cookie` that lets the browser forget a session at once."""
    return f"{COOKIE}=; Max-Age=0; {_ATTRIBUTES}"
