"""The data of the examples: one key, its life, and one person of its organization."""

from apikeys import scope
from apikeys.history.event import Event, Leak
from apikeys.keys.key import Key
from apikeys.sessions.session import Session
from apikeys.usage.call import CLASSES

KEY = Key(
    id="key_ExampleKey01",
    name="Invoice agent",
    organization_id="org_example",
    scopes=scope.DEFAULT,
    hint="sk_live_copia_Exam…bOPm",
    created_at="2026-11-24T09:30:00.000Z",
    created_by="key_ExampleAdm01",
)
RECORD = KEY.record()
DAY = {"date": "2026-11-24", "calls": 3} | dict.fromkeys(CLASSES, 1)
USAGE = {
    "first": "2026-10-26",
    "last": "2026-11-24",
    "keys": [
        {"key_id": KEY.id, "name": KEY.name} | {name: DAY[name] for name in ("calls", *CLASSES)},
    ],
    "next_cursor": None,
}
CREATED = RECORD | {
    "allowed_addresses": ["198.51.100.0/24"],
    "metadata": {"team": "billing"},
    "secret": "sk_live_copia_ExampleKey01…",
}
_NOW, _BY = "2026-11-25T09:30:00.000Z", "key_ExampleAdm01"
CHANGED = RECORD | {"description": "Sends invoices", "changed_at": _NOW, "changed_by": _BY}
REVOKED = RECORD | {
    "changed_at": _NOW,
    "changed_by": _BY,
    "revoked_at": _NOW,
    "revoked_by": _BY,
}
EVENT = Event(
    key_id=KEY.id,
    organization_id="org_example",
    type="changed",
    at=_NOW,
    by="user_42",
    by_name="Ada",
    address="203.0.113.7",
    request_id="Tn1jXGnxvHcFgQA=",
    changes={"disabled": {"from": False, "to": True}},
).record()
LEAKED = Event(
    key_id=KEY.id,
    organization_id="org_example",
    type="leaked",
    at=_NOW,
    by="iam",
    by_name=None,
    address=None,
    request_id="6f1e0b7c-0d5e-4a53-9a55-0f8f6a5b6f0e",
    changes={},
    leak=Leak(
        source="a customer's e-mail", url="https://example.com/notes.txt", found="active", state="disabled"
    ),
).record()
HISTORY = {"events": [LEAKED, EVENT], "next_cursor": None}
VERDICT = (
    {"valid": True}
    | {name: RECORD[name] for name in ("organization_id", "name", "scopes")}
    | {"key_id": KEY.id}
)
PERSON = Session(
    id="ses_ExampleSes01",
    organization_id="org_example",
    organization_name="Example",
    person_id="user_42",
    person_name="Ada",
    role="member",
    opened_by="ticket",
    expires_at=1795628400,
)
SESSION = PERSON.record()
