"""Scopes: what each one opens, on which API, and who may give it.

Owns `ROUTES`, the table of the built-in scopes, and `ScopeTable`, which adds the deployment's own scopes to
it (`apikeys.scope_parameter` reads those). The authorizer builds its policy from this table, a refusal names
the missing scope from it, and the management functions accept only the names in it. The authorizer imports
this module: built-ins only.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from apikeys.errors import ConfigurationError, ForbiddenError

RUNTIME = "runtime"
KEYS = "keys"
VERIFY = "verify"
EVERYTHING = "*"

#: Scope → the routes that it opens, each "VERB /path", or "API_ID:VERB /path" for an API of another stack.
#: ANY means every verb; a path that ends in `/*` opens everything below it. The parameter Scopes adds lines.
ROUTES: dict[str, tuple[str, ...]] = {
    RUNTIME: ("ANY /api/runtime/*", "ANY /api/mcp"),
    KEYS: ("ANY /api/keys", "ANY /api/keys/*", "GET /api/history", "GET /api/usage"),
    VERIFY: ("POST /api/keys/verify",),
    EVERYTHING: ("ANY /*",),
}

#: What a new key holds unless its creator says otherwise.
DEFAULT = (RUNTIME,)

VERBS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
ANY = "ANY"

#: The verbs of this stack's own calls. Every path by these verbs is everything: the others add no call.
USED_VERBS = ("DELETE", "GET", "PATCH", "POST")

#: In the place of an API's id: the API of this stack.
OWN_API = ""

#: Who gives a scope: a key that manages keys, only a key that opens everything, or only a direct invocation.
KEYS_GIVE, EVERYTHING_GIVES, OPERATOR_GIVES = "keys", "*", "operator"

# Opened by a scope that names it and by `*`, and never by a star of any other scope.
_EXCLUSIVE = ("POST/api/keys/verify", "POST/api/keys/verify/")


def split(route: str) -> tuple[str, str, str]:
    """The API's id, the verb and the path of a route as it is written."""
    call, _, path = route.partition(" ")
    api, _, verb = call.rpartition(":")
    return api, verb, path


class Opened:
    """What some scopes open together on one API. A call is "VERB/path", as its ARN ends."""

    __slots__ = ("calls", "denied", "prefixes")

    def __init__(self, routes: Iterable[str], api: str, exclusive: Sequence[str]) -> None:
        calls, prefixes = [], []
        for route in routes:
            its_api, its_verb, path = split(route)
            if its_api != api:
                continue
            # A policy's `*` matches `/` as well, so the verb is spelled out: `*/api/keys` would also open
            # `GET /anything/api/keys`.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
            for verb in VERBS if its_verb == ANY else (its_verb,):
                if path[-1] == "*":
                    prefixes.append(verb + path[:-1])
                else:
                    calls.append(verb + path)
                    # A REST API takes `/api/mcp/` for `/api/mcp`, and the ARN of the call may keep the slash.
                    # https://github.com/aws-powertools/powertools-lambda-python/pull/1577
                    if path != "/":
                        calls.append(verb + path + "/")
        #: Whole calls.
        self.calls = dict.fromkeys(calls)
        #: What is before a star.
        self.prefixes = tuple(dict.fromkeys(prefixes))
        #: What a star covers and yet does not open.
        self.denied = tuple(
            [call for call in exclusive if call.startswith(self.prefixes) and call not in calls]
        )

    def opens(self, call: str) -> bool:
        """Whether the call is among it."""
        return call in self.calls or (call.startswith(self.prefixes) and call not in self.denied)

    def covers(self, other: "Opened") -> bool:
        """Whether all that `other` opens is among it."""
        return (
            all(map(self.opens, other.calls))
            and all(prefix.startswith(self.prefixes) for prefix in other.prefixes)
            and not any(map(other.opens, self.denied))
        )

    def opens_everything(self) -> bool:
        """Whether every path is among it by every verb in use, but for what scopes have to name."""
        return set(self.prefixes).issuperset(verb + "/" for verb in USED_VERBS)

    def manages_keys(self) -> bool:
        """Whether any call on the management of keys is among it."""
        roots = [f"{verb}/api/keys/" for verb in VERBS]
        return any(f"{call}/".startswith(root) for call in self.calls for root in roots) or any(
            prefix.startswith(root) or root.startswith(prefix) for prefix in self.prefixes for root in roots
        )


class ApiScopes:
    """What each scope opens on one API. A scope that is no longer in the table opens nothing."""

    def __init__(self, table: Mapping[str, Sequence[str]], api: str) -> None:
        self._table = {**table, EVERYTHING: (f"{api}:ANY /*" if api else "ANY /*",)}
        self._api = api

    def opened(self, scopes: Sequence[str]) -> Opened:
        """What `scopes` open together."""
        routes = [route for scope in scopes for route in self._table.get(scope, ())]
        has_exclusive = self._api == OWN_API and EVERYTHING not in scopes
        return Opened(routes, self._api, _EXCLUSIVE if has_exclusive else ())

    def needed(self, call: str) -> str:
        """A scope that opens the call. Only `*` opens a call that no line of the table names."""
        others = (scope for scope in self._table if scope != EVERYTHING)
        return next((scope for scope in others if self._alone(scope).opens(call)), EVERYTHING)

    def giver(self, scopes: Sequence[str]) -> str:
        """Who may put `scopes` on one key, by what they open together."""
        opened = self.opened(scopes)
        if opened.opens_everything() or any(opened.opens(call) for call in _EXCLUSIVE):
            return OPERATOR_GIVES
        # What a scope opened that left the table is not known, and it may come back.
        gone = not self._table.keys() >= set(scopes)
        return EVERYTHING_GIVES if gone or opened.manages_keys() else KEYS_GIVE

    @cache  # noqa: B019 - there is one of these for each API, as long as the process lives
    def _alone(self, scope: str) -> Opened:
        return self.opened([scope])


class ScopeTable:
    """The built-in scopes and `added` ones, name → routes as in `ROUTES`, which have been checked."""

    def __init__(self, added: Mapping[str, Sequence[str]] | None = None) -> None:
        #: Every scope with its routes, as they are written.
        self.routes: dict[str, Sequence[str]] = {**ROUTES, **(added or {})}
        self._apis = {OWN_API: ApiScopes(self.routes, OWN_API)}

    def on(self, api: str) -> ApiScopes:
        """The scopes as they count on one API, by its id or OWN_API.

        Raises ConfigurationError for an API that no route names: there, nothing is open to anybody.
        """
        if api not in self._apis:
            if all(split(route)[0] != api for routes in self.routes.values() for route in routes):
                raise ConfigurationError(
                    f'Scopes: no route names the API {api}. Add one such as "{api}:GET /path".'
                )
            self._apis[api] = ApiScopes(self.routes, api)
        return self._apis[api]

    def check_manage_over_http(self, held_by_key: Sequence[str], held: Sequence[str]) -> None:
        """Raise ForbiddenError unless a caller that holds `held` may change or revoke a key over HTTP."""
        own = self.on(OWN_API)
        if own.giver(held_by_key) == OPERATOR_GIVES and not own.opened(held).opens_everything():
            raise ForbiddenError(
                'This key was made by an operator. Only a key with full access, the scope "*", can change or '
                "revoke it."
            )

    def check_grant_over_http(self, wanted: Sequence[str], held: Sequence[str]) -> None:
        """Raise ForbiddenError unless a caller that holds `held` may put `wanted` on a key over HTTP."""
        own = self.on(OWN_API)
        if own.giver(wanted) == OPERATOR_GIVES:
            alone = [scope for scope in wanted if own.giver([scope]) == OPERATOR_GIVES]
            raise ForbiddenError(
                f"{_named(alone or wanted)} cannot be given through this API, neither to a new key nor by "
                "rotating, enabling or widening one. Ask the operator of this API, who has access to its AWS "
                "account."
            )
        guarded = [scope for scope in wanted if own.giver([scope]) == EVERYTHING_GIVES]
        if guarded and not own.opened(held).opens_everything():
            raise ForbiddenError(
                f'Only a key with full access, the scope "*", can give {_named(guarded, "the")}. Ask the '
                "operator of this API."
            )


def _named(scopes: Sequence[str], article: str = "The") -> str:
    names = " and ".join(f'"{scope}"' for scope in scopes)
    return f"{article} scope {names}" if len(scopes) == 1 else f"{article} scopes {names} together"
