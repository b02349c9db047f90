"""What happened to keys, over HTTP."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.api import Api, error, eventually
from tests.e2e.conftest import Gateway
from tests.e2e.people import Browser, ticket


@pytest.fixture(scope="module")
def own(local: Gateway) -> Iterator[Api]:
    """An organization whose history no other test writes."""
    with closing(local.api("org_history")) as api:
        yield api


def events(api: Api, path: str, **query: str) -> list[dict[str, Any]]:
    response = api.admin("GET", path, params=query)
    assert response.status_code == 200, response.text
    body = response.json()
    assert body.keys() == {"events", "next_cursor"}
    found: list[dict[str, Any]] = body["events"]
    return found


def of_key(api: Api, key_id: str) -> list[dict[str, Any]]:
    return events(api, f"/api/keys/{key_id}/history", limit="100")


def shows(api: Api, key_id: str, *types: str) -> bool:
    """Whether the key's history becomes these events, oldest first."""
    return eventually(lambda: [event["type"] for event in of_key(api, key_id)] == [*reversed(types)])


def test_history_shows_who_did_what_to_a_key_when_and_from_where(own: Api) -> None:
    key = own.create(name="Before")
    changed = own.change(key["id"], name="After", metadata={"team": "private-value"})
    new = own.rotate(key["id"])
    revoked = own.revoke(key["id"])
    assert shows(own, key["id"], "created", "changed", "rotated", "revoked")
    told = of_key(own, key["id"])[::-1]
    assert [event["at"] for event in told] == [
        key["created_at"],
        changed["changed_at"],
        own.admin("GET", f"/api/keys/{new['id']}").json()["created_at"],
        revoked["revoked_at"],
    ]
    assert {event["by"] for event in told} == {key["created_by"]}
    assert told[1]["changes"] == {
        "name": {"from": "Before", "to": "After"},
        "metadata": {"from": [], "to": ["team"]},
    }
    assert told[2]["changes"] == {"replaced_by": {"from": None, "to": new["id"]}}
    for event in told:
        assert event["from"]
        assert event["request_id"]
        assert "private-value" not in str(event)
    assert len({event["request_id"] for event in told}) == 4
    assert shows(own, new["id"], "created")


def test_a_request_id_is_that_of_the_answer(own: Api) -> None:
    response = own.admin("POST", "/api/keys", json={"name": "x"})
    key_id = response.json()["id"]
    assert shows(own, key_id, "created")
    assert of_key(own, key_id)[0]["request_id"] == response.headers["x-amz-apigw-id"]


def test_only_the_first_use_is_in_the_history(own: Api) -> None:
    key = own.create()
    assert own.status(key["secret"]) == 200
    assert shows(own, key["id"], "created", "first_used")
    used = own.admin("GET", f"/api/keys/{key['id']}").json()["last_used_at"]
    assert of_key(own, key["id"])[0]["at"] == used


def test_history_shows_a_persons_name_and_a_person_may_read_it(local: Gateway, own: Api) -> None:
    with Browser(local.url) as browser:
        assert browser.sign_in(ticket=ticket(local, "org_history")).status_code == 201
        local.secrets.append(browser.secret)
        key = browser.call("POST", "/api/keys", json={"name": "By a person"}).json()
        own.secrets.append(key["secret"])
        assert shows(own, key["id"], "created")
        [event] = browser.call("GET", f"/api/keys/{key['id']}/history").json()["events"]
        assert (event["by"], event["by_name"]) == (key["created_by"], key["created_by_name"])
        assert event["by_name"]
        assert browser.call("GET", "/api/history").status_code == 200


def test_the_organizations_history_has_pages_and_a_beginning(own: Api) -> None:
    keys = [own.create()["id"] for _ in range(3)]
    assert eventually(
        lambda: set(keys) <= {event["key_id"] for event in events(own, "/api/history", limit="100")}
    )
    since = events(own, f"/api/keys/{keys[0]}/history")[0]["at"]
    paged: list[dict[str, Any]] = []
    query = {"since": since, "limit": "1"}
    while True:
        page = own.admin("GET", "/api/history", params=query).json()
        paged += page["events"]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert [event["key_id"] for event in paged if event["key_id"] in keys] == keys[::-1]
    assert min(event["at"] for event in paged) == since


@pytest.mark.parametrize(
    "query",
    [
        *(
            "since=",
            "since=yesterday",
            "since=2026-11-24",
            "since=2026-11-24T09:30:00",
            "limit=0",
            "limit=101",
        ),
        *("limit=x", "cursor=", "cursor=nonsense", "until=2026-11-24T09:30:00Z", "since=x&since=y"),
    ],
)
def test_400_for_an_invalid_query(api: Api, query: str) -> None:
    response = api.admin("GET", f"/api/history?{query}")
    assert response.status_code == 400
    assert error(response).startswith(query.partition("=")[0])


def test_404_for_the_history_of_a_key_of_another_organization(api: Api, other: Api) -> None:
    key = api.create()["id"]
    for key_id in (key, "key_000000000000", "nonsense"):
        response = other.admin("GET", f"/api/keys/{key_id}/history")
        assert (response.status_code, error(response)) == (404, "There is no such key.")


def test_400_a_cursor_of_another_organization_is_refused(own: Api, other: Api) -> None:
    key = own.create()["id"]
    assert shows(own, key, "created")
    cursor = of_key(own, key)[0]["id"]
    for path in ("/api/history", f"/api/keys/{other.create()['id']}/history"):
        assert other.admin("GET", path, params={"cursor": cursor}).status_code == 400
    assert own.admin("GET", "/api/history", params={"cursor": cursor}).status_code == 200


def test_403_without_a_scope_for_keys(api: Api) -> None:
    key = api.create()
    for path in ("/api/history", f"/api/keys/{key['id']}/history"):
        assert api.call("GET", path, key["secret"]).status_code == 403


def test_a_change_is_in_the_history_soon(own: Api, record_property: Callable[[str, object], None]) -> None:
    key = own.create()["id"]
    started = time.monotonic()
    assert shows(own, key, "created")
    record_property("seconds", f"{time.monotonic() - started:.2f}")
