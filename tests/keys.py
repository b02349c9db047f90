"""A key of nobody, for tests that need one in the store."""

import uuid

from apikeys.key import Key


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


#: A digest that no secret has.
DIGEST = "sha256:" + "0" * 64
