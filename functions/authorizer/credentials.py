"""The credentials that requests are signed with.

Owns where they come from, and when they are read again: from the environment, as Lambda sets it, or from the
container credentials endpoint, which Lambda uses for a function with SnapStart. Must never show a secret or a
token, not even in an exception.
https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html#snapstart-credentials
"""

from collections.abc import Mapping

# The endpoint has newer ones well before the old ones end; until then a failed renewal does no harm.
_RENEW_BEFORE_S = 300.0


class CredentialsError(Exception):
    """There are no credentials. The message is safe to log."""


class Credentials:
    """One set of credentials. `expires_at` is in seconds since the epoch; None where they name no end."""

    __slots__ = ("access_key_id", "expires_at", "secret_access_key", "session_token")

    def __init__(
        self,
        access_key_id: str,
        secret_access_key: str,
        session_token: str | None = None,
        expires_at: float | None = None,
    ) -> None:
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.session_token = session_token
        self.expires_at = expires_at

    def __repr__(self) -> str:
        return "<Credentials>"


class CredentialProvider:
    """Reads credentials when they are first needed, and again before they expire."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._credentials: Credentials | None = None

    def current(self, now: float) -> Credentials:
        """Credentials that are good at the time `now`. Raises CredentialsError."""
        known = self._credentials
        if known and (known.expires_at is None or now < known.expires_at - _RENEW_BEFORE_S):
            return known
        try:
            self._credentials = self._read()
        except CredentialsError:
            if not known or known.expires_at is None or now >= known.expires_at:
                raise
            return known
        return self._credentials

    def forget(self) -> None:
        """Read the credentials again when they are next needed: AWS has refused these."""
        self._credentials = None

    def _read(self) -> Credentials:
        environ = self._environ
        access_key_id, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
        if access_key_id and secret:
            return Credentials(access_key_id, secret, environ.get("AWS_SESSION_TOKEN") or None)
        # Only with SnapStart; an HTTP client of the standard library costs more to import than all the rest.
        from authorizer import container_credentials  # noqa: PLC0415

        return container_credentials.fetch(environ)
