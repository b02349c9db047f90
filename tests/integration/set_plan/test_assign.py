"""An organization's share: always one usage key, in one plan, and no organization without one."""

import itertools
import json
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.config import Config

from apikeys.errors import UnavailableError
from apikeys.plans.store import PlanStore
from local.services.usage_plans import NotAdmittedError
from local.wire.exchange import Response
from set_plan.assign import Assigned, Assignment
from set_plan.gateway import GatewayKeys
from tests.api_gateway import ControlPlane
from tests.integration.as_function import BreakingWrites
from tests.served import served

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PLANS = {"free": "FirstPlan", "pro": "SecondPlan"}


class Account:
    """The account's API Gateway, the store, and who uses both; each write can break."""

    def __init__(self, plane: ControlPlane, endpoint: str) -> None:
        self.plane = plane
        self.writes = BreakingWrites("UpdateItem", "CreateApiKey", "CreateUsagePlanKey", "DeleteUsagePlanKey")
        session = botocore.session.Session()
        session.register("before-call", self.writes.before_call)
        session.register("after-call", self.writes.after_call)
        self._values = itertools.count()
        self._run = uuid.uuid4().hex
        self.clients: list[Any] = [
            session.create_client(
                service,
                region_name="eu-central-1",
                endpoint_url=url,
                aws_access_key_id="local",
                aws_secret_access_key="local",
                config=Config(retries={"total_max_attempts": 1}),
            )
            for service, url in (("dynamodb", endpoint), ("apigateway", plane.url))
        ]
        self.store = PlanStore(self.clients[0], "KeyTable")
        self.keys = GatewayKeys(self.clients[1], "stack")

    def assign(self, organization_id: str, plan: str | None = None, *, wait: bool = False) -> Assigned:
        sleep = time.sleep if wait else lambda _seconds: None
        return Assignment(self.store, self.keys, PLANS, self.draw, sleep).assign(organization_id, plan)

    def draw(self) -> str:
        return f"{self._run}{next(self._values):08}"

    def plan_of(self, usage_key: str) -> str:
        """The plan that API Gateway counts a call with this usage key in."""
        key = self.plane.keys.admit(self.plane.api, usage_key)
        return self.plane.keys._plan_of[key]  # noqa: SLF001 - what counts is where it counts

    def close(self) -> None:
        for client in self.clients:
            client.close()


@pytest.fixture(scope="module")
def an_account(dynamodb: "DynamoDBClient") -> Iterator[Account]:
    with served(plane := ControlPlane(*PLANS.values())):
        account = Account(plane, dynamodb.meta.endpoint_url)
        yield account
        account.close()


@pytest.fixture
def account(an_account: Account) -> Account:
    """The account, without any usage key."""
    an_account.plane.empty()
    return an_account


@pytest.fixture
def organization() -> str:
    return f"org_{uuid.uuid4().hex[:12]}"


def test_a_new_organization_gets_the_default_plan_and_keeps_its_usage_key(
    account: Account, organization: str
) -> None:
    first = account.assign(organization)
    assert first.plan == "free"
    assert account.plan_of(first.usage_key) == "FirstPlan"
    assert account.plane.calls == [("POST", "/apikeys"), ("POST", "/usageplans/FirstPlan/keys")]
    assert account.assign(organization) == first
    assert account.plane.count("POST", "/apikeys") == 1
    share = account.store.get(organization)
    assert share is not None
    assert (share.usage_key, share.plan) == (first.usage_key, "free")


def test_an_organization_is_moved_there_and_back_and_stays_without_a_plan_named(
    account: Account, organization: str
) -> None:
    usage_key = account.assign(organization).usage_key
    for wanted, plan, where in [
        ("pro", "pro", "SecondPlan"),
        (None, "pro", "SecondPlan"),
        ("pro", "pro", "SecondPlan"),
        ("free", "free", "FirstPlan"),
    ]:
        assert account.assign(organization, wanted) == Assigned(plan, usage_key)
        assert account.plan_of(usage_key) == where
    assert account.plane.count("POST", "/apikeys") == 1


def test_two_organizations_have_two_usage_keys(account: Account, organization: str) -> None:
    assert account.assign(organization).usage_key != account.assign(f"{organization}.2").usage_key


@pytest.mark.parametrize("slow", [None, "free"], ids=["a first key", "another move"])
@pytest.mark.parametrize("step", ["CreateApiKey", "CreateUsagePlanKey"])
def test_the_plan_that_was_asked_for_last_is_kept_whatever_another_call_does_meanwhile(
    account: Account, organization: str, step: str, slow: str | None
) -> None:
    overtaking = iter(["pro"])

    def overtake(**_: object) -> None:
        for plan in overtaking:
            assert account.assign(organization, plan).plan == plan

    events = account.clients[1].meta.events
    events.register(f"before-call.api-gateway.{step}", overtake)
    first = account.assign(organization, slow, wait=True)
    events.unregister(f"before-call.api-gateway.{step}", overtake)
    assert next(overtaking, None) is None
    if step == "CreateUsagePlanKey" or slow is None:  # else the first call asked last
        assert first.plan == "pro"
    assert account.plan_of(first.usage_key) == {"free": "FirstPlan", "pro": "SecondPlan"}[first.plan]


def test_first_keys_at_once_make_one_usage_key(account: Account, organization: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        assigned = list(threads.map(lambda _: account.assign(organization, wait=True), range(8)))
    assert len(set(assigned)) == 1
    made = account.plane.keys._made  # noqa: SLF001 - all that API Gateway has
    assert list(made.values()) == [assigned[0].usage_key]


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "before it is known"])
@pytest.mark.parametrize("number", range(5))
def test_a_crash_at_any_write_is_mended_by_the_next_call(
    account: Account, organization: str, number: int, *, after: bool
) -> None:
    account.writes.break_write(number, after=after)
    with pytest.raises(UnavailableError):
        account.assign(organization)
    account.writes.heal()
    assigned = account.assign(organization)
    assert account.plan_of(assigned.usage_key) == "FirstPlan"
    assert account.assign(organization) == assigned
    made, placed = account.plane.keys._made, account.plane.keys._plan_of  # noqa: SLF001
    assert len(placed) == 1
    assert len(made) <= 2  # the one whose id was lost is in no plan, so it opens nothing


@pytest.mark.parametrize("after", [False, True], ids=["before it is done", "before it is known"])
@pytest.mark.parametrize("number", range(5))
def test_an_interrupted_move_is_finished_by_repeating_it(
    account: Account, organization: str, number: int, *, after: bool
) -> None:
    usage_key = account.assign(organization).usage_key
    account.writes.break_write(number, after=after)
    with pytest.raises(UnavailableError):
        account.assign(organization, "pro")
    account.writes.heal()
    assert account.assign(organization, "pro") == Assigned("pro", usage_key)
    assert account.plan_of(usage_key) == "SecondPlan"


def test_a_plan_that_lost_the_key_gets_it_back(account: Account, organization: str) -> None:
    usage_key = account.assign(organization).usage_key
    share = account.store.get(organization)
    assert share is not None
    account.plane.keys.remove("FirstPlan", share.gateway_key_id or "")
    with pytest.raises(NotAdmittedError, match="INVALID_API_KEY"):
        account.plan_of(usage_key)
    assert account.assign(organization) == Assigned("free", usage_key)
    assert account.plan_of(usage_key) == "FirstPlan"


def test_a_usage_key_that_was_deleted_is_made_again_with_its_value(
    account: Account, organization: str
) -> None:
    usage_key = account.assign(organization, "pro").usage_key
    account.plane.keys._made.clear()  # noqa: SLF001 - as somebody does in the console
    account.plane.keys._plan_of.clear()  # noqa: SLF001
    assert account.assign(organization) == Assigned("pro", usage_key)
    assert account.plan_of(usage_key) == "SecondPlan"


def test_an_organization_whose_plan_no_longer_exists_gets_the_default(
    account: Account, organization: str
) -> None:
    usage_key = account.assign(organization).usage_key
    account.store.want(organization, "gone")
    account.store.placed(organization, "gone")
    assert account.assign(organization) == Assigned("free", usage_key)
    share = account.store.get(organization)
    assert share is not None
    assert share.wanted == share.plan == "free"  # though the plan that is gone may come back


@pytest.mark.parametrize(
    ("status", "kind", "said"),
    [
        (429, "TooManyRequestsException", "cannot set the plan at the moment"),
        (429, "LimitExceededException", "an account may have 10,000 in a Region"),
        (403, "AccessDeniedException", "cannot set the plan at the moment"),
        (500, "InternalFailure", "cannot set the plan at the moment"),
    ],
)
def test_a_refusal_by_api_gateway_is_unavailable_and_shows_no_usage_key(
    account: Account, organization: str, status: int, kind: str, said: str
) -> None:
    body = json.dumps({"message": "refused"}).encode()
    account.plane.guard = lambda _request: Response(status, [("x-amzn-ErrorType", kind)], body)
    with pytest.raises(UnavailableError, match=said) as raised:
        account.assign(organization)
    share = account.store.get(organization)
    assert share is not None
    assert share.usage_key not in f"{raised.value!r} {raised.value.__cause__!r}"
