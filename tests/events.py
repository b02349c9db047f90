"""What the events in events/ do, wherever their functions run.

Those of the reference backend are left out: it is a web server and no handler.
"""

import json
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apikeys.cookie import SESSIONS
from apikeys.keys.item import item_of
from apikeys.keys.key import Key
from apikeys.secret import SecretFormat
from apikeys.sessions.session import TICKETS
from tools.openapi.examples import PERSON

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[1]
EVENTS = {
    path.stem: json.loads(path.read_text())
    for path in sorted((ROOT / "events").glob("*.json"))
    if not path.stem.startswith("runtime_")
}
EXAMPLE = EVENTS["authorizer_x_api_key"]["headers"]["x-api-key"]
TICKET = json.loads(EVENTS["sign_in_ticket"]["body"])["ticket"]
COOKIE = EVENTS["authorizer_session"]["headers"]["Cookie"]


def function_of(event: str) -> str:
    """`create_key_admin_direct` is for the CreateKeyFunction, whose name in words the event has first."""
    template = (ROOT / "template.yaml").read_text("utf-8")
    functions = re.findall(r"^  (\w+)Function:$", template, re.MULTILINE)
    [function] = [one for one in functions if event.startswith(re.sub(r"(?<!^)(?=[A-Z])", "_", one).lower())]
    return f"{function}Function"


def put_example(dynamodb: "DynamoDBClient") -> None:
    """The example key, session and ticket of the events are in the store, all of them good."""
    secret = SecretFormat("sk_live_copia_").parse(EXAMPLE)
    assert secret is not None
    key = Key(
        id=secret.id,
        name="Example",
        organization_id="org_example",
        scopes=("runtime",),
        hint=secret.hint,
        created_at="2026-11-24T09:30:00.000Z",
        created_by="iam",
    )
    item: dict[str, Any] = item_of(key) | {"digest": {"S": secret.digest}}
    dynamodb.put_item(TableName="KeyTable", Item=item)
    _put_session(dynamodb)


def _put_session(dynamodb: "DynamoDBClient") -> None:
    person = replace(PERSON, expires_at=int(time.time()) + 3600)
    session, ticket = SESSIONS.parse(COOKIE.partition("=")[2]), TICKETS.parse(TICKET)
    assert session is not None
    assert ticket is not None
    # Not by the session store: DynamoDB would take the same secret for a call that is tried again.
    entry = {
        "person_id": {"S": person.person_id},
        "opened_by": {"S": person.opened_by},
        "expires_at": {"N": str(person.expires_at)},
    }
    roster: dict[str, Any] = {"id": {"S": "roster:org_example"}}
    for secret in (session, ticket):
        roster[secret.id] = {"M": entry}
        item: dict[str, Any] = {
            "id": {"S": secret.id},
            "digest": {"S": secret.digest},
            "organization_id": {"S": "org_example"},
            "scopes": {"S": "keys"},
            "person": {"S": person.text()},
            "expires_at": {"N": str(person.expires_at)},
        }
        dynamodb.put_item(TableName="KeyTable", Item=item)
    dynamodb.put_item(TableName="KeyTable", Item=roster)


def _allowed(answer: Any) -> bool:
    return bool(answer["principalId"] == "key_ExampleKey01" and answer["context"]["scopes"] == "runtime")


def _answered(status: int, check: Callable[[Any], Any]) -> Callable[[Any], bool]:
    return lambda answer: answer["statusCode"] == status and bool(check(json.loads(answer["body"])))


#: What calls API Gateway, which a plain container of Lambda's runtime does not reach.
NEEDS_API_GATEWAY = {"set_plan_direct"}

#: Event → whether its function's answer is the one that the event's name promises.
EXPECTED: dict[str, Callable[[Any], Any]] = {
    "authorizer_bearer": _allowed,
    "authorizer_x_api_key": _allowed,
    "authorizer_both_headers": _allowed,
    "authorizer_no_key": lambda answer: answer["errorMessage"] == "Unauthorized",
    "authorizer_session": lambda answer: answer["context"]["person_name"] == "Ada",
    "offered_doors": _answered(200, lambda offered: offered == {"doors": ["key"], "signed_in": True}),
    "sign_in_ticket": _answered(201, lambda session: session["person_id"] == "user_42"),
    "sign_in_key": _answered(403, lambda refusal: 'lacks the scope "keys"' in refusal["error"]),
    "who": _answered(200, lambda session: session["person_name"] == "Ada"),
    "sign_out": _answered(200, lambda session: session["id"] == "ses_ExampleSes01"),
    "set_plan_direct": lambda share: share["plan"] == "pro" and share["keys"] > 0,
    "create_ticket_direct": lambda answer: "/settings/api#ticket=ticket_" in answer["url"],
    "end_sessions_direct": lambda answer: answer["ended"] > 0,
    "end_sessions_person_direct": lambda answer: answer["ended"] > 0,
    "revoke_all_dry_run_direct": lambda answer: (
        answer["dry_run"] and answer["done"] and "key_ExampleKey01" in {key["id"] for key in answer["keys"]}
    ),
    "revoke_all_direct": lambda answer: (
        not answer["dry_run"]
        and answer["done"]
        and "key_ExampleKey01" in {key["id"] for key in answer["keys"]}
    ),
    "report_leak_direct": lambda answer: (
        [(one["found"], one["state"], one["key_id"]) for one in answer["secrets"]]
        == [("active", "disabled", "key_ExampleKey01")]
    ),
    "create_key_person_http": _answered(201, lambda key: key["created_by_name"] == "Ada"),
    "create_key_http": _answered(201, lambda key: key["created_by"] == "key_ExampleAdm01" and key["secret"]),
    "create_key_admin_direct": lambda key: key["scopes"] == ["*"] and key["created_by"] == "iam",
    "import_keys_direct": lambda answer: (
        [one["result"] == "refused" for one in answer["keys"]] == [False, False, True]
        and answer["keys"][2]["reason"].startswith("secret: must be 20 to 256")
    ),
    "list_keys_http": _answered(200, lambda page: len(page["keys"]) > 0),
    "list_keys_direct": lambda page: len(page["keys"]) > 0,
    "list_keys_filtered_http": _answered(
        200,
        lambda page: (
            "key_ExampleKey01" in {key["id"] for key in page["keys"]}
            and all(key["created_by"] == "iam" and key["scopes"] == ["runtime"] for key in page["keys"])
        ),
    ),
    "list_keys_csv_http": lambda answer: (
        answer["headers"]["Content-Type"].startswith("text/csv;")
        and '\r\n"key_ExampleKey01","Example",' in answer["body"]
    ),
    "list_keys_unused_direct": lambda page: (
        page["usage"] == "recorded"
        and (names := [key["name"].casefold() for key in page["keys"]]) == sorted(names)
    ),
    "get_key_http": _answered(200, lambda key: key["id"] == "key_ExampleKey01"),
    "get_key_direct": lambda key: key["id"] == "key_ExampleKey01",
    "find_key_http": _answered(200, lambda key: key["id"] == "key_ExampleKey01"),
    "find_key_direct": lambda key: key["id"] == "key_ExampleKey01",
    "update_key_http": _answered(200, lambda key: key["disabled"] and key["metadata"] == {"team": "billing"}),
    "update_key_direct": lambda key: key["name"] == "Payroll agent" and key["changed_by"] == "iam",
    "rotate_key_http": _answered(201, lambda key: key["replaces"] == "key_ExampleKey01"),
    "rotate_key_direct": lambda key: key["replaces"] == "key_ExampleKey01" and key["created_by"] == "iam",
    "revoke_key_http": _answered(200, lambda key: key["revoked_at"]),
    "revoke_key_direct": lambda key: key["revoked_at"],
    "settings_page": lambda answer: answer["body"].startswith("<!doctype html>"),
    "key_usage_http": _answered(200, lambda usage: len(usage["days"]) == 7),
    "key_usage_direct": lambda usage: usage["key_id"] == "key_ExampleKey01" and len(usage["days"]) == 7,
    "key_history_http": _answered(200, lambda page: page.keys() == {"events", "next_cursor"}),
    "key_history_direct": lambda page: page["next_cursor"] is None,
    "list_history_http": _answered(200, lambda page: page.keys() == {"events", "next_cursor"}),
    "list_history_direct": lambda page: page.keys() == {"events", "next_cursor"},
    "record_history": lambda answer: answer == {"batchItemFailures": []},
    "list_usage_http": _answered(200, lambda usage: len(usage["keys"]) > 0),
    "list_usage_direct": lambda usage: "key_ExampleKey01" in {key["key_id"] for key in usage["keys"]},
    "verify_key_http": _answered(200, lambda verdict: verdict["valid"]),
    "verify_key_direct": lambda verdict: verdict["valid"] and verdict["name"] == "Example",
    "record_usage": lambda answer: (answer["lines"], answer["skipped"]) == (3, 0),
    "record_usage_cut_line": lambda answer: (answer["lines"], answer["skipped"]) == (2, 1),
}
