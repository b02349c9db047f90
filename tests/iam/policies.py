"""What each function of the template may do in DynamoDB, and what each request to DynamoDB needs.

Owns the reading of the roles' inline policies and their evaluation. A statement of a kind that is not
understood here is an error, and what no statement allows is denied. Managed policies are left out: those that
SAM attaches are for logs and traces. SECURITY.md says what they allow.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from local.template.intrinsics import Resolver
from local.template.names import ACCOUNT, DEFAULT_REGION
from local.template.source import Source

# The parts of a transaction → the permissions that they need.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
_PARTS = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


_EXPRESSIONS = (
    *("ConditionExpression", "FilterExpression", "KeyConditionExpression"),
    *("ProjectionExpression", "UpdateExpression"),
)
# The words of an expression that are neither values nor functions.
# What follows a dot is inside an attribute; only the attribute counts.
_WORD = re.compile(r"(?<![:#.\w])#?[A-Za-z_]\w*\b(?!\s*\()")
_KEYWORDS = {"ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET"}


class Permission(NamedTuple):
    """One action on one resource, and what a condition may ask about it.

    `attributes` are those that the request names, `return_values` is its ReturnValues, if it has any,
    `select`, for a read of an item, whether it names what it wants, and `leading_key` the item's id.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """

    action: str
    resource: str
    attributes: frozenset[str] = frozenset()
    return_values: str | None = None
    select: str | None = None
    leading_key: str = ""


class Statement(NamedTuple):
    """A statement that allows each of `actions` on each of `resources`, both patterns, under conditions.

    `attributes` are the only ones that a request may name, `return_values` the only ReturnValues and `select`
    the only Select that it may have, `leading_keys` patterns of the only ids; None where there is no such
    condition.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    attributes: frozenset[str] | None = None
    return_values: str | None = None
    select: str | None = None
    leading_keys: tuple[str, ...] | None = None

    def allows(self, permission: Permission) -> bool:
        return (
            any(_like(permission.action.lower(), action.lower()) for action in self.actions)
            and any(_like(permission.resource, resource) for resource in self.resources)
            and (self.attributes is None or permission.attributes <= self.attributes)
            and self.return_values in (None, permission.return_values or self.return_values)
            and self.select in (None, permission.select or self.select)
            and (
                self.leading_keys is None
                or any(_like(permission.leading_key, pattern) for pattern in self.leading_keys)
            )
        )

    def without(self, action: str) -> "Statement":
        """The statement as it is when it does not name `action`."""
        return self._replace(actions=tuple(one for one in self.actions if one != action))


def read_policies(
    template: Path, parameters: Mapping[str, str] = MappingProxyType({})
) -> dict[str, tuple[Statement, ...]]:
    """Function, by its name → the statements of its role, as SAM writes them.

    Every function is there but the one for usage plans, which is there where the parameters have any.
    """
    given = {
        "ImportedKeys": "true",
        "GithubKeysUrl": "https://api.github.com/meta/public_keys/secret_scanning",
        **parameters,
    }
    resolver = Resolver(Source.load(template, given, DEFAULT_REGION).template, given, DEFAULT_REGION)
    roles = resolver.resources("AWS::IAM::Role")
    functions = resolver.resources("AWS::Lambda::Function")
    its_role = {
        resolver.name(name): resolver.pick(function, "Role")["Role"].rpartition("/")[2]
        for name, function in functions.items()
    }
    return {name: tuple(_statements(resolver.resolve(roles[role]))) for name, role in its_role.items()}


def needed(operation: str, request: Mapping[str, Any]) -> list[Permission]:
    """All that a caller needs for one request, whose body is `request`."""
    if operation.startswith("Transact"):
        parts = [part for item in request["TransactItems"] for part in item.items()]
        return [_permission(_PARTS[name], part) for name, part in parts]
    return [_permission(operation, request)]


def _permission(operation: str, request: Mapping[str, Any]) -> Permission:
    table = request["TableName"].rpartition("/")[2]
    index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
    arn = f"arn:aws:dynamodb:{DEFAULT_REGION}:{ACCOUNT}:table/{table}{index}"
    names = request.get("ExpressionAttributeNames", {})
    words = {word for name in _EXPRESSIONS for word in _WORD.findall(request.get(name, ""))}
    named = {names.get(word, word) for word in words if word.upper() not in _KEYWORDS}
    attributes = frozenset({*named, *request.get("Key", ()), *request.get("Item", ())})
    select = None
    if operation == "GetItem":
        select = "SPECIFIC_ATTRIBUTES" if "ProjectionExpression" in request else "ALL_ATTRIBUTES"
    leading_key = {**request.get("Key", {}), **request.get("Item", {})}.get("id", {}).get("S", "")
    return Permission(
        f"dynamodb:{operation}", arn, attributes, request.get("ReturnValues"), select, leading_key
    )


def _statements(role: Mapping[str, Any]) -> Iterator[Statement]:
    for policy in role.get("Policies", ()):
        for statement in _listed(policy["PolicyDocument"]["Statement"]):
            match statement:
                case {"Effect": "Allow", "Action": actions, "Resource": resources, **rest}:
                    yield Statement(tuple(_listed(actions)), tuple(_listed(resources)), *_conditions(rest))
                case _:
                    raise ValueError(f"a statement of a kind that is not understood: {statement}")


def _conditions(
    rest: Mapping[Any, Any],
) -> tuple[frozenset[str] | None, str | None, str | None, tuple[str, ...] | None]:
    asked = {
        (operator, key): value
        for operator, keys in rest.get("Condition", {}).items()
        for key, value in keys.items()
    }
    attributes = asked.pop(("ForAllValues:StringEquals", "dynamodb:Attributes"), None)
    return_values = asked.pop(("StringEqualsIfExists", "dynamodb:ReturnValues"), None)
    select = asked.pop(("StringEqualsIfExists", "dynamodb:Select"), None)
    leading_keys = asked.pop(("ForAllValues:StringLike", "dynamodb:LeadingKeys"), None)
    if asked or rest.keys() - {"Condition"}:
        raise ValueError(f"conditions of a kind that is not understood: {rest}")
    return (
        attributes and frozenset(attributes),
        return_values,
        select,
        leading_keys and tuple(leading_keys),
    )


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _like(text: str, pattern: str) -> bool:
    # The pattern's only wildcards are * and ?.
    return fnmatchcase(text, pattern.replace("[", "[[]"))
