"""The conditions of a policy's statement, as far as a request has the values that they ask for.

Owns the operators, and which keys of a request are known. Must never guess: an unknown result is None,
neither true nor false, and the code that asks must then refuse.
Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-aws-condition-keys.html
"""

import ipaddress
from collections.abc import Callable, Mapping
from re import DOTALL, escape, fullmatch
from typing import Any

from local.template.parameters import text
from local.wire.exchange import Request

_IF_EXISTS = "IfExists"


def known_keys(request: Request) -> dict[str, str | None]:
    """Condition key, in lower case → its value in the request; None for one that the request lacks."""
    return {
        "aws:sourceip": request.source_ip,
        # API Gateway answers only over HTTPS.
        "aws:securetransport": "true",
        "aws:useragent": request.header("user-agent"),
        "aws:referer": request.header("referer"),
        # A request over loopback comes through no VPC.
        "aws:sourcevpc": None,
        "aws:sourcevpce": None,
        "aws:vpcsourceip": None,
    }


def hold(conditions: object, keys: Mapping[str, str | None]) -> bool | None:
    """Whether all of a statement's conditions hold; None when that cannot be told."""
    if not isinstance(conditions, Mapping):
        return None
    verdicts = [
        _holds(str(operator), str(key).lower(), wanted, keys)
        for operator, tests in conditions.items()
        for key, wanted in (tests.items() if isinstance(tests, Mapping) else [("", None)])
    ]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _holds(operator: str, key: str, wanted: object, keys: Mapping[str, str | None]) -> bool | None:
    if key not in keys:
        return None
    values = [text(value) for value in (wanted if isinstance(wanted, list) else [wanted])]
    value = keys[key]
    if operator == "Null":
        return (value is None) == (values[0].lower() == "true")
    is_optional = operator.endswith(_IF_EXISTS)
    operator = operator.removesuffix(_IF_EXISTS)
    matches = _OPERATORS.get(operator.replace("Not", "", 1))
    if matches is None:
        return None
    # A key that is absent fulfills what is negated or optional, and nothing else.
    is_negated = "Not" in operator
    if value is None:
        return is_negated or is_optional
    try:
        return any(matches(value, one) for one in values) != is_negated
    except ValueError:
        return None


def _in_network(address: str, network: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


def _is_like(value: str, pattern: str) -> bool:
    # IAM has `*` and `?` alone.
    return bool(fullmatch(escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value, DOTALL))


_OPERATORS: dict[str, Callable[[str, str], Any]] = {
    "Bool": lambda value, one: value == one.lower(),
    "IpAddress": _in_network,
    "StringEquals": str.__eq__,
    "StringEqualsIgnoreCase": lambda value, one: value.lower() == one.lower(),
    "StringLike": _is_like,
}
