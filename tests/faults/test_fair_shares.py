"""Usage plans: an organization over its share affects no other, and can still manage its keys.

On the clock of this machine, so a share is a burst that hardly fills again while a test runs, or so large
that no test comes near it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.e2e.api import Api, error
from tests.e2e.conftest import Gateway, local_gateway

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

RUNTIME, MCP = "/api/runtime/capabilities", "/api/mcp"
#: The default plan allows one call a second after its burst; the last has a quota of three calls.
BURST = 20
PLANS = f"free:1:{BURST},pro:5000:5000,tiny:5000:5000:3:MONTH"


@pytest.fixture(scope="module")
def gateway(dynamodb_endpoint: str) -> Iterator[Gateway]:
    with local_gateway([f"Plans={PLANS}"], DYNAMODB_ENDPOINT=dynamodb_endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def make(gateway: Gateway) -> Iterator[Callable[[str], Api]]:
    """An organization, whose first key gives it the default plan."""
    made = []

    def organization(name: str) -> Api:
        made.append(gateway.api(f"org_{name}"))
        return made[-1]

    yield organization
    for api in made:
        api.close()


def set_plan(gateway: Gateway, name: str, plan: str) -> int:
    """Move an organization. Returns how many of its keys changed."""
    answer, failed = gateway.invoke("SetPlanFunction", {"organization_id": f"org_{name}", "plan": plan})
    assert not failed, answer
    assert answer["plan"] == plan
    keys: int = answer["keys"]
    return keys


def usage_key(dynamodb: "DynamoDBClient", item_id: str) -> str | None:
    item = dynamodb.get_item(TableName="KeyTable", Key={"id": {"S": item_id}}).get("Item", {})
    return item["usage_key"]["S"] if "usage_key" in item else None


def forget_share(dynamodb: "DynamoDBClient", *key_ids: str) -> None:
    """Make keys as they were before there were plans."""
    for key_id in key_ids:
        dynamodb.update_item(
            TableName="KeyTable", Key={"id": {"S": key_id}}, UpdateExpression="REMOVE usage_key"
        )


def test_one_organization_ten_times_over_its_share_costs_the_other_no_call(
    make: Callable[[str], Api], record_property: Callable[[str, object], None]
) -> None:
    loud, quiet = make("loud"), make("quiet")
    keys = [loud.create("runtime")["secret"] for _ in range(3)]
    key = quiet.create("runtime")["secret"]
    with ThreadPoolExecutor(8) as clients:
        flood = [clients.submit(loud.status, keys[n % len(keys)]) for n in range(10 * BURST)]
        statuses = Counter(quiet.status(key) for _ in range(BURST))
        flooded = Counter(one.result() for one in flood)
    record_property("over its share", dict(flooded))
    record_property("within its share", dict(statuses))
    assert statuses == {200: BURST}
    assert flooded.keys() == {200, 429}
    assert BURST <= flooded[200] < 5 * BURST  # all keys of an organization have one share
    # An organization over its share can still see and revoke its keys.
    assert {loud.admin("GET", "/api/keys").status_code for _ in range(BURST)} == {200}
    made = loud.create("runtime")
    assert loud.revoke(made["id"])["revoked_at"]


def test_a_call_over_the_rate_or_the_quota_is_429_and_says_when_to_try_again(
    gateway: Gateway, make: Callable[[str], Api]
) -> None:
    api = make("over")
    key = api.create("runtime")["secret"]
    answers = [api.call("GET", RUNTIME, key) for _ in range(3 * BURST)]
    refused = next(one for one in answers if one.status_code == 429)
    assert (refused.headers["retry-after"], error(refused)) == (
        "1",
        "Too many calls. Wait a moment, then try again.",
    )
    set_plan(gateway, "over", "tiny")
    assert [api.status(key) for _ in range(3)] == [200] * 3
    refused = api.call("POST", MCP, key)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "3600")
    assert error(refused).startswith("Your organization has used up its calls for this period.")
    # Of a key that is not good, and of one that opens something else, nothing is counted.
    assert api.status("sk_live_copia_none") == 401
    assert api.call("GET", "/api/keys", key).status_code == 403
    set_plan(gateway, "over", "pro")
    assert [api.status(key) for _ in range(3 * BURST)] == [200] * 3 * BURST


def test_a_plan_that_lost_the_usage_key_is_503_and_never_blames_the_key(
    make: Callable[[str], Api], dynamodb: "DynamoDBClient"
) -> None:
    api = make("lost")
    made = api.create("runtime")
    dynamodb.update_item(
        TableName="KeyTable",
        Key={"id": {"S": made["id"]}},
        UpdateExpression="SET usage_key = :gone",
        ExpressionAttributeValues={":gone": {"S": "a-value-that-no-plan-has"}},
    )
    for method, path in (("GET", RUNTIME), ("POST", MCP)):
        refused = api.call(method, path, made["secret"])
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert error(refused) == "Your share of calls cannot be determined at the moment. Try again."
        assert "www-authenticate" not in refused.headers


def test_a_rotation_carries_the_share_over(make: Callable[[str], Api], dynamodb: "DynamoDBClient") -> None:
    api = make("rotating")
    old = api.create("runtime")
    new = api.rotate(old["id"])
    shared = usage_key(dynamodb, "organization:org_rotating")
    assert shared
    assert {usage_key(dynamodb, one["id"]) for one in (old, new)} == {shared}
    api.change(new["id"], name="Another name")
    assert usage_key(dynamodb, new["id"]) == shared


def test_keys_older_than_plans_work_without_bounds_until_their_organization_gets_one(
    gateway: Gateway, make: Callable[[str], Api], dynamodb: "DynamoDBClient"
) -> None:
    api = make("older")
    old, other, gone = (api.create("runtime") for _ in range(3))
    api.revoke(gone["id"])
    dynamodb.delete_item(TableName="KeyTable", Key={"id": {"S": "organization:org_older"}})
    forget_share(dynamodb, old["id"], other["id"], gone["id"])
    assert [api.status(old["secret"]) for _ in range(3 * BURST)] == [200] * 3 * BURST
    assert set_plan(gateway, "older", "free") == 3  # the admin's key among them
    statuses = Counter(api.status(one["secret"]) for one in (old, other) for _ in range(2 * BURST))
    assert statuses.keys() == {200, 429}
    assert usage_key(dynamodb, gone["id"]) is None


def test_a_usage_key_opens_nothing_and_is_shown_nowhere(
    gateway: Gateway, make: Callable[[str], Api], dynamodb: "DynamoDBClient"
) -> None:
    api = make("hidden")
    made = api.create("runtime")
    hidden = usage_key(dynamodb, made["id"]) or ""
    assert len(hidden) == 40
    for header in ("x-api-key", "Authorization"):
        refused = httpx.get(f"{gateway.url}{RUNTIME}", headers={header: hidden}, timeout=120)
        assert refused.status_code == 401
    api.call("GET", RUNTIME, made["secret"])
    shown = [
        api.admin("GET", path).text
        for path in ("/api/keys", f"/api/keys/{made['id']}", "/api/history", "/api/usage")
    ]
    moved, _ = gateway.invoke("SetPlanFunction", {"organization_id": "org_hidden", "plan": "pro"})
    assert all(hidden not in one for one in (*shown, json.dumps(made), json.dumps(moved), gateway.output))


def test_first_keys_of_an_organization_at_once_share_one_usage_key(
    gateway: Gateway, dynamodb: "DynamoDBClient"
) -> None:
    with ThreadPoolExecutor(4) as clients:
        keys = list(clients.map(lambda _: gateway.admin_key("org_at_once"), range(4)))
    ids = [f"key_{secret.removeprefix('sk_live_copia_')[:12]}" for secret in keys]
    shared = usage_key(dynamodb, "organization:org_at_once")
    assert shared
    assert {usage_key(dynamodb, one) for one in ids} == {shared}
    with closing(Api(gateway.url, keys[0], gateway.secrets)) as api:
        assert api.status(keys[0]) == 200
