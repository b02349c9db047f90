"""Usage plans over HTTP, on the test's own clock."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.integration.local.test_templates import KEY, Served, serve

Answer = tuple[int, Any, dict[str, str]]


class Clock:
    """Does not move until a test moves it."""

    def __init__(self) -> None:
        self.now = 1_795_694_400.0

    def __call__(self) -> float:
        return self.now


def run(endpoint: str, directory: Path, steps: Callable[[Served, Clock], Awaitable[None]]) -> None:
    async def within() -> None:
        clock = Clock()
        async with serve("usage_plans", endpoint, directory, now=clock) as served:
            assert served.lines == []
            await steps(served, clock)

    asyncio.run(within())


async def called(served: Served, value: str, times: int = 1) -> list[tuple[int, str]]:
    """The statuses and kinds of error of a number of calls by one key."""
    answers: list[Answer] = [await served.call("GET", "/keyed", {"x-caller": value}) for _ in range(times)]
    return [(status, headers.get("x-amzn-ErrorType", "")) for status, _, headers in answers]


async def manage(served: Served, call: str, **arguments: str) -> Any:
    """What a function that makes the call gets."""
    _, body, _ = await served.call("POST", "/keys", {}, json.dumps([call, arguments]).encode())
    return body


GOOD, NO_KEY = (200, ""), (403, "ForbiddenException")
THROTTLED, OVER_QUOTA = (429, "TooManyRequestsException"), (429, "LimitExceededException")


def test_a_key_gets_its_burst_then_its_rate_then_its_quota(dynamodb_endpoint: str, tmp_path: Path) -> None:
    async def steps(served: Served, clock: Clock) -> None:
        assert await called(served, KEY, 5) == [GOOD] * 3 + [THROTTLED] * 2
        clock.now += 1
        assert await called(served, KEY, 3) == [GOOD] * 2 + [THROTTLED]
        clock.now += 60
        assert await called(served, KEY, 1) == [OVER_QUOTA]
        assert (await served.call("GET", "/free"))[0] == 200
        clock.now += 86400
        assert await called(served, KEY, 1) == [GOOD]

    run(dynamodb_endpoint, tmp_path, steps)


def test_a_function_makes_a_key_and_moves_it_from_plan_to_plan(
    dynamodb_endpoint: str, tmp_path: Path
) -> None:
    async def steps(served: Served, _: Clock) -> None:
        value = "another-key-of-this-kind"
        key = (await manage(served, "create_api_key", value=value, name="acme"))["id"]
        assert await manage(served, "create_api_key", value=value) == "ConflictException"
        assert await called(served, value) == [NO_KEY]
        small = {"usagePlanId": "Small", "keyId": key}
        await manage(served, "create_usage_plan_key", keyType="API_KEY", **small)
        assert await called(served, value, 4) == [GOOD] * 3 + [THROTTLED]
        large = {"usagePlanId": "Large", "keyId": key}
        for where in (small, large):
            refused = await manage(served, "create_usage_plan_key", keyType="API_KEY", **where)
            assert refused == "ConflictException"
        assert await manage(served, "delete_usage_plan_key", **large) == "NotFoundException"
        await manage(served, "delete_usage_plan_key", **small)
        assert await called(served, value) == [NO_KEY]
        await manage(served, "create_usage_plan_key", keyType="API_KEY", **large)
        assert await called(served, value, 9) == [GOOD] * 9

    run(dynamodb_endpoint, tmp_path, steps)


def test_a_missing_plan_or_key_and_a_short_value_are_refused_as_on_aws(
    dynamodb_endpoint: str, tmp_path: Path
) -> None:
    async def steps(served: Served, _: Clock) -> None:
        absent = {"usagePlanId": "Absent", "keyId": "absent", "keyType": "API_KEY"}
        assert await manage(served, "create_usage_plan_key", **absent) == "NotFoundException"
        known = absent | {"usagePlanId": "Small"}
        assert await manage(served, "create_usage_plan_key", **known) == "NotFoundException"
        assert await manage(served, "create_api_key", value="short") == "BadRequestException"
        assert await manage(served, "get_api_keys") == "NotImitatedLocally"

    run(dynamodb_endpoint, tmp_path, steps)
