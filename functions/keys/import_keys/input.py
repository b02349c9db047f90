"""The fields of one key in an import.

Owns their form: the secret or its digest, the organization, and the fields that a creation takes too.
"""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from apikeys.errors import InvalidInputError
from apikeys.imported import LONGEST, NO_HINT, SHORTEST, imported, imported_id
from apikeys.organization import is_organization_id
from operation.input.new_key import NewKey


def _organization(text: str) -> str:
    if not is_organization_id(text):
        raise PydanticCustomError(
            "organization",
            "must be 1 to 64 letters, digits, dots, colons, dashes or underscores, a letter or digit first",
        )
    return text


def _secret(text: str) -> str:
    if imported(text) is None:
        raise PydanticCustomError(
            "secret",
            "must be {shortest} to {longest} printable ASCII characters without a space",
            {"shortest": SHORTEST, "longest": LONGEST},
        )
    return text


def _digest(text: str) -> str:
    digest = text.removeprefix("sha256:").lower()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise PydanticCustomError("digest", "must be the SHA-256 of the secret, as 64 hexadecimal digits")
    return f"sha256:{digest}"


#: Shorter than any secret, so that nobody shows one by mistake.
Hint = Annotated[str, StringConstraints(pattern=f"^[!-~…]{{1,{SHORTEST - 1}}}$")]


class ImportedKey(NewKey):
    """One key: its secret, or the digest of it where the secret is not known."""

    organization_id: Annotated[str, AfterValidator(_organization)]
    secret: Annotated[str, AfterValidator(_secret)] | None = Field(default=None, repr=False)
    digest: Annotated[str, AfterValidator(_digest)] | None = Field(default=None, repr=False)
    hint: Hint | None = None

    def identity(self) -> tuple[str, str, str]:
        """The id, the digest and the hint. Raises InvalidInputError unless there is a secret or a digest."""
        secret = imported(self.secret) if self.secret else None
        if (secret is None) == (self.digest is None):
            raise InvalidInputError("Send either secret or digest.")
        if secret is not None:
            return secret.id, secret.digest, self.hint or secret.hint
        return imported_id(self.digest or ""), self.digest or "", self.hint or NO_HINT
