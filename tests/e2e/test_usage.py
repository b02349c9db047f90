"""When a key was last used, and how often: from the access log to the answer."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.e2e.api import Api, error
from tests.e2e.conftest import local_gateway

# CloudWatch Logs delivers "usually in less than three minutes". The local gateway takes a tenth of a second,
# and as long as a busy machine needs.
PATIENCE_S = 180 if "API_URL" in os.environ else 120


def eventually(read: Callable[[], Any], wanted: Any) -> None:
    """Wait until `read` returns what is wanted."""
    deadline = time.monotonic() + PATIENCE_S
    while (found := read()) != wanted and time.monotonic() < deadline:
        time.sleep(0.02)
    assert found == wanted


def days(api: Api, key_id: str, query: str = "") -> list[dict[str, Any]]:
    response = api.admin("GET", f"/api/keys/{key_id}/usage{query}")
    assert response.status_code == 200, response.text
    body = response.json()
    assert body.keys() == {"key_id", "days"}
    assert body["key_id"] == key_id
    found: list[dict[str, Any]] = body["days"]
    return found


def total(api: Api, key_id: str) -> dict[str, int]:
    """The calls of two days, so that midnight makes no difference."""
    two = days(api, key_id, "?days=2")
    return {name: sum(day[name] for day in two) for name in two[0] if name != "date"}


def listed(api: Api, key_id: str) -> dict[str, Any]:
    """The key's record in the list."""
    path = "/api/keys?limit=100"
    while True:
        page = api.admin("GET", path).json()
        for key in page["keys"]:
            if key["id"] == key_id:
                found: dict[str, Any] = key
                return found
        assert page["next_cursor"], "the key is not in the list"
        path = f"/api/keys?limit=100&cursor={page['next_cursor']}"


def test_a_call_is_in_the_counts_and_in_last_used_at(api: Api) -> None:
    key = api.create()
    assert key["last_used_at"] is None
    for _ in range(3):
        assert api.status(key["secret"]) == 200
    assert api.call("GET", "/api/keys", key["secret"]).status_code == 403
    wanted = {"calls": 4, "succeeded": 3, "refused": 1, "client_errors": 0, "server_errors": 0}
    eventually(lambda: total(api, key["id"]), wanted)

    record = api.admin("GET", f"/api/keys/{key['id']}").json()
    used = record["last_used_at"]
    assert used > key["created_at"]
    assert record["last_used_from"]
    eventually(lambda: listed(api, key["id"])["last_used_at"], used)
    assert listed(api, key["id"])["last_used_from"] == record["last_used_from"]


def test_the_calls_of_a_key_and_its_replacements_add_up(api: Api) -> None:
    first = api.create()
    assert api.status(first["secret"]) == 200
    second = api.rotate(first["id"])
    for _ in range(2):
        assert api.status(second["secret"]) == 200
    third = api.rotate(second["id"])
    path = f"/api/keys/{third['id']}/usage?days=2"
    eventually(lambda: sum(day["calls"] for day in api.admin("GET", f"{path}&chain=true").json()["days"]), 3)
    body = api.admin("GET", f"{path}&chain=true").json()
    assert (body["key_id"], body["key_ids"]) == (third["id"], [third["id"], second["id"], first["id"]])
    assert "key_ids" not in api.admin("GET", f"{path}&chain=false").json()
    assert total(api, third["id"])["calls"] == 0


def test_every_keys_calls_are_in_the_organizations_usage_revoked_or_not(api: Api, other: Api) -> None:
    used, revoked = api.create(), api.create()
    for key in (used, revoked):
        assert api.status(key["secret"]) == 200
    api.revoke(revoked["id"])

    def of_all() -> dict[str, int]:
        found: dict[str, int] = {}
        query = {"days": "2", "limit": "40"}
        while True:
            page = api.admin("GET", "/api/usage", params=query).json()
            assert page.keys() == {"first", "last", "keys", "next_cursor"}
            found |= {key["key_id"]: key["calls"] for key in page["keys"]}
            if page["next_cursor"] is None:
                return {key_id: found[key_id] for key_id in (used["id"], revoked["id"]) if key_id in found}
            query["cursor"] = page["next_cursor"]

    eventually(of_all, {used["id"]: 1, revoked["id"]: 1})
    theirs = other.admin("GET", "/api/usage", params={"limit": "100"})
    assert used["id"] not in theirs.text
    assert other.admin("GET", "/api/usage", params={"cursor": used["id"]}).status_code == 400
    assert api.call("GET", "/api/usage", used["secret"]).status_code == 403


def seconds_until_recorded(api: Api) -> float:
    """From the answer to a new key's first call to its `last_used_at` and its count, as GET answers them.

    The functions that answer have started by then: only the call's way to the store is timed.
    """
    key = api.create()
    record = f"/api/keys/{key['id']}"
    assert api.admin("GET", record).json()["last_used_at"] is None
    assert total(api, key["id"])["calls"] == 0
    assert api.status(key["secret"]) == 200
    started = time.monotonic()
    while not api.admin("GET", record).json()["last_used_at"] or total(api, key["id"])["calls"] != 1:
        assert time.monotonic() - started < PATIENCE_S
        time.sleep(0.02)
    return time.monotonic() - started


@pytest.mark.usefixtures("local")
def test_a_call_is_recorded_soon(api: Api, record_property: Callable[[str, object], None]) -> None:
    record_property("seconds", f"{min(seconds_until_recorded(api) for _ in range(5)):.2f}")


@pytest.mark.usefixtures("local")
def test_the_first_call_after_the_start_is_recorded_soon(
    dynamodb_endpoint: str, record_property: Callable[[str, object], None]
) -> None:
    with (
        local_gateway(DYNAMODB_ENDPOINT=dynamodb_endpoint) as fresh,
        closing(fresh.api("org_fresh")) as api,
    ):
        record_property("seconds", f"{seconds_until_recorded(api):.2f}")


def test_a_refused_call_is_a_use_of_the_key(api: Api) -> None:
    key = api.create()
    api.call("GET", "/api/keys", key["secret"])
    eventually(
        lambda: api.admin("GET", f"/api/keys/{key['id']}").json()["last_used_at"] is None,
        wanted=False,
    )


def test_a_quiet_old_key_can_be_distinguished_from_its_replacement(api: Api) -> None:
    old = api.create()
    assert api.status(old["secret"]) == 200
    new = api.rotate(old["id"])
    eventually(lambda: total(api, old["id"])["calls"], 1)
    assert api.status(new["secret"]) == 200
    eventually(lambda: total(api, new["id"])["calls"], 1)
    assert total(api, old["id"])["calls"] == 1


def test_a_key_without_calls_has_thirty_days_of_zeros_oldest_first(api: Api) -> None:
    found = days(api, api.create()["id"])
    assert len(found) == 30
    assert [day["date"] for day in found] == sorted(day["date"] for day in found)
    assert not any(value for day in found for name, value in day.items() if name != "date")


@pytest.mark.parametrize("number", [1, 90])
def test_as_many_days_as_were_asked_for(api: Api, number: int) -> None:
    assert len(days(api, api.create()["id"], f"?days={number}")) == number


@pytest.mark.parametrize(
    "query",
    ["days=0", "days=91", "days=-1", "days=x", "days=1.5", "days=", "hours=1", "chain=yes", "chain="],
)
def test_400_for_an_invalid_number_of_days(api: Api, query: str) -> None:
    response = api.admin("GET", f"/api/keys/{api.create()['id']}/usage?{query}")
    assert response.status_code == 400
    assert error(response).startswith(query.partition("=")[0])


@pytest.mark.parametrize("key_id", ["key_000000000000", "nonsense"])
def test_404_for_a_key_that_does_not_exist(api: Api, key_id: str) -> None:
    response = api.admin("GET", f"/api/keys/{key_id}/usage")
    assert (response.status_code, error(response)) == (404, "There is no such key.")


def test_404_for_a_key_of_another_organization(api: Api, other: Api) -> None:
    response = other.admin("GET", f"/api/keys/{api.create()['id']}/usage")
    assert (response.status_code, error(response)) == (404, "There is no such key.")


def test_403_without_a_scope_for_keys(api: Api) -> None:
    key = api.create()
    assert api.call("GET", f"/api/keys/{key['id']}/usage", key["secret"]).status_code == 403


@pytest.fixture(scope="module")
def untracked(dynamodb_endpoint: str) -> Iterator[Api]:
    """An organization where no use is recorded."""
    with (
        local_gateway(["UsageTracking=false"], DYNAMODB_ENDPOINT=dynamodb_endpoint) as gateway,
        closing(gateway.api("org_untracked")) as api,
    ):
        yield api
    assert '"counted"' not in gateway.output


@pytest.mark.usefixtures("local")
def test_without_tracking_everything_else_works_and_there_is_no_usage(untracked: Api) -> None:
    key = untracked.create()
    assert untracked.status(key["secret"]) == 200
    for path in (f"/api/keys/{key['id']}/usage", "/api/usage"):
        response = untracked.admin("GET", path)
        assert (response.status_code, error(response)) == (404, "Not found")
    assert untracked.admin("GET", f"/api/keys/{key['id']}").json()["last_used_at"] is None


@pytest.mark.usefixtures("local")
def test_without_tracking_nobody_knows_which_keys_are_unused(untracked: Api) -> None:
    untracked.create()
    response = untracked.admin("GET", "/api/keys?unused_days=30")
    assert response.status_code == 200
    assert response.json() == {"keys": None, "next_cursor": None, "usage": "unknown"}
    response = untracked.admin("GET", "/api/keys?unused_days=30", headers=[("Accept", "text/csv")])
    assert response.status_code == 409
    assert "leave unused_days out" in error(response)
    assert untracked.admin("GET", "/api/keys").json()["keys"]
