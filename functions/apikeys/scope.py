"""Scopes: what each one opens, and who may give it.

Owns `ROUTES`, the one table that says which scope opens which routes. The authorizer builds its policy from
it, a refusal names the missing scope from it, and the management functions accept the names that stand in it.
Imported on the authorizer's hot path: nothing but built-ins here.
"""

from collections.abc import Iterable

from apikeys.errors import ForbiddenError

RUNTIME = "runtime"
KEYS = "keys"
EVERYTHING = "*"

#: Scope → the routes that it opens, each "VERB /path". ANY stands for every verb; a path that ends in `/*`
#: opens all that lies below it. To put a scope of your own in front of your own API, add a line.
ROUTES: dict[str, tuple[str, ...]] = {
    RUNTIME: ("ANY /api/runtime/*", "ANY /api/mcp"),
    KEYS: ("ANY /api/keys", "ANY /api/keys/*"),
    EVERYTHING: ("ANY /*",),
}

#: What a new key holds unless its creator says otherwise.
DEFAULT = (RUNTIME,)

_VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


def _expand(route: str) -> tuple[str, ...]:
    # A policy's `*` matches `/` as well, so the verb is spelled out: `*/api/keys` would also open
    # `GET /anything/api/keys`.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    verb, _, path = route.partition(" ")
    # A REST API takes `/api/mcp/` for `/api/mcp`, and the ARN of the call may keep the slash.
    # https://github.com/aws-powertools/powertools-lambda-python/pull/1577
    paths = (path,) if path.endswith("*") else (path, path + "/")
    return tuple(v + p for v in (_VERBS if verb == "ANY" else (verb,)) for p in paths)


_PATTERNS = {scope: tuple(p for route in routes for p in _expand(route)) for scope, routes in ROUTES.items()}
_CALLS = {name: frozenset(p for p in patterns if p[-1] != "*") for name, patterns in _PATTERNS.items()}
_PREFIXES = {name: tuple(p[:-1] for p in patterns if p[-1] == "*") for name, patterns in _PATTERNS.items()}


def resources(scopes: Iterable[str], stage_arn: str) -> list[str]:
    """All that `scopes` open, as the resources of a policy.

    `stage_arn` is `arn:PARTITION:execute-api:REGION:ACCOUNT:API/STAGE`. A scope that is no longer in the
    table opens nothing.
    """
    return [f"{stage_arn}/{pattern}" for scope in scopes for pattern in _PATTERNS.get(scope, ())]


def missing(scopes: Iterable[str], verb: str, path: str) -> str | None:
    """The scope that a call of `verb` on `path` still needs, or None when one of `scopes` opens it.

    A route that no line of the table names is open to `*` alone.
    """
    call = verb + path
    for scope in scopes:
        if _opens(scope, call):
            return None
    return next((scope for scope in _PATTERNS if _opens(scope, call)), EVERYTHING)


def _opens(scope: str, call: str) -> bool:
    return scope in _CALLS and (call in _CALLS[scope] or call.startswith(_PREFIXES[scope]))


def check_grant_over_http(wanted: Iterable[str], held: Iterable[str]) -> None:
    """Raise ForbiddenError unless a caller that holds `held` may put `wanted` on a key over HTTP."""
    if EVERYTHING in wanted:
        raise ForbiddenError(
            'The scope "*" cannot be given over HTTP, neither by a new key nor by a rotation. '
            "An operator gives it by invoking the function directly."
        )
    if KEYS in wanted and EVERYTHING not in held:
        raise ForbiddenError('Only a key with the scope "*" can give the scope "keys". Ask an operator.')
