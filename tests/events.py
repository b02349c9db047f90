"""What the events in events/ do, wherever their functions run.

Those of the reference backend are left out: it is a web server and no handler.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apikeys.item import item_of
from apikeys.key import Key
from apikeys.secret import SecretFormat

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROOT = Path(__file__).parents[1]
EVENTS = {
    path.stem: json.loads(path.read_text())
    for path in sorted((ROOT / "events").glob("*.json"))
    if not path.stem.startswith("runtime_")
}
EXAMPLE = EVENTS["authorizer_x_api_key"]["headers"]["x-api-key"]


def function_of(event: str) -> str:
    """`create_key_admin_direct` is for the CreateKeyFunction: its folder below functions/ begins the name."""
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/app.py")}
    [folder] = [folder for folder in folders if event.startswith(folder)]
    return "".join(word.title() for word in folder.split("_")) + "Function"


def put_example(dynamodb: "DynamoDBClient") -> None:
    """The example key that the events hold is in the store, active."""
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


def _allowed(answer: Any) -> bool:
    return bool(answer["principalId"] == "key_ExampleKey01" and answer["context"]["scopes"] == "runtime")


def _answered(status: int, check: Callable[[Any], Any]) -> Callable[[Any], bool]:
    return lambda answer: answer["statusCode"] == status and bool(check(json.loads(answer["body"])))


#: Event → whether its function's answer is the one that the event's name promises.
EXPECTED: dict[str, Callable[[Any], Any]] = {
    "authorizer_bearer": _allowed,
    "authorizer_x_api_key": _allowed,
    "authorizer_both_headers": _allowed,
    "authorizer_no_key": lambda answer: answer["errorMessage"] == "Unauthorized",
    "create_key_http": _answered(201, lambda key: key["created_by"] == "key_ExampleAdm01" and key["secret"]),
    "create_key_admin_direct": lambda key: key["scopes"] == ["*"] and key["created_by"] == "iam",
    "list_keys_http": _answered(200, lambda page: len(page["keys"]) > 0),
    "list_keys_direct": lambda page: len(page["keys"]) > 0,
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
    "settings_page_file": lambda answer: answer["headers"]["Content-Type"] == "text/css; charset=utf-8",
    "key_usage_http": _answered(200, lambda usage: len(usage["days"]) == 7),
    "key_usage_direct": lambda usage: usage["key_id"] == "key_ExampleKey01" and len(usage["days"]) == 7,
    "verify_key_http": _answered(200, lambda verdict: verdict["valid"]),
    "verify_key_direct": lambda verdict: verdict["valid"] and verdict["name"] == "Example",
    "record_usage": lambda answer: (answer["lines"], answer["skipped"]) == (3, 0),
    "record_usage_cut_line": lambda answer: (answer["lines"], answer["skipped"]) == (2, 1),
}
