"""With usage plans: SetPlanFunction, and those that make keys, may do what they have to and nothing more."""

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import pytest

from apikeys.errors import UnavailableError
from apikeys.keys.item import ATTRIBUTES, LAST_WRITE
from apikeys.keys.store import KeyStore
from apikeys.plans.store import PlanStore
from local.template.template import Template
from local.wire.exchange import Request, Response
from operation import environment, share
from set_plan import app as set_plan
from tests.api_gateway import ControlPlane
from tests.conftest import ROOT
from tests.iam.enforcing_proxy import EnforcingProxy
from tests.iam.policies import Permission, Statement, read_policies
from tests.integration.as_function import BreakingWrites, as_function
from tests.keys import DIGEST, made_up
from tests.served import served

PLANS = {"Plans": "free:10:20,pro:100:200", "ImportedKeys": "true"}
PLACES = ("FirstPlan", "SecondPlan")
SET_PLAN = "set-plan-local"
MAKE_KEYS = ("CreateKeyFunction", "RotateKeyFunction", "RotateSecretFunction", "ImportKeysFunction")
TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/KeyTable"
API_GATEWAY = "arn:aws:apigateway:eu-central-1::"
INVOKE = f"arn:aws:lambda:eu-central-1:123456789012:function:{SET_PLAN}"


class Stack(NamedTuple):
    """A stack with plans: its roles, the proxy in front of the store, and API Gateway and Lambda together."""

    template: Template
    proxy: EnforcingProxy
    aws: ControlPlane
    store: PlanStore
    keys: KeyStore

    @contextmanager
    def running_as(self, function: str) -> Iterator[None]:
        """This process is the function, with the permissions of its role and no others."""

        def guard(request: Request) -> Response | None:
            is_invoke = request.path.startswith("/2015-03-31/functions/")
            wanted = (
                Permission("lambda:InvokeFunction", INVOKE)
                if is_invoke
                else Permission(f"apigateway:{request.method}", API_GATEWAY + request.path)
            )
            if not any(one.allows(wanted) for one in self.proxy.policies[function]):
                self.proxy.denied.append((function, wanted))
                return Response(403, [("x-amzn-ErrorType", "AccessDeniedException")], b"{}")
            return self.invoked(request) if is_invoke else None

        self.aws.guard = guard
        made = (environment.key_store, environment.plan_store, share._lambda, set_plan._api_gateway)  # noqa: SLF001
        proxied = {
            "AWS_ENDPOINT_URL_DYNAMODB": self.proxy.endpoint,
            "AWS_SESSION_TOKEN": function,
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_REGION": "eu-central-1",
        }
        with as_function(function, self.template, self.keys._client, BreakingWrites(), made, **proxied):  # noqa: SLF001
            yield

    def invoked(self, request: Request) -> Response:
        """SetPlanFunction's answer, and an organization's state after it."""
        organization_id = json.loads(request.body)["organization_id"]
        self.store.draw(organization_id, "a-value-of-twenty-letters")
        self.store.placed(organization_id, "free")
        return Response(200, [], b"{}")


@pytest.fixture(scope="module")
def stack(dynamodb: Any, dynamodb_endpoint: str) -> Iterator[Stack]:
    template = Template.load(ROOT / "template.yaml", PLANS)
    policies = read_policies(ROOT / "template.yaml", PLANS)
    with (
        closing(EnforcingProxy(dynamodb_endpoint, policies)) as proxy,
        served(aws := ControlPlane(*PLACES)),
    ):
        index = template.functions[SET_PLAN].environment["KEY_INDEX"]
        keys = KeyStore(dynamodb, "KeyTable", index)
        yield Stack(template, proxy, aws, PlanStore(dynamodb, "KeyTable"), keys)


@pytest.fixture
def organization(stack: Stack) -> str:
    stack.aws.empty()
    stack.proxy.denied.clear()
    organization_id = f"org_{uuid.uuid4().hex[:12]}"
    stack.keys.add(made_up(organization_id=organization_id), DIGEST)
    return organization_id


class Context:
    """What Lambda tells a function about its call."""

    function_name = SET_PLAN
    aws_request_id = "1"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        return 120_000


def move(organization: str) -> None:
    """A new organization is put into one plan, into the other, and back."""
    for plan in ("pro", "free", "pro"):
        set_plan.handler({"organization_id": organization, "plan": plan}, Context())  # type: ignore[arg-type]


def ask(organization: str) -> None:
    """A key is about to be made for a new organization."""
    assert share.usage_key(organization)


CALLS: dict[str, Callable[[str], None]] = {SET_PLAN: move, **dict.fromkeys(MAKE_KEYS, ask)}


def added() -> Iterator[tuple[str, str, str]]:
    """Function, action and resource of all that the roles have only for plans."""
    planned, plain = read_policies(ROOT / "template.yaml", PLANS), read_policies(ROOT / "template.yaml")
    for function in CALLS:
        for number, statement in enumerate(planned[function]):
            if statement not in plain.get(function, ()):
                for action in statement.actions:
                    for resource in statement.resources:
                        yield function, f"{action} {number}", resource


def lesser(statements: tuple[Statement, ...], number: int, resource: str) -> Iterator[Statement]:
    for place, one in enumerate(statements):
        kept = tuple(each for each in one.resources if each != resource)
        yield one._replace(resources=kept) if place == number else one


NEEDED = sorted(added())


@pytest.mark.parametrize(("function", "action", "resource"), NEEDED, ids=lambda text: text.rpartition(":")[2])
def test_a_function_needs_each_of_its_permissions(
    stack: Stack, organization: str, function: str, action: str, resource: str
) -> None:
    call, number = CALLS[function], int(action.rpartition(" ")[2])
    with stack.running_as(function):
        fewer = lesser(stack.proxy.policies[function], number, resource)
        with stack.proxy.under(function, *fewer), pytest.raises(UnavailableError):
            call(organization)
        assert {permission.action for _, permission in stack.proxy.denied} == {action.partition(" ")[0]}
        stack.proxy.denied.clear()
        call(organization)
    assert not stack.proxy.denied


def test_plans_add_exactly_these_permissions() -> None:
    # Wildcards stand where the ids of usage keys do, which are made later; nowhere else.
    assert {(function, action.partition(" ")[0], resource) for function, action, resource in NEEDED} == {
        *((one, "dynamodb:GetItem", TABLE) for one in MAKE_KEYS),
        *((one, "lambda:InvokeFunction", INVOKE) for one in MAKE_KEYS),
        (SET_PLAN, "dynamodb:GetItem", TABLE),
        (SET_PLAN, "dynamodb:UpdateItem", TABLE),
        (SET_PLAN, "dynamodb:Query", f"{TABLE}/index/organization_keys"),
        (SET_PLAN, "apigateway:POST", f"{API_GATEWAY}/apikeys"),
        *((SET_PLAN, "apigateway:POST", f"{API_GATEWAY}/usageplans/{one}/keys") for one in PLACES),
        *((SET_PLAN, "apigateway:DELETE", f"{API_GATEWAY}/usageplans/{one}/keys/*") for one in PLACES),
    }


def test_only_the_usage_key_of_a_key_may_be_written_and_nothing_read() -> None:
    statements = read_policies(ROOT / "template.yaml", PLANS)[SET_PLAN]

    def may(action: str, *attributes: str, key: str = "key_1", select: str | None = None) -> bool:
        wanted = Permission(f"dynamodb:{action}", TABLE, frozenset({"id", *attributes}), None, select, key)
        return any(one.allows(wanted) for one in statements)

    named = {*ATTRIBUTES, LAST_WRITE, "digest", "usage_key", "invented"}
    assert {one for one in named if may("UpdateItem", one)} == {"id", "usage_key"}
    for key in ("key_1", "ses_1", "tic_1", "roster:org"):
        assert not may("GetItem", key=key, select="ALL_ATTRIBUTES")
        assert not may("PutItem", key=key)
        assert not may("DeleteItem", key=key)


@pytest.mark.parametrize("function", MAKE_KEYS)
def test_functions_that_create_keys_may_read_shares_and_write_none(function: str) -> None:
    statements = read_policies(ROOT / "template.yaml", PLANS)[function]

    def may(action: str, key: str, *attributes: str) -> bool:
        wanted = Permission(
            f"dynamodb:{action}", TABLE, frozenset({"id", *attributes}), None, "ALL_ATTRIBUTES", key
        )
        return any(one.allows(wanted) for one in statements)

    assert may("GetItem", "organization:org")
    assert not may("GetItem", "key_1")
    assert not may("UpdateItem", "organization:org", "plan")
    assert not may("PutItem", "organization:org", "plan")
    assert not any(action.startswith("apigateway:") for one in statements for action in one.actions)


def test_nobody_but_set_plan_reaches_api_gateway_or_a_share() -> None:
    for function, statements in read_policies(ROOT / "template.yaml", PLANS).items():
        if function in {*CALLS, "LogsRoleFunction"}:
            continue
        for one in statements:
            assert not any(action.startswith(("apigateway:", "lambda:")) for action in one.actions), function
            assert "organization:*" not in (one.leading_keys or ()), function
