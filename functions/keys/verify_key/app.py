"""POST /api/keys/verify: check a key for a service that is not behind a REST API.

Owns the public form of the verdict. The authorizer's own `Verifier` decides, with a consistent read for every
call; nothing is cached. The presented key must never be in a log, error or answer. If the key is good, this
counts as a use: RecordUsageFunction reads this function's log.
"""

import json
import os
import time
from functools import cache
from ipaddress import ip_address
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from apikeys.errors import InvalidInputError, StoreUnavailableError
from apikeys.scope import EVERYTHING
from authorizer.dynamodb import ItemReader, StoreError
from authorizer.verify import RefusedError, Verifier
from operation import Caller, Input, Record, operation
from operation.environment import key_store, secret_format
from operation.scopes import scope_table


def _address(text: str) -> str:
    try:
        ip_address(text)
    except ValueError:
        raise PydanticCustomError("address", "must be an IPv4 or IPv6 address") from None
    return text


class VerifyKey(Input):
    """A presented key; the scope that it needs, and the address that it comes from, where these matter."""

    key: str
    scope: str | None = None
    address: Annotated[str, AfterValidator(_address)] | None = None


@operation(VerifyKey, for_organization=False)
def handler(_caller: Caller, wanted: VerifyKey) -> Record:
    """Answer `valid`, and whose key it is or the `reason` why not."""
    if wanted.scope is not None and wanted.scope not in scope_table().routes:
        raise InvalidInputError("scope: no scope has this name. Add it with the parameter Scopes.")
    try:
        key_id, organization_id, scopes, _ = _verifier().verify(wanted.key, wanted.address)
    except RefusedError as refusal:
        known = {"key_id": refusal.key_id} if refusal.key_id else {}
        return {"valid": False, "reason": refusal.reason.replace(" ", "_"), **known}
    except StoreError as error:
        raise StoreUnavailableError("The key cannot be checked at the moment. Try again.") from error
    held = scopes.split()
    holds = wanted.scope is None or wanted.scope in held or EVERYTHING in held
    # As a call through the API would be: with 403 when the key is good and lacks the scope.
    _log_use(key_id, organization_id, "200" if holds else "403")
    if not holds:
        return {"valid": False, "reason": "missing_scope", "key_id": key_id}
    name = key_store().get(organization_id, key_id).name
    return {
        "valid": True,
        "key_id": key_id,
        "organization_id": organization_id,
        "name": name,
        "scopes": held,
    }


@cache
def _verifier() -> Verifier:
    environ = os.environ
    return Verifier(secret_format(), ItemReader(environ["KEY_TABLE"], environ))


def _log_use(key_id: str, organization_id: str, status: str) -> None:
    """One line with what RecordUsageFunction reads of a line of the access log."""
    milliseconds = str(int(time.time() * 1000))
    line = {"key_id": key_id, "organization_id": organization_id, "status": status, "time": milliseconds}
    print(json.dumps(line), flush=True)  # noqa: T201 - a function's log is what it prints
