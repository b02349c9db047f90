"""A key of no real organization, for tests that need one in the store."""

import os
import uuid

from apikeys.cookie import SESSIONS
from apikeys.keys.key import IAM, Change, Key
from apikeys.keys.store import KeyStore
from apikeys.secret import ENTROPY_BYTES
from apikeys.sessions.session import Session
from apikeys.sessions.store import SessionStore


def made_up(key_id: str = "", organization_id: str = "org_one") -> Key:
    """A key that no test has seen before, unless it names the id."""
    return Key(
        id=key_id or f"key_{uuid.uuid4().hex[:12]}",
        name="Made up",
        organization_id=organization_id,
        scopes=("runtime",),
        hint="sk_live_copia_abcd…wxyz",
        created_at="2026-11-24T09:00:00.000Z",
        created_by="iam",
    )


def revoke(store: KeyStore, organization_id: str, key_id: str, at: str) -> Key:
    """The key, revoked by an operator."""
    return store.change(organization_id, key_id, lambda key: key.revoked(Change(at, IAM)))


#: A digest that no secret has.
DIGEST = "sha256:" + "0" * 64


def sign_in(sessions: SessionStore, key: Key) -> None:
    """A person signs in with the key."""
    session = Session(
        organization_id=key.organization_id,
        organization_name="One",
        person_id="ada",
        person_name="Ada",
        role="member",
        opened_by=key.id,
        expires_at=2_000_000_000,
    )
    sessions.open(SESSIONS.new(os.urandom(ENTROPY_BYTES)), session, 1_800_000_000)
