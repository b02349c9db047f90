"""A policy allows a call exactly if one of the key's scopes opens it, and otherwise names one that would.

So it is for every table of scopes and on every API that the table names.
"""

import json
import string
from collections.abc import Mapping, Sequence

from hypothesis import assume, given
from hypothesis import strategies as st

from apikeys.errors import ConfigurationError
from apikeys.scope import EVERYTHING, OWN_API, ROUTES, VERBS, ScopeTable
from apikeys.scope_parameter import scope_table
from authorizer.policy import policy
from local.api.guards.policy import Decision, evaluate

ACCOUNT = "arn:aws:execute-api:eu-central-1:123456789012"
APIS = (OWN_API, "api2", "api3")

verbs = st.sampled_from(VERBS)
segments = st.sampled_from(
    ["api", "keys", "runtime", "mcp", "verify", "key_1", "", "*", "?", "..", "API", "keys ", "live", "GET"]
)
paths = st.lists(segments | st.text(max_size=5), max_size=5).map("/".join)
plain = st.sampled_from(["api", "keys", "runtime", "verify", "key_1", "invoices", "x.y", "a:b"])


@st.composite
def routes(draw: st.DrawFn) -> str:
    api = draw(st.sampled_from(APIS))
    path = "".join(f"/{part}" for part in draw(st.lists(plain, max_size=3)))
    end = draw(st.sampled_from(["", "/*"])) if path else draw(st.sampled_from(["/", "/*"]))
    return f"{api}{':' if api else ''}{draw(verbs | st.just('ANY'))} {path}{end}"


tables = st.dictionaries(
    st.sampled_from(["invoices:read", "helpdesk", "a.b", "Root"]), st.lists(routes(), min_size=1, max_size=3)
)
held_scopes = st.lists(
    st.sampled_from([*ROUTES, "invoices:read", "helpdesk", "a.b", "Root", "a scope that left", "?"]),
    max_size=4,
)


def opens(table: Mapping[str, Sequence[str]], scope: str, api: str, verb: str, path: str) -> bool:
    """What a scope opens by the contract, written independently of the code."""
    if scope == EVERYTHING:
        return True
    is_verify = api == OWN_API and verb == "POST" and path in ("api/keys/verify", "api/keys/verify/")
    for route in table.get(scope, ()):
        call, _, written = route.partition(" /")
        its_api, its_verb = call.split(":") if ":" in call else ("", call)
        if its_api != api or its_verb not in (verb, "ANY"):
            continue
        if written.endswith("*"):
            if path.startswith(written[:-1]) and not is_verify:
                return True
        elif path in (written, written + "/" if written else ""):
            return True
    return False


def caller(held: list[str]) -> dict[str, str]:
    return {"key_id": "key_1", "organization_id": "org_1", "scopes": " ".join(held)}


@given(
    tables, held_scopes, st.sampled_from(APIS), verbs, paths | routes().map(lambda r: r.partition(" /")[2])
)
def test_the_policy_allows_exactly_what_the_scopes_open(
    added: dict[str, list[str]], held: list[str], api: str, verb: str, path: str
) -> None:
    table = scope_table(json.dumps(added)) if added else ScopeTable()
    try:
        scopes = table.on(api)
    except ConfigurationError:
        assert not any(route.startswith(f"{api}:") for written in added.values() for route in written)
        return
    call = f"{ACCOUNT}:{api or 'own'}/live/{verb}/{path}"
    answer = policy(caller(held), call, scopes)
    every = {**ROUTES, **added}
    allowed = any(opens(every, one, api, verb, path) for one in " ".join(held).split())
    assert (evaluate(answer["policyDocument"], call) is Decision.ALLOW) == allowed
    assert ("missing_scope" not in answer["context"]) == allowed
    assert allowed or opens(every, answer["context"]["missing_scope"], api, verb, path)


@given(tables, held_scopes, st.permutations(APIS), verbs, paths)
def test_a_policy_for_one_api_allows_nothing_on_another(
    added: dict[str, list[str]], held: list[str], apis: list[str], verb: str, path: str
) -> None:
    table = ScopeTable(added)
    try:
        scopes = table.on(apis[0])
    except ConfigurationError:
        assume(False)
    document = policy(caller(held), f"{ACCOUNT}:{apis[0] or 'own'}/live/GET/", scopes)
    other = f"{ACCOUNT}:{apis[1] or 'own'}/live/{verb}/{path}"
    assert evaluate(document["policyDocument"], other) is not Decision.ALLOW


@given(tables, held_scopes, st.lists(st.tuples(verbs, paths), min_size=2, max_size=2))
def test_the_policy_is_the_same_for_every_call(
    added: dict[str, list[str]], held: list[str], calls: list[tuple[str, str]]
) -> None:
    scopes = ScopeTable(added).on(OWN_API)
    one, other = (policy(caller(held), f"{ACCOUNT}:own/live/{verb}/{path}", scopes) for verb, path in calls)
    assert one["policyDocument"] == other["policyDocument"]


@given(tables, held_scopes, held_scopes, verbs, paths)
def test_nobody_gives_over_http_a_scope_that_lets_a_key_give_itself(
    added: dict[str, list[str]], wanted: list[str], held: list[str], verb: str, path: str
) -> None:
    """A caller without `*`, whose scopes do not open everything, gives nothing that opens a call on keys."""
    table = ScopeTable(added)
    own = table.on(OWN_API)
    assume(not own.opened(held).opens_everything())
    try:
        table.check_grant_over_http(wanted, held)
    except Exception:  # noqa: BLE001 - any refusal is a refusal
        return
    for call in (path, "api/keys", f"api/keys/{path}"):
        if call == "api/keys" or call.startswith("api/keys/"):
            assert not any(opens({**ROUTES, **added}, one, OWN_API, verb, call) for one in wanted)


@given(st.text(string.printable, max_size=80) | st.binary(max_size=40).map(lambda b: b.decode("latin-1")))
def test_any_value_of_the_parameter_is_a_table_or_refused(text: str) -> None:
    try:
        assert set(scope_table(text).routes) >= set(ROUTES)
    except ConfigurationError as error:
        assert str(error).startswith("Scopes: ")  # noqa: PT017 - either way is right
