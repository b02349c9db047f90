"""No operation in docs/openapi.yaml reaches another organization's data, or shows that it exists."""

import json
import re
from typing import Any, NamedTuple

import httpx
import pytest

from tests.e2e.api import Api, error
from tests.e2e.people import Browser
from tests.e2e.runtime import open_session
from tests.openapi.document import document

#: The key that examples of bodies name.
EXAMPLE = "key_ExampleKey01"


def sent(operation: dict[str, Any]) -> object:
    """The example of what is sent, if anything is."""
    return (
        operation["requestBody"]["content"]["application/json"]["example"]
        if "requestBody" in operation
        else None
    )


class Operation(NamedTuple):
    method: str
    path: str
    body: Any

    def call(
        self,
        caller: Api | Browser,
        things: dict[str, str],
        headers: dict[str, str] | None = None,
        **rest: Any,
    ) -> httpx.Response:
        body = json.loads(json.dumps(self.body).replace(EXAMPLE, things["key_id"]))
        path, rest = self.path.format_map(things), {"json": body, **rest}
        if isinstance(caller, Browser):
            return caller.call(self.method, path, headers, **rest)
        return caller.admin(self.method, path, headers=[*(headers or {}).items()], **rest)


def taking(scheme: str) -> dict[str, Operation]:
    """The operations that a key, or a session, may call."""
    return {
        operation["operationId"]: Operation(verb.upper(), path, sent(operation))
        for path, verbs in document["paths"].items()
        for verb, operation in verbs.items()
        if any(scheme in together for together in operation.get("security", document["security"]))
    }


operations, in_session = taking("bearer"), taking("session")
each = pytest.mark.parametrize("operation", operations.values(), ids=operations)
each_in_session = pytest.mark.parametrize("operation", in_session.values(), ids=in_session)
on_one_thing = {name: operation for name, operation in operations.items() if "{" in operation.path}

#: What would name an organization if the API used it.
FORGED = {"x-organization-id": "org_stranger", "x-amzn-request-context": '{"authorizer": {}}'}
#: Ids of the right form that nothing has.
NOTHING = {"key_id": "key_000000000000", "session_id": "session_" + "0" * 32}


@pytest.fixture(scope="module")
def theirs(other: Api) -> dict[str, str]:
    """What another organization has: a thing for every parameter of a path."""
    other.create()
    session = open_session(other, other.admin_key).rpartition("/")[2]
    return {"key_id": other.create()["id"], "session_id": session}


@pytest.mark.parametrize("operation", on_one_thing.values(), ids=on_one_thing)
def test_404_anything_of_another_organization_looks_like_it_does_not_exist(
    api: Api, other: Api, theirs: dict[str, str], operation: Operation
) -> None:
    before = everything(other, theirs)
    foreign, absent = operation.call(api, theirs), operation.call(api, NOTHING)
    assert foreign.status_code == absent.status_code == 404
    assert error(foreign) == error(absent)
    assert everything(other, theirs) == before


def everything(api: Api, things: dict[str, str]) -> list[Any]:
    """The keys and the session, but for the time of last use, which follows a call after a while."""
    query = {"limit": "10", "include_revoked": "true"}
    keys = api.admin("GET", "/api/keys", params=query).json()["keys"]
    session = api.admin("GET", f"/api/runtime/sessions/{things['session_id']}").json()
    return [session, *(key | {"last_used_at": None, "last_used_from": None} for key in keys)]


@each
def test_another_organizations_key_shows_nothing_of_ours(api: Api, other: Api, operation: Operation) -> None:
    api.create()
    own = {"key_id": other.create()["id"]}
    own["session_id"] = open_session(other, other.admin_key).rpartition("/")[2]
    ours = re.findall(r"key_\w{12}", api.admin("GET", "/api/keys", params={"limit": "10"}).text)
    response = operation.call(other, own)
    assert response.status_code < 300
    assert not [secret for secret in ("org_document", *ours) if secret in response.text]


@each
def test_a_caller_cannot_name_another_organization(
    api: Api, theirs: dict[str, str], operation: Operation
) -> None:
    own = {"key_id": api.create()["id"]}
    own["session_id"] = open_session(api, api.admin_key).rpartition("/")[2]
    for response in (
        operation.call(api, own, headers=FORGED),
        operation.call(api, own, params={"organization_id": "org_stranger"}),
        operation.call(api, own, json={"organization_id": "org_stranger"}),
    ):
        assert response.status_code < 500
        assert response.status_code >= 300 or "org_stranger" not in response.text
        assert not [thing for thing in theirs.values() if thing in response.text]


@each_in_session
def test_a_persons_call_reaches_and_shows_only_their_own_organization(
    person: Browser, other: Api, theirs: dict[str, str], operation: Operation
) -> None:
    before = everything(other, theirs)
    response = operation.call(person, theirs, headers=FORGED)
    names_theirs = "{" in operation.path or EXAMPLE in json.dumps(operation.body)
    assert response.status_code == 404 if names_theirs else response.status_code < 300
    if response.status_code == 404:
        again = operation.call(person, NOTHING)
        assert (again.status_code, error(again)) == (404, error(response))
    assert not [thing for thing in ("org_stranger", *theirs.values()) if thing in response.text]
    assert everything(other, theirs) == before


@each_in_session
def test_a_person_cannot_name_another_organization(
    person: Browser, api: Api, theirs: dict[str, str], operation: Operation
) -> None:
    own = {"key_id": api.create()["id"]}
    for rest in (
        {"params": {"organization_id": "org_stranger"}},
        {"json": {"organization_id": "org_stranger"}},
    ):
        response = operation.call(person, own, **rest)
        assert response.status_code < 500
        assert not [thing for thing in theirs.values() if thing in response.text]


@each_in_session
def test_a_session_that_sends_another_sessions_id_cannot_change_anything(
    person: Browser, stranger: Browser, api: Api, operation: Operation
) -> None:
    own = {"key_id": api.create()["id"]}
    meant = {"X-Settings-Page": stranger.session["id"]}
    assert operation.call(person, own, headers=meant).status_code == 401


@pytest.mark.usefixtures("theirs")
def test_400_a_cursor_of_another_organization_is_refused(api: Api, other: Api) -> None:
    cursor = other.admin("GET", "/api/keys", params={"limit": "1"}).json()["next_cursor"]
    assert cursor
    assert other.admin("GET", "/api/keys", params={"cursor": cursor}).status_code == 200
    assert api.admin("GET", "/api/keys", params={"cursor": cursor}).status_code == 400
