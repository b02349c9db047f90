"""A person, as described by your backend or by an identity provider.

Owns the form of a person's id. Both these ids and keys' ids appear in `created_by`, so the form excludes
keys' ids.
"""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

from apikeys.keys.key import IAM
from operation.input.fields import Name
from operation.input.model import Input


def _no_key(text: str) -> str:
    if text == IAM or text.startswith(("key_", "ses_")):
        raise PydanticCustomError(
            "person_id", 'must not be "iam", nor begin like the id of a key or a session'
        )
    return text


#: Printable ASCII, at most as long as OpenID Connect lets a subject be.
#: https://openid.net/specs/openid-connect-core-1_0.html#IDToken
PersonId = Annotated[str, StringConstraints(pattern=r"^[!-~]{1,255}$"), AfterValidator(_no_key)]


class Person(Input):
    """`id` is what the platform knows the person by; `name` is for people to read."""

    id: PersonId
    name: Name
