"""Each function works with its own role's policy, and fails with one action less."""

import base64
import gzip
import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from apikeys.errors import UnavailableError
from apikeys.keys.item import ATTRIBUTES, LAST_WRITE, item_of
from apikeys.sessions.limits import OPEN_PER_PERSON
from apikeys.sessions.store import SessionStore
from backend.sessions import SLOTS
from local.template.template import Template
from tests.e2e.api import Api
from tests.e2e.conftest import ROOT, Gateway, local_gateway
from tests.e2e.people import Browser, ticket
from tests.e2e.runtime import SESSIONS, open_session
from tests.iam.enforcing_proxy import EnforcingProxy
from tests.iam.policies import Permission, Statement, needed, read_policies
from tests.keys import made_up
from tests.leak_reports import GitHub, github, report
from tests.secret_rotation import STEPS, rotating
from tests.written import written

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CAPABILITIES = "/api/runtime/capabilities"
#: The attribute that says until when an item is kept.
EXPIRY = "expires_at"
_TEN_YEARS_S = 10 * 365 * 24 * 60 * 60
_WRITING = {"PutItem", "UpdateItem"}
TABLE = "arn:aws:dynamodb:eu-central-1:123456789012:table/KeyTable"


@pytest.fixture(scope="module")
def proxy(dynamodb_endpoint: str) -> Iterator[EnforcingProxy]:
    with closing(EnforcingProxy(dynamodb_endpoint, read_policies(ROOT / "template.yaml"))) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def hub() -> Iterator[GitHub]:
    with github() as fake:
        yield fake


@pytest.fixture(scope="module")
def gateway(proxy: EnforcingProxy, hub: GitHub) -> Iterator[Gateway]:
    parameters = ["ImportedKeys=true", f"GithubKeysUrl={hub.url}"]
    with local_gateway(parameters, DYNAMODB_ENDPOINT=proxy.endpoint) as running:
        yield running


@pytest.fixture(scope="module")
def api(gateway: Gateway) -> Iterator[Api]:
    with closing(gateway.api("org_iam")) as api:
        yield api


class Things(NamedTuple):
    """What a call is tried on: ids, the paths of a key and a session, the store, and its guarded endpoint."""

    key_id: str
    key: str
    session: str
    store: "DynamoDBClient"
    guarded: str
    hub: GitHub


Call = Callable[[Gateway, Api, Things], int]


def call(method: str, path: str, body: object = None) -> Call:
    """A call by the admin key: its status."""
    return lambda _, api, things: api.admin(method, path.format_map(things._asdict()), json=body).status_code


def deliver(gateway: Gateway, _: Api, __: Things) -> int:
    """A delivery of the access log with calls that nobody has counted yet: 200, or 503 if it fails.

    The last use of a key is written once a minute, so they are of a key that nobody used.
    """
    now = int(time.time() * 1000)
    line = {
        "key_id": f"key_{uuid.uuid4().hex[:12]}",
        "organization_id": "org_iam",
        "status": "200",
        "time": str(now),
    }
    batch = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "AccessLogs",
        "logStream": uuid.uuid4().hex,
        "subscriptionFilters": ["AccessLog"],
        # This many calls of one key at once are stored in a slot.
        "logEvents": [
            {"id": f"{uuid.uuid4().int:056}", "timestamp": now, "message": json.dumps(line)}
            for _ in range(21)
        ],
    }
    packed = base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()
    _, failed = gateway.invoke("RecordUsageFunction", {"awslogs": {"data": packed}})
    return 503 if failed else 200


def record(gateway: Gateway, _: Api, things: Things) -> int:
    """A delivery of the key table's stream with a creation: 200, or 503 if it fails."""
    created = item_of(made_up(things.key_id, "org_iam"))
    change = {"Keys": {"id": created["id"]}, "NewImage": created, "SequenceNumber": "1"}
    answer, failed = gateway.invoke("RecordHistoryFunction", {"Records": [{"dynamodb": change}]})
    return 503 if failed or answer["batchItemFailures"] else 200


def read_on(path: str) -> Call:
    """A history is read on from one of the key's events."""

    def attempt(gateway: Gateway, api: Api, things: Things) -> int:
        assert record(gateway, api, things) == 200
        cursor = f"{made_up().created_at}.{things.key_id}.created"
        return call("GET", f"{path}?cursor={cursor}")(gateway, api, things)

    return attempt


def give_ticket(gateway: Gateway, _: Api, __: Things) -> int:
    """A link for a person: 200, or 503 if it fails."""
    try:
        ticket(gateway, "org_iam")
    except AssertionError:
        return 503
    return 200


def give_one_ticket_too_many(gateway: Gateway, _api: Api, _things: Things) -> int:
    """A person who has as many tickets as can be open gets another, for which the first one ends."""
    try:
        for _ in range(OPEN_PER_PERSON + 1):
            ticket(gateway, "org_iam", "dan")
    except AssertionError:
        return 503
    return 200


def sign_in(gateway: Gateway, _: Api, __: Things) -> int:
    """A person signs in with a ticket."""
    with Browser(gateway.url) as browser:
        status = browser.sign_in(ticket=ticket(gateway, "org_iam")).status_code
        gateway.secrets.append(browser.secret or "-" * 60)
        return status


def sign_in_with_key(gateway: Gateway, api: Api, _: Things) -> int:
    """A person signs in with a key."""
    with Browser(gateway.url) as browser:
        status = browser.sign_in(key=api.admin_key).status_code
        gateway.secrets.append(browser.secret or "-" * 60)
        return status


def sign_out(gateway: Gateway, _: Api, __: Things) -> int:
    """A person signs out."""
    with Browser(gateway.url) as browser:
        assert browser.sign_in(ticket=ticket(gateway, "org_iam")).status_code == 201
        gateway.secrets.append(browser.secret)
        return browser.call("DELETE", "/api/keys/session").status_code


def end_sessions(gateway: Gateway, _: Api, __: Things) -> int:
    """An operator ends a person's sessions: 200, or 503 if it fails."""
    ticket(gateway, "org_iam", "eve")
    event = {"organization_id": "org_iam", "person_id": "eve"}
    return 503 if gateway.invoke("EndSessionsFunction", event)[1] else 200


def key_with_session(gateway: Gateway, api: Api) -> dict[str, Any]:
    """A key with which somebody signed in."""
    key = api.create("keys")
    with Browser(gateway.url) as browser:
        assert browser.sign_in(key=key["secret"]).status_code == 201
        gateway.secrets.append(browser.secret)
    return key


def revoke_with_session(gateway: Gateway, api: Api, _: Things) -> int:
    """A key with which somebody signed in is revoked."""
    key = key_with_session(gateway, api)
    return api.admin("DELETE", f"/api/keys/{key['id']}").status_code


def import_again(gateway: Gateway, _: Api, __: Things) -> int:
    """A key is imported, and the same once more: 200, or 503 if it fails."""
    key = {"organization_id": "org_iam", "name": "Legacy", "secret": f"legacy-{uuid.uuid4().hex}"}
    gateway.secrets.append(key["secret"])
    failed = [gateway.invoke("ImportKeysFunction", {"keys": [key]})[1] for _ in range(2)]
    return 503 if any(failed) else 200


def find(_: Gateway, api: Api, things: Things) -> int:
    """The key is looked for in a text."""
    return api.admin("POST", "/api/keys/find", json={"text": things.key_id}).status_code


def pause_with_session(gateway: Gateway, api: Api, _: Things) -> int:
    """A key with which somebody signed in is disabled."""
    key = key_with_session(gateway, api)
    return api.admin("PATCH", f"/api/keys/{key['id']}", json={"disabled": True}).status_code


def verify(gateway: Gateway, api: Api, _: Things) -> int:
    """A key is verified by direct invocation: 200, or 503 if it fails."""
    return 503 if gateway.invoke("VerifyKeyFunction", {"key": api.admin_key})[1] else 200


def open_one_more_session(_: Gateway, api: Api, things: Things) -> int:
    """A session is opened when all slots but one are taken: 201, or 503 if it fails."""
    keys = [{"organization_id": {"S": "org_iam"}, "id": {"S": f"session_{n:02x}"}} for n in range(1, SLOTS)]
    ends = {"expires_at": {"N": str(int(time.time()) + 3600)}}
    for key in keys:
        things.store.put_item(TableName="SessionTable", Item={**key, **ends})
    # In one of 256 cases, the first finds the free slot at once. Then there is none for the second.
    statuses = {api.admin("POST", SESSIONS).status_code for _ in range(2)}
    for key in keys:
        things.store.delete_item(TableName="SessionTable", Key=key)
    return 503 if 503 in statuses else 201


def rotate_twice(_gateway: Gateway, _api: Api, things: Things) -> int:
    """Secrets Manager rotates a key with which somebody signed in, until it is revoked: 200, or 503."""
    name = "RotateSecretFunction"
    reached = {"AWS_ENDPOINT_URL_DYNAMODB": things.guarded, "AWS_SESSION_TOKEN": name}
    with rotating(template(), things.store, **reached) as new_rotation:
        rotation = new_rotation()
        rotation.put(**rotation.made_key())
        rotation.sign_in(SessionStore(things.store, "KeyTable"))
        for _ in range(2):
            token = str(uuid.uuid4())
            for step in STEPS:
                try:
                    rotation.step(token, step)
                except UnavailableError:
                    return 503
    return 200


@cache
def template() -> Template:
    return Template.load(ROOT / "template.yaml", {})


def report_leak(gateway: Gateway, api: Api, _: Things) -> int:
    """Somebody signed in with a key, and its secret leaked: 200, or 503 if it fails."""
    key = key_with_session(gateway, api)
    event = {"text": key["secret"], "source": "a test"}
    return 503 if gateway.invoke("ReportLeakFunction", event)[1] else 200


def report_github_leak(gateway: Gateway, api: Api, things: Things) -> int:
    """Somebody signed in with a key, and GitHub found its secret."""
    key = key_with_session(gateway, api)
    body = report(key["secret"])
    return things.hub.post(f"{gateway.url}/leaks/github", body, things.hub.headers(body))[0]


def revoke_all(gateway: Gateway, api: Api, _: Things) -> int:
    """Somebody signed in with a key. All keys that it made are revoked: 200, or 503 if it fails."""
    maker = api.create("keys")
    made = api.call("POST", "/api/keys", maker["secret"], json={"name": "x"}).json()
    api.secrets.append(made["secret"])
    with Browser(gateway.url) as browser:
        assert browser.sign_in(key=maker["secret"]).status_code == 201
        gateway.secrets.append(browser.secret)
    event = {"organization_id": "org_iam", "created_by": maker["id"], "dry_run": False}
    return 503 if gateway.invoke("RevokeAllFunction", event)[1] else 200


def go_on_revoking(gateway: Gateway, _: Api, things: Things) -> int:
    """The next call goes on where one left off: 200, or 503 if it fails."""
    event = {"organization_id": "org_iam", "cursor": things.key_id}
    return 503 if gateway.invoke("RevokeAllFunction", event)[1] else 200


#: The functions that check a presented key, and so read its digest.
CHECK_KEYS = {
    "GithubLeakFunction",
    "ReportLeakFunction",
    "AuthorizerFunction",
    "SignInFunction",
    "VerifyKeyFunction",
}

#: What a function may do, and in which table → a call that cannot succeed without it.
CALLS: dict[tuple[str, str, str], Call] = {
    ("AuthorizerFunction", "GetItem", "KeyTable"): call("GET", CAPABILITIES),
    ("CreateKeyFunction", "PutItem", "KeyTable"): call("POST", "/api/keys", {"name": "x"}),
    ("ImportKeysFunction", "PutItem", "KeyTable"): import_again,
    ("ImportKeysFunction", "GetItem", "KeyTable"): import_again,
    ("ImportKeysFunction", "ConditionCheckItem", "KeyTable"): import_again,
    ("ListKeysFunction", "Query", "KeyTable"): call("GET", "/api/keys"),
    ("ListKeysFunction", "GetItem", "KeyTable"): call("GET", "/api/keys?cursor={key_id}"),
    ("GetKeyFunction", "GetItem", "KeyTable"): call("GET", "{key}"),
    ("RotateKeyFunction", "GetItem", "KeyTable"): call("POST", "{key}/rotate"),
    ("RotateKeyFunction", "PutItem", "KeyTable"): call("POST", "{key}/rotate"),
    ("RotateKeyFunction", "UpdateItem", "KeyTable"): call("POST", "{key}/rotate"),
    ("FindKeyFunction", "GetItem", "KeyTable"): find,
    ("UpdateKeyFunction", "GetItem", "KeyTable"): call("PATCH", "{key}", {"name": "y"}),
    ("UpdateKeyFunction", "UpdateItem", "KeyTable"): call("PATCH", "{key}", {"name": "y"}),
    ("UpdateKeyFunction", "DeleteItem", "KeyTable"): pause_with_session,
    ("RevokeKeyFunction", "GetItem", "KeyTable"): call("DELETE", "{key}"),
    ("RevokeKeyFunction", "UpdateItem", "KeyTable"): call("DELETE", "{key}"),
    ("RevokeKeyFunction", "DeleteItem", "KeyTable"): revoke_with_session,
    ("VerifyKeyFunction", "GetItem", "KeyTable"): verify,
    ("CreateTicketFunction", "PutItem", "KeyTable"): give_ticket,
    ("CreateTicketFunction", "GetItem", "KeyTable"): give_ticket,
    ("CreateTicketFunction", "UpdateItem", "KeyTable"): give_ticket,
    ("CreateTicketFunction", "DeleteItem", "KeyTable"): give_one_ticket_too_many,
    ("SignInFunction", "GetItem", "KeyTable"): sign_in,
    ("SignInFunction", "PutItem", "KeyTable"): sign_in,
    ("SignInFunction", "DeleteItem", "KeyTable"): sign_in,
    ("SignInFunction", "UpdateItem", "KeyTable"): sign_in,
    ("SignInFunction", "ConditionCheckItem", "KeyTable"): sign_in_with_key,
    ("SignOutFunction", "DeleteItem", "KeyTable"): sign_out,
    ("SignOutFunction", "UpdateItem", "KeyTable"): sign_out,
    ("EndSessionsFunction", "GetItem", "KeyTable"): end_sessions,
    ("EndSessionsFunction", "DeleteItem", "KeyTable"): end_sessions,
    ("EndSessionsFunction", "UpdateItem", "KeyTable"): end_sessions,
    ("RotateSecretFunction", "GetItem", "KeyTable"): rotate_twice,
    ("RotateSecretFunction", "PutItem", "KeyTable"): rotate_twice,
    ("RotateSecretFunction", "UpdateItem", "KeyTable"): rotate_twice,
    ("RotateSecretFunction", "DeleteItem", "KeyTable"): rotate_twice,
    ("RotateSecretFunction", "ConditionCheckItem", "KeyTable"): rotate_twice,
    ("RevokeAllFunction", "Query", "KeyTable"): revoke_all,
    ("RevokeAllFunction", "GetItem", "KeyTable"): go_on_revoking,
    ("RevokeAllFunction", "UpdateItem", "KeyTable"): revoke_all,
    ("RevokeAllFunction", "DeleteItem", "KeyTable"): revoke_all,
    ("GithubLeakFunction", "GetItem", "KeyTable"): report_github_leak,
    ("GithubLeakFunction", "UpdateItem", "KeyTable"): report_github_leak,
    ("GithubLeakFunction", "DeleteItem", "KeyTable"): report_github_leak,
    ("GithubLeakFunction", "PutItem", "HistoryTable"): report_github_leak,
    ("ReportLeakFunction", "GetItem", "KeyTable"): report_leak,
    ("ReportLeakFunction", "UpdateItem", "KeyTable"): report_leak,
    ("ReportLeakFunction", "DeleteItem", "KeyTable"): report_leak,
    ("ReportLeakFunction", "PutItem", "HistoryTable"): report_leak,
    ("KeyUsageFunction", "GetItem", "KeyTable"): call("GET", "{key}/usage"),
    ("KeyUsageFunction", "Query", "UsageTable"): call("GET", "{key}/usage"),
    ("ListUsageFunction", "Query", "KeyTable"): call("GET", "/api/usage"),
    ("ListUsageFunction", "GetItem", "KeyTable"): call("GET", "/api/usage?cursor={key_id}"),
    ("ListUsageFunction", "Query", "UsageTable"): call("GET", "/api/usage"),
    ("KeyHistoryFunction", "GetItem", "KeyTable"): call("GET", "{key}/history"),
    ("KeyHistoryFunction", "Query", "HistoryTable"): call("GET", "{key}/history"),
    ("KeyHistoryFunction", "GetItem", "HistoryTable"): read_on("{key}/history"),
    ("ListHistoryFunction", "Query", "HistoryTable"): call("GET", "/api/history"),
    ("ListHistoryFunction", "GetItem", "HistoryTable"): read_on("/api/history"),
    ("RecordHistoryFunction", "PutItem", "HistoryTable"): record,
    ("RecordUsageFunction", "UpdateItem", "KeyTable"): deliver,
    ("RecordUsageFunction", "UpdateItem", "UsageTable"): deliver,
    ("RecordUsageFunction", "UpdateItem", "CountedTable"): deliver,
    ("RecordUsageFunction", "GetItem", "CountedTable"): deliver,
    ("RuntimeFunction", "PutItem", "SessionTable"): call("POST", SESSIONS),
    ("RuntimeFunction", "GetItem", "SessionTable"): call("GET", "{session}"),
    ("RuntimeFunction", "DeleteItem", "SessionTable"): call("DELETE", "{session}"),
    ("RuntimeFunction", "Query", "SessionTable"): open_one_more_session,
    ("RuntimeFunction", "UpdateItem", "SessionTable"): call(
        "POST", "{session}/executions", {"tool": "count", "arguments": {"to": 2, "interval_ms": 1}}
    ),
}


def table_of(resource: str) -> str:
    return resource.partition(":table/")[2].partition("/")[0]


@pytest.fixture
def things(api: Api, proxy: EnforcingProxy, dynamodb: "DynamoDBClient", hub: GitHub) -> Things:
    key_id = api.create()["id"]
    session = open_session(api, api.admin_key)
    return Things(key_id, f"/api/keys/{key_id}", session, dynamodb, proxy.endpoint, hub)


@pytest.mark.parametrize("permission", CALLS, ids=" ".join)
def test_a_function_needs_each_of_its_permissions(
    gateway: Gateway, api: Api, proxy: EnforcingProxy, things: Things, permission: tuple[str, str, str]
) -> None:
    attempt = CALLS[permission]
    function, action, table = permission
    lesser = [
        statement.without(f"dynamodb:{action}") if table_of(statement.resources[0]) == table else statement
        for statement in proxy.policies[function]
    ]
    proxy.denied.clear()
    with proxy.under(function, *lesser):
        assert attempt(gateway, api, things) == 503
    assert {(name, one.action, table_of(one.resource)) for name, one in proxy.denied} == {
        (function, f"dynamodb:{action}", table)
    }
    assert attempt(gateway, api, things) in {200, 201, 204}


def test_no_function_has_a_permission_that_is_not_tried(
    proxy: EnforcingProxy, record_property: Callable[[str, object], None]
) -> None:
    record_property("permissions", len(CALLS))
    assert CALLS.keys() == {
        (function, action.partition(":")[2], table_of(resource))
        for function, statements in proxy.policies.items()
        for statement in statements
        for action in statement.actions
        if action.startswith("dynamodb:")
        for resource in statement.resources
    }


def test_dynamodb_deletes_what_expires(gateway: Gateway, api: Api, things: Things) -> None:
    """From each table. The calls above make every write that a function may make."""
    for attempt in dict.fromkeys(made for (_, action, _), made in CALLS.items() if action in _WRITING):
        attempt(gateway, api, things)
    resources = written("template.yaml")["Resources"]
    for table in [one["TableName"] for one in template().tables]:
        items = things.store.scan(TableName=table)["Items"]
        moments = [item[EXPIRY] for item in items if EXPIRY in item]
        wanted = {"AttributeName": EXPIRY, "Enabled": True} if moments else None
        assert resources[table]["Properties"].get("TimeToLiveSpecification") == wanted, table
        # DynamoDB deletes nothing by a text, or by milliseconds.
        assert all(int(moment["N"]) < time.time() + _TEN_YEARS_S for moment in moments), table


_NEW = {
    "id",
    "organization_id",
    "scopes",
    "allowed_addresses",
    "created_at",
    "created_by",
    "disabled_at",
    "about",
    LAST_WRITE,
}
# Where OnLeak is "disable".
_LEAKED = {"id", "disabled_at", "about", LAST_WRITE, "name", "hint"}
#: Function and action → the attributes of a key that it may write. No other function may write a key at all.
WRITES = {
    ("CreateKeyFunction", "PutItem"): {*_NEW, "digest"},
    ("ImportKeysFunction", "PutItem"): {*_NEW, "digest"},
    ("RotateKeyFunction", "PutItem"): {*_NEW, "digest", "replaces"},
    ("RotateKeyFunction", "UpdateItem"): {"id", "replaced_by", "about", LAST_WRITE, "name", "hint"},
    ("RotateSecretFunction", "PutItem"): {*_NEW, "digest", "replaces"},
    ("RotateSecretFunction", "UpdateItem"): {
        *("id", "replaced_by", "revoked_at", "about", LAST_WRITE, "name", "hint"),
    },
    ("UpdateKeyFunction", "UpdateItem"): {
        *("id", "scopes", "allowed_addresses", "disabled_at", "about", LAST_WRITE, "name", "hint"),
    },
    ("RevokeKeyFunction", "UpdateItem"): {"id", "revoked_at", "about", LAST_WRITE, "name", "hint"},
    ("RevokeAllFunction", "UpdateItem"): {"id", "revoked_at", "about", LAST_WRITE, "name", "hint"},
    ("ReportLeakFunction", "UpdateItem"): _LEAKED,
    ("GithubLeakFunction", "UpdateItem"): _LEAKED,
    ("RecordUsageFunction", "UpdateItem"): {"id", "last_used_at", LAST_WRITE},
}


@pytest.mark.parametrize("action", ["PutItem", "UpdateItem", "DeleteItem"])
@pytest.mark.parametrize("function", sorted(read_policies(ROOT / "template.yaml")))
def test_a_function_may_write_only_the_attributes_of_a_key_that_it_needs(
    proxy: EnforcingProxy, function: str, action: str
) -> None:
    def may(*attributes: str, returned: str | None = None) -> bool:
        wanted = Permission(f"dynamodb:{action}", TABLE, frozenset({"id", *attributes}), returned)
        return any(statement.allows(wanted) for statement in proxy.policies[function])

    writes = {name for name in {*ATTRIBUTES, LAST_WRITE, "digest", "invented"} if may(name)}
    assert writes == WRITES.get((function, action), set())
    assert not may(returned="ALL_OLD")
    assert not may(returned="ALL_NEW")


@pytest.mark.parametrize("function", sorted(set(read_policies(ROOT / "template.yaml")) - CHECK_KEYS))
def test_only_functions_that_check_keys_may_read_a_digest(proxy: EnforcingProxy, function: str) -> None:
    def may(action: str, select: str | None, *attributes: str) -> bool:
        wanted = Permission(f"dynamodb:{action}", TABLE, frozenset({"id", *attributes}), select=select)
        return any(statement.allows(wanted) for statement in proxy.policies[function])

    assert not may("GetItem", "SPECIFIC_ATTRIBUTES", "digest")
    assert not may("GetItem", "ALL_ATTRIBUTES")
    assert not any(may(action, None) for action in ("Query", "Scan", "BatchGetItem"))


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


def test_a_request_names_the_attributes_of_its_key_and_its_expressions() -> None:
    request = {
        "TableName": "KeyTable",
        "Key": {"id": {"S": "key_1"}},
        "UpdateExpression": "SET #used = if_not_exists(used_at, :at) ADD calls :one",
        "ConditionExpression": "owner.name = :owner AND (attribute_not_exists (digest) OR NOT x < :at)",
        "ExpressionAttributeNames": {"#used": "last_used_at"},
        "ReturnValues": "ALL_NEW",
    }
    [permission] = needed("UpdateItem", request)
    assert permission.attributes == {"id", "last_used_at", "used_at", "calls", "owner", "digest", "x"}
    assert permission.return_values == "ALL_NEW"


@pytest.mark.parametrize(
    ("attributes", "return_values", "is_allowed"),
    [
        ({"id", "last_used_at"}, None, True),
        ({"id"}, "NONE", True),
        (set(), None, True),
        ({"id", "revoked_at"}, None, False),
        ({"id"}, "ALL_NEW", False),
    ],
)
def test_a_condition_bounds_what_a_request_names_and_gets(
    attributes: set[str], return_values: str | None, *, is_allowed: bool
) -> None:
    statement = Statement(("*",), ("*",), frozenset({"id", "last_used_at"}), "NONE")
    permission = Permission("dynamodb:UpdateItem", TABLE, frozenset(attributes), return_values)
    assert statement.allows(permission) == is_allowed


def test_a_query_of_an_index_needs_the_index() -> None:
    request = {"TableName": "KeyTable", "IndexName": "an_index"}
    assert needed("Query", request) == [Permission("dynamodb:Query", f"{TABLE}/index/an_index")]


def test_a_read_of_an_item_asks_for_all_of_it_unless_it_says_otherwise() -> None:
    whole: dict[str, object] = {"TableName": "KeyTable", "Key": {"id": {"S": "key_1"}}}
    [everything] = needed("GetItem", whole)
    [some] = needed("GetItem", whole | {"ProjectionExpression": "id, about.hint"})
    assert everything.select == "ALL_ATTRIBUTES"
    assert some.select == "SPECIFIC_ATTRIBUTES"
    assert some.attributes == {"id", "about"}


@pytest.mark.parametrize(
    ("permission", "is_allowed"),
    [
        (Permission("dynamodb:GetItem", TABLE), True),
        (Permission("dynamodb:getitem", TABLE), True),
        (Permission("dynamodb:PutItem", TABLE), False),
        (Permission("dynamodb:GetItem", f"{TABLE}/index/an_index"), False),
        (Permission("dynamodb:GetItem", f"{TABLE}2"), False),
        (Permission("dynamodb:GetItem", TABLE.lower()), False),
    ],
)
def test_a_statement_allows_its_actions_only_on_its_resources(
    permission: Permission, *, is_allowed: bool
) -> None:
    assert Statement(("dynamodb:GetItem",), (TABLE,)).allows(permission) == is_allowed


def test_wildcards_are_those_of_iam() -> None:
    assert Statement(("dynamodb:*Item",), ("*",)).allows(Permission("dynamodb:GetItem", TABLE))
    assert not Statement(("dynamodb:[G]etItem",), ("*",)).allows(Permission("dynamodb:GetItem", TABLE))
