"""Each function works under its own role's policy, and would not with one action less."""

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.e2e.api import Api
from tests.e2e.conftest import ROOT, Gateway, local_gateway
from tests.iam.enforcing_proxy import EnforcingProxy
from tests.iam.policies import Permission, Statement, needed, read_policies

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


#: Function → a call that needs all its permissions: its status with them, given a key that was just made.
CALLS: dict[str, Callable[[Api, str], int]] = {
    "AuthorizerFunction": lambda api, _: api.status(api.admin_key),
    "CreateKeyFunction": lambda api, _: api.admin("POST", "/api/keys", json={"name": "x"}).status_code,
    "ListKeysFunction": lambda api, _: api.admin("GET", "/api/keys").status_code,
    "GetKeyFunction": lambda api, key_id: api.admin("GET", f"/api/keys/{key_id}").status_code,
    "RotateKeyFunction": lambda api, key_id: api.admin("POST", f"/api/keys/{key_id}/rotate").status_code,
    "RevokeKeyFunction": lambda api, key_id: api.admin("DELETE", f"/api/keys/{key_id}").status_code,
}


@pytest.mark.parametrize("function", CALLS)
def test_a_function_works_under_its_own_policy_and_not_with_one_action_less(
    api: Api, proxy: EnforcingProxy, function: str
) -> None:
    call, own = CALLS[function], proxy.policies[function]
    actions = {action for statement in own for action in statement.actions}
    assert actions
    for action in actions:
        key_id = api.create()["id"]
        proxy.denied.clear()
        with proxy.under(function, *(statement.without(action) for statement in own)):
            assert call(api, key_id) == 503
        assert {(name, permission.action) for name, permission in proxy.denied} == {(function, action)}
        assert call(api, key_id) in {200, 201}


def test_every_function_that_may_do_anything_is_tried(proxy: EnforcingProxy) -> None:
    assert {name for name, statements in proxy.policies.items() if statements} == CALLS.keys()


@pytest.mark.parametrize("function", CALLS)
def test_a_policy_for_another_table_is_of_no_use(api: Api, proxy: EnforcingProxy, function: str) -> None:
    key_id = api.create()["id"]
    elsewhere = [
        statement._replace(resources=tuple(f"{arn}2" for arn in statement.resources))
        for statement in proxy.policies[function]
    ]
    with proxy.under(function, *elsewhere):
        assert CALLS[function](api, key_id) == 503
    assert CALLS[function](api, key_id) in {200, 201}


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
