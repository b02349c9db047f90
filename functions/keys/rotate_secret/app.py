"""One step of a rotation in AWS Secrets Manager, which calls this function for each of the four steps.

Owns the order of the steps, which allows each of them to be repeated. The new secret is stored in Secrets
Manager before its key is created, so no key is created whose secret is lost. The old key stays active as
AWSPREVIOUS; the key before it is revoked when no label points to it any more.
https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any, Literal

import botocore.session
from pydantic import ConfigDict, Field

from apikeys.dynamodb import log_no_answers
from apikeys.errors import ConflictError, InvalidInputError, NotFoundError
from apikeys.keys.key import IAM, Change, Key
from keys.rotate_secret.trial import check_works
from keys.rotate_secret.versions import CURRENT, PREVIOUS, Value, Versions
from operation import Caller, Input, Record, operation
from operation.aws import config
from operation.environment import key_store, new_secret, now, secret_format, session_store
from operation.share import usage_key


class RotateSecret(Input):
    """What Secrets Manager sends. Fields may be added."""

    model_config = ConfigDict(extra="ignore")

    secret_id: str = Field(alias="SecretId", min_length=1, max_length=2048)
    token: str = Field(alias="ClientRequestToken", pattern="^[0-9A-Za-z-]{32,64}$")
    step: Literal["createSecret", "setSecret", "testSecret", "finishSecret"] = Field(alias="Step")


@operation(RotateSecret, for_organization=False)
def handler(_caller: Caller, wanted: RotateSecret) -> Record:
    """Return the id of the new key, only for the log: Secrets Manager ignores the answer."""
    versions = Versions(_secrets_manager(), wanted.secret_id, secret_format())
    if wanted.step == "createSecret":
        if versions.at(wanted.token) is None:
            _create(versions, wanted.token)
        return {}
    new = versions.at(wanted.token)
    if new is None:
        raise ConflictError("This version of the secret has no value. Rotate the secret again.")
    _STEPS[wanted.step](versions, wanted.token, new)
    return {"id": new.secret.id}


def _create(versions: Versions, token: str) -> None:
    """Store a new secret, whose key is not made yet."""
    current = versions.labeled(CURRENT)
    if current is None:
        raise InvalidInputError("The secret has no value. Store a key in it first.")
    previous = None
    with suppress(InvalidInputError):  # what the secret held before it held a key
        previous = versions.labeled(PREVIOUS)
    retires = previous.secret.id if previous and previous.secret.id != current.secret.id else None
    _replaceable(current, retires)
    versions.add(token, Value(current.organization_id, new_secret(), retires, current.other))


def _set(versions: Versions, token: str, new: Value) -> None:
    """Make the new secret's key: the replacement of the current one."""
    with suppress(NotFoundError):
        _key_of(new)
        return
    current = versions.labeled(CURRENT)
    if current is None:
        raise InvalidInputError("The secret has no current value. Store a key in it first.")
    old = _replaceable(current, new.retires)
    key = old.replacement(_change(token), id=new.secret.id, hint=new.secret.hint)
    key_store().replace(old, key, new.secret.digest, usage_key(new.organization_id))


def _test(_versions: Versions, _token: str, new: Value) -> None:
    """Call the API with the new key, unless the addresses that it allows leave this function out."""
    if not _key_of(new).allowed_addresses:
        check_works(os.environ["ROTATION_TEST_URL"], new.secret)


def _finish(versions: Versions, token: str, new: Value) -> None:
    """Make the new version the current one, and revoke the key from two versions ago."""
    store, key = key_store(), _key_of(new)
    versions.make_current(token)
    if new.retires is None or key.replaces is None:
        return
    with suppress(NotFoundError):
        old = store.get(key.organization_id, key.replaces)
        retired = store.get(key.organization_id, new.retires)
        # Only related keys, so that someone who may write the secret's value cannot get any other key
        # revoked.
        is_kin = retired.id == old.replaces or retired.replaces == old.id
        if is_kin and retired.id != key.id:
            store.change(key.organization_id, retired.id, lambda one: one.revoked(_change(token)))
            session_store().end_all(key.organization_id, key_id=retired.id)


_STEPS: dict[str, Callable[[Versions, str, Value], None]] = {
    "setSecret": _set,
    "testSecret": _test,
    "finishSecret": _finish,
}


def _key_of(value: Value) -> Key:
    """The key whose secret the value contains. Raises NotFoundError, and ConflictError for a wrong secret.

    Without this check, someone who may write a secret's value could get any key replaced or revoked by its
    id.
    """
    key = key_store().get(value.organization_id, value.secret.id)
    key_store().check_digest(key.id, value.secret.digest)
    return key


def _replaceable(current: Value, retires: str | None) -> Key:
    """The current value's key. Raises ConflictError unless it may be replaced.

    A replacement that this rotation revokes at its end does not prevent it: there is one after somebody moved
    AWSCURRENT back by hand.
    """
    key = _key_of(current)
    follower = key_store().get(key.organization_id, key.replaced_by) if key.replaced_by else None
    key.check_rotation(None if follower and follower.id == retires else follower)
    if key.disabled:
        raise ConflictError(f"{key.id} is disabled, and so would be its replacement. Enable it first.")
    return key


def _change(token: str) -> Change:
    # In the history, the rotation's token takes the place of a call's request id.
    return Change(now(), IAM, request_id=token)


@cache
def _secrets_manager() -> Any:  # noqa: ANN401 - there are no types for it
    log_no_answers()
    return botocore.session.get_session().create_client("secretsmanager", config=config())
