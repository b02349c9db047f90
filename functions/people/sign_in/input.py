"""What a person signs in with: exactly one of a ticket, a key, and an identity provider's code."""

from typing import Annotated, Self

from pydantic import StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from operation.input.model import Input

_Presented = Annotated[str, StringConstraints(min_length=1, max_length=200)]
# https://datatracker.ietf.org/doc/html/rfc7636#section-4.1
_Verifier = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._~-]{43,128}$")]


class Code(Input):
    """What the identity provider sent the person back with, and what the page kept in the meantime."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=4096)]
    verifier: _Verifier
    nonce: _Verifier
    redirect_uri: Annotated[str, StringConstraints(pattern=r"^https?://[!-~]{1,500}$")]


class SignIn(Input):
    """One of the three."""

    ticket: _Presented | None = None
    key: _Presented | None = None
    provider: Code | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if [self.ticket, self.key, self.provider].count(None) != 2:  # noqa: PLR2004 - of three
            raise PydanticCustomError("sign_in", "send exactly one of ticket, key and provider")
        return self
