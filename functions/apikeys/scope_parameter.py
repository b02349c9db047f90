"""The parameter Scopes: a deployment's own scopes, as JSON.

    {"invoices:read": ["GET /invoices", "GET /invoices/*"], "billing": ["a1b2c3d4e5:ANY /billing/*"]}

Owns its form and its limits. A table that breaks a rule is refused as a whole, with a text that names the
entry: half a table could open more than intended. The authorizer imports this module: only the standard
library's JSON, and no regular expression, because compiling it would cost more than everything else here.
"""

import json
import os.path

from apikeys.errors import ConfigurationError
from apikeys.scope import ANY, ROUTES, VERBS, ScopeTable, split

#: With this value of the parameter, the table is in a file next to this module: it is too long for a
#: parameter.
FILE = "scopes.json"

# With these, the answer for a key that holds every scope stays under 1.5 MB of the 6 MB that Lambda passes
# on; no smaller limit is documented for a REST API (unproven). A resource of its policy has at most 512
# characters.
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
_SCOPES_AT_MOST = 64
_ROUTES_AT_MOST = 200
_NAME_AT_MOST = 64
_PATH_AT_MOST = 256

# Spelled out, because the module `string` would be imported at each cold start.
_SMALL_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LETTERS = frozenset(_SMALL_LETTERS + _SMALL_LETTERS.upper())
_API = frozenset(_SMALL_LETTERS + "0123456789")
_NAME = _LETTERS | _API | frozenset("._:-")
# What a resource of API Gateway may hold. Its {parameters} would match nothing in a policy.
_PATH = _NAME | {"/"}
_NO_PART = frozenset(["", ".", ".."])


def scope_table(parameter: str) -> ScopeTable:
    """The table that the parameter's value makes; "" adds nothing. Raises ConfigurationError."""
    text = parameter.strip()
    if text == FILE:
        text = _file()
    return ScopeTable(_parsed(text) if text else None)


def _file() -> str:
    # `pathlib` would be imported at each cold start.
    path = os.path.join(os.path.dirname(__file__), FILE)  # noqa: PTH118, PTH120
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123
            return file.read()
    except (OSError, ValueError):
        raise ConfigurationError(
            f"Scopes: {FILE} cannot be read. Put it into functions/apikeys/ and build again."
        ) from None


def _parsed(text: str) -> dict[str, list[str]]:
    try:
        table = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise ConfigurationError("Scopes: not valid JSON.") from None
    if not isinstance(table, dict):
        raise ConfigurationError("Scopes: must be an object of names and lists of routes.")
    if len(table) > _SCOPES_AT_MOST:
        raise ConfigurationError(f"Scopes: more than {_SCOPES_AT_MOST} scopes.")
    for name, routes in table.items():
        if problem := _name_problem(name) or _routes_problem(routes):
            raise ConfigurationError(f"Scopes: {_shown(name)}: {problem}.")
    if sum(map(len, table.values())) > _ROUTES_AT_MOST:
        raise ConfigurationError(f"Scopes: more than {_ROUTES_AT_MOST} routes in all.")
    return table


def _once(members: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(members)
    if len(table) != len(members):
        names = [name for name, _ in members]
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigurationError(f"Scopes: {_shown(twice)}: is listed twice.")
    return table


def _name_problem(name: str) -> str | None:
    if name in ROUTES:
        return "is built in and cannot be changed"
    if not 0 < len(name) <= _NAME_AT_MOST:
        return f"a name has 1 to {_NAME_AT_MOST} characters"
    if not _NAME.issuperset(name) or name[0] not in _LETTERS:
        return "a name begins with a letter, and holds letters, digits and . _ : - alone"
    return None


def _routes_problem(routes: object) -> str | None:
    if not isinstance(routes, list) or not routes:
        return "needs a list of one route or more"
    for route in routes:
        if not isinstance(route, str):
            return "a route is a text"
        if problem := _route_problem(route):
            return f"{_shown(route)}: {problem}"
    return None


def _route_problem(route: str) -> str | None:
    api, verb, path = split(route)
    if not path.startswith("/"):
        return 'a route is "VERB /path"'
    if verb not in VERBS and verb != ANY:
        return f"the verb must be one of {', '.join(VERBS)}, or {ANY}"
    if ":" in route.partition(" ")[0] and not (api and _API.issuperset(api)):
        return "the id of an API holds small letters and digits alone"
    return _path_problem(path)


def _path_problem(path: str) -> str | None:
    whole = path.removesuffix("/*")
    if len(path) > _PATH_AT_MOST:
        return f"a path has at most {_PATH_AT_MOST} characters"
    if "*" in whole:
        return "a star stands at the end alone, after a slash"
    if not _PATH.issuperset(whole):
        return "a path holds letters, digits and . _ : - / alone"
    if path != "/" and not _NO_PART.isdisjoint(whole.split("/")[1:]):
        return "no part of a path is empty, or made of dots alone, and none ends in a slash"
    return None


def _shown(text: str) -> str:
    return json.dumps(text if len(text) <= _NAME_AT_MOST else text[:_NAME_AT_MOST] + "...")
