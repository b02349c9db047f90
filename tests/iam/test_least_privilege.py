"""Each function works under its own role's policy, and would not with one action less."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import NamedTuple

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import ROOT, Gateway, local_gateway
from tests.e2e.runtime import SESSIONS, open_session
from tests.iam.enforcing_proxy import EnforcingProxy
from tests.iam.policies import Permission, Statement, needed, read_policies

CAPABILITIES = "/api/runtime/capabilities"
TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/KeyTable"


@pytest.fixture(scope="module")
def proxy(dynamodb_endpoint: str) -> Iterator[EnforcingProxy]:
    with closing(EnforcingProxy(dynamodb_endpoint, read_policies(ROOT / "template.yaml"))) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def gateway(proxy: EnforcingProxy) -> Iterator[Gateway]:
    with local_gateway(DYNAMODB_ENDPOINT=proxy.endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(Api(gateway.url, gateway.admin_key("org_iam"))) as api:
        yield api


class Things(NamedTuple):
    """What a call is tried on, by their paths."""

    key: str
    session: str


Call = Callable[[Api, Things], int]


def call(method: str, path: str, body: object = None) -> Call:
    """A call by the admin key: its status."""
    return lambda api, things: api.admin(method, path.format_map(things._asdict()), json=body).status_code


#: What a function may do → a call that cannot succeed without it.
CALLS: dict[tuple[str, str], Call] = {
    ("AuthorizerFunction", "dynamodb:GetItem"): call("GET", CAPABILITIES),
    ("CreateKeyFunction", "dynamodb:PutItem"): call("POST", "/api/keys", {"name": "x"}),
    ("ListKeysFunction", "dynamodb:Query"): call("GET", "/api/keys"),
    ("GetKeyFunction", "dynamodb:GetItem"): call("GET", "{key}"),
    ("RotateKeyFunction", "dynamodb:GetItem"): call("POST", "{key}/rotate"),
    ("RotateKeyFunction", "dynamodb:PutItem"): call("POST", "{key}/rotate"),
    ("RotateKeyFunction", "dynamodb:UpdateItem"): call("POST", "{key}/rotate"),
    ("RevokeKeyFunction", "dynamodb:UpdateItem"): call("DELETE", "{key}"),
    ("RuntimeFunction", "dynamodb:PutItem"): call("POST", SESSIONS),
    ("RuntimeFunction", "dynamodb:GetItem"): call("GET", "{session}"),
    ("RuntimeFunction", "dynamodb:DeleteItem"): call("DELETE", "{session}"),
}


@pytest.fixture
def things(api: Api) -> Things:
    return Things(f"/api/keys/{api.create()['id']}", open_session(api, api.admin_key))


@pytest.mark.parametrize(("function", "action"), CALLS)
def test_a_function_needs_each_of_its_permissions(
    api: Api, proxy: EnforcingProxy, things: Things, function: str, action: str
) -> None:
    own = proxy.policies[function]
    lesser = [statement.without(action) for statement in own]
    elsewhere = [
        statement._replace(resources=tuple(f"{arn}2" for arn in statement.resources)) for statement in own
    ]
    for statements in (lesser, elsewhere):
        proxy.denied.clear()
        with proxy.under(function, *statements):
            assert CALLS[function, action](api, things) == 503
        assert {name for name, _ in proxy.denied} == {function}
    assert CALLS[function, action](api, things) in {200, 201, 204}


def test_no_function_has_a_permission_that_is_not_tried(proxy: EnforcingProxy) -> None:
    assert CALLS.keys() == {
        (function, action)
        for function, statements in proxy.policies.items()
        for statement in statements
        for action in statement.actions
    }


def test_no_policy_has_a_wildcard(proxy: EnforcingProxy) -> None:
    for statements in proxy.policies.values():
        for statement in statements:
            assert not any("*" in text or "?" in text for text in statement.actions + statement.resources)


def test_a_transaction_needs_what_its_parts_need() -> None:
    request = {"TransactItems": [{"Put": {"TableName": "KeyTable"}}, {"Update": {"TableName": TABLE}}]}
    assert needed("TransactWriteItems", request) == [
        Permission("dynamodb:PutItem", TABLE),
        Permission("dynamodb:UpdateItem", TABLE),
    ]


def test_a_query_of_an_index_needs_the_index() -> None:
    request = {"TableName": "KeyTable", "IndexName": "by_organization"}
    assert needed("Query", request) == [Permission("dynamodb:Query", f"{TABLE}/index/by_organization")]


@pytest.mark.parametrize(
    ("permission", "is_allowed"),
    [
        (Permission("dynamodb:GetItem", TABLE), True),
        (Permission("dynamodb:getitem", TABLE), True),
        (Permission("dynamodb:PutItem", TABLE), False),
        (Permission("dynamodb:GetItem", f"{TABLE}/index/by_organization"), False),
        (Permission("dynamodb:GetItem", f"{TABLE}2"), False),
        (Permission("dynamodb:GetItem", TABLE.lower()), False),
    ],
)
def test_a_statement_allows_its_actions_on_its_resources_alone(
    permission: Permission, *, is_allowed: bool
) -> None:
    assert Statement(("dynamodb:GetItem",), (TABLE,)).allows(permission) == is_allowed


def test_wildcards_are_those_of_iam() -> None:
    assert Statement(("dynamodb:*Item",), ("*",)).allows(Permission("dynamodb:GetItem", TABLE))
    assert not Statement(("dynamodb:[G]etItem",), ("*",)).allows(Permission("dynamodb:GetItem", TABLE))
