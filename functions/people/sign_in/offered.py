"""GET /settings/session: list the ways to sign in, and say whether the browser has a session.

Owns what the page learns before anybody signs in. It reads no store: it sees whether there is a cookie, and
does not check it.
"""

from collections.abc import Mapping
from typing import Any, Literal

from apikeys.errors import NotFoundError
from authorizer.session import cookie
from operation import Input, Record
from operation.public import public_operation
from people.sign_in.environment import provider, takes_keys


class Offered(Input):
    """`door=provider` asks where the identity provider takes people, and as which client."""

    door: Literal["provider"] | None = None


@public_operation("offered_doors", Offered)
def handler(event: Mapping[str, Any], wanted: Offered) -> tuple[Record, Mapping[str, str]]:
    """Answer `doors` and `signed_in`, or the provider's `endpoint` and `client_id`."""
    identity_provider = provider()
    if wanted.door is None:
        doors = [*(["provider"] if identity_provider else []), *(["key"] if takes_keys() else [])]
        return {"doors": doors, "signed_in": cookie(event["multiValueHeaders"] or {}) is not None}, {}
    if identity_provider is None:
        raise NotFoundError("No identity provider is set up here.")
    return {**identity_provider.authorization()}, {}
