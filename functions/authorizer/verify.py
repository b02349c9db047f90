"""Whether a presented key is good. Nothing else decides this.

Owns the order of the checks: form, checksum, one consistent read, digest, revocation, pause, address.
Unexpected contents of the store are an error, never a verdict.
"""

from apikeys.organization import is_organization_id
from apikeys.secret import Secret, SecretFormat
from authorizer.address import allows
from authorizer.dynamodb import ItemReader, StoreError
from authorizer.session import person


class RefusedError(Exception):
    """The key is not good. `reason` is only for the log: every refusal looks the same from outside."""

    def __init__(self, reason: str, key_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.key_id = key_id


class Verifier:
    """Verifies the keys of one table."""

    def __init__(self, secrets: SecretFormat, reader: ItemReader) -> None:
        self._secrets = secrets
        self._reader = reader

    def verify(self, text: str | None, address: object) -> tuple[str, str, str, str | None]:
        """The key's id, its organization's id, its scopes, separated by spaces, and its usage key, if any.

        API Gateway finds the organization's usage plan by the usage key, which no caller knows. `address` is
        the caller's address, or None if it is not known.

        Raises RefusedError, or StoreError when the store gives no clear answer.
        """
        if text is None:
            raise RefusedError("no key")
        secret = self._secrets.parse(text)
        if secret is None:
            raise RefusedError("malformed")
        item = self._checked(secret, address)
        return item["id"], item["organization_id"], item["scopes"], item.get("usage_key")

    def verify_session(self, secret: Secret, address: object, now: float) -> dict[str, str]:
        """The same of a person's session, by name, with who signed in. `now` is in seconds since 1970."""
        item = self._checked(secret, address)
        try:
            who = person(item["person"], now)
        except (ValueError, TypeError, LookupError):
            raise StoreError("the session's item is broken") from None
        if who is None:
            raise RefusedError("expired", item["id"])
        return {
            "key_id": item["id"],
            "organization_id": item["organization_id"],
            "scopes": item["scopes"],
            **who,
        }

    def _checked(self, secret: Secret, address: object) -> dict[str, str]:
        key_id = secret.id
        item = self._reader.get("id", key_id)
        if item is None:
            raise RefusedError("unknown", key_id)
        try:
            matches, organization_id = secret.matches(item["digest"]), item["organization_id"]
        except (KeyError, ValueError):
            raise StoreError("the key's item is broken") from None
        if "scopes" not in item or not is_organization_id(organization_id):
            raise StoreError("the key's item is broken")
        if not matches:
            raise RefusedError("wrong secret", key_id)
        if "revoked_at" in item:
            raise RefusedError("revoked", key_id)
        if "disabled_at" in item:
            raise RefusedError("disabled", key_id)
        if "allowed_addresses" in item and not _allowed(item["allowed_addresses"], address):
            raise RefusedError("address", key_id)
        return item


def _allowed(networks: str, address: object) -> bool:
    try:
        return allows(networks, str(address))
    except ValueError:
        raise StoreError("the key's item is broken") from None
