"""A secret in AWS Secrets Manager that contains a key, and its versions.

Owns the form of the value, and the calls of Secrets Manager. A version's value cannot be changed, so storing
it a second time returns the first value. Must never put any part of a value into an error.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from apikeys.errors import ConflictError, InvalidInputError
from apikeys.organization import is_organization_id
from apikeys.secret import Secret, SecretFormat

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"

_NO_SUCH, _THERE_ALREADY = "ResourceNotFoundException", "ResourceExistsException"


@dataclass(frozen=True, slots=True)
class Value:
    """One version's value: a key's secret, its organization, and any other fields of its owner.

    `retires` is the id of the key that is revoked once this version is the current one.
    """

    organization_id: str
    secret: Secret
    retires: str | None = None
    other: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def text(self) -> str:
        """The value as Secrets Manager keeps it."""
        own = {
            "organization_id": self.organization_id,
            "key_id": self.secret.id,
            "secret": self.secret.reveal(),
            "retires": self.retires,
        }
        return json.dumps({**self.other, **own}, ensure_ascii=False)

    @classmethod
    def parse(cls, text: str, secrets: SecretFormat) -> "Value":
        """The value that `text` is. Raises InvalidInputError."""
        try:
            held = json.loads(text)
            secret = secrets.parse(held["secret"])
            organization_id, retires = held["organization_id"], held.get("retires")
            if secret is None or not is_organization_id(organization_id):
                raise ValueError  # noqa: TRY301 - told below, like every other mistake
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
            raise InvalidInputError(
                'The value in Secrets Manager must be JSON with "organization_id" and "secret", '
                "a secret of this deployment."
            ) from None
        return cls(organization_id, secret, retires if isinstance(retires, str) else None, held)


class Versions:
    """The versions of the secret `secret_id`. `client` is botocore's, of Secrets Manager."""

    def __init__(self, client: Any, secret_id: str, secrets: SecretFormat) -> None:  # noqa: ANN401 - botocore's
        self._client = client
        self._secret_id = secret_id
        self._secrets = secrets

    def labeled(self, label: str) -> Value | None:
        """The value of the version with the label, None where there is none.

        Raises InvalidInputError for a value of another form.
        """
        return self._value(VersionStage=label)

    def at(self, token: str) -> Value | None:
        """The value of the version `token`, or None if it has no value yet. Raises InvalidInputError."""
        return self._value(VersionId=token)

    def add(self, token: str, value: Value) -> None:
        """Store the value as the version `token`, labeled AWSPENDING, unless that version has a value."""
        try:
            self._client.put_secret_value(
                SecretId=self._secret_id,
                ClientRequestToken=token,
                SecretString=value.text(),
                VersionStages=[PENDING],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _THERE_ALREADY:
                raise

    def make_current(self, token: str) -> None:
        """Move AWSCURRENT to the version `token`. Secrets Manager moves AWSPREVIOUS to where it was.

        Raises ConflictError when no version has the label: then nobody knows which key is to be replaced.
        """
        stages = self._client.describe_secret(SecretId=self._secret_id).get("VersionIdsToStages", {})
        current = next((version for version, labels in stages.items() if CURRENT in labels), None)
        if current is None:
            raise ConflictError("No version of the secret is labeled AWSCURRENT. Store a key in it first.")
        if current != token:
            self._client.update_secret_version_stage(
                SecretId=self._secret_id,
                VersionStage=CURRENT,
                MoveToVersionId=token,
                RemoveFromVersionId=current,
            )

    def _value(self, **version: str) -> Value | None:
        try:
            answer = self._client.get_secret_value(SecretId=self._secret_id, **version)
        except ClientError as error:
            if error.response["Error"]["Code"] == _NO_SUCH:
                return None
            raise
        return Value.parse(answer.get("SecretString", ""), self._secrets)
