"""This deployment's ways to sign in, from the function's environment.

Owns the reading of the environment, at the first call; nothing is read at import.
"""

import os
from functools import cache

from authorizer.dynamodb import ItemReader
from authorizer.verify import Verifier
from operation.environment import key_store, secret_format, session_store
from operation.scopes import scope_table
from people.sign_in.doors import Doors
from people.sign_in.keys import KeyDoor
from people.sign_in.provider import Provider, Settings


@cache
def provider() -> Provider | None:
    """The identity provider, if the deployment has one."""
    if not os.environ["OIDC_ISSUER"]:
        return None
    return Provider(
        Settings(
            issuer=os.environ["OIDC_ISSUER"],
            client_id=os.environ["OIDC_CLIENT_ID"],
            organization_claim=os.environ["OIDC_ORGANIZATION_CLAIM"],
            organization_name_claim=os.environ["OIDC_ORGANIZATION_NAME_CLAIM"],
            role_claim=os.environ["OIDC_ROLE_CLAIM"],
            admin_value=os.environ["OIDC_ADMIN_VALUE"],
        )
    )


def takes_keys() -> bool:
    """Whether a key opens the page."""
    return os.environ["SIGN_IN_WITH_KEY"] == "true"


@cache
def doors() -> Doors:
    """The doors, with their stores."""
    return Doors(
        session_store(),
        hours=int(os.environ["SESSION_HOURS"]),
        provider=provider(),
        keys=_keys() if takes_keys() else None,
    )


def _keys() -> KeyDoor:
    reader = ItemReader(os.environ["KEY_TABLE"], os.environ)
    return KeyDoor(Verifier(secret_format(), reader), key_store(), scope_table())
