import re

import pytest

from apikeys import scope
from apikeys.errors import ConfigurationError, ForbiddenError
from apikeys.scope import OWN_API, ApiScopes, ScopeTable

OWN = ScopeTable().on(OWN_API)
TABLE = ScopeTable(
    {
        "invoices:read": ["GET /invoices", "GET /invoices/*"],
        "invoices:there": ["api2:ANY /invoices"],
        "helpdesk": ["POST /api/keys"],
        "reader": ["GET /*"],
        "rest": ["DELETE /*", "HEAD /*", "OPTIONS /*", "PATCH /*", "POST /*", "PUT /*"],
        "root": ["ANY /*"],
        "ops": ["DELETE /*", "GET /*", "PATCH /*", "POST /*"],
        "below": ["ANY /api/*"],
        "checker": ["POST /api/keys/verify"],
        "there": ["api2:ANY /*"],
    }
)


def missing_scope(scopes: ApiScopes, held: list[str], call: str) -> str | None:
    return None if scopes.opened(held).opens(call) else scopes.needed(call)


@pytest.mark.parametrize(
    ("held", "verb", "path", "missing"),
    [
        (["runtime"], "GET", "/api/runtime/capabilities", None),
        (["runtime"], "DELETE", "/api/runtime/sessions/1", None),
        (["runtime"], "POST", "/api/mcp", None),
        (["runtime"], "GET", "/api/keys", "keys"),
        (["runtime"], "POST", "/api/keys/key_1/rotate", "keys"),
        (["keys"], "GET", "/api/keys", None),
        (["keys"], "DELETE", "/api/keys/key_1", None),
        (["keys"], "POST", "/api/mcp", "runtime"),
        (["keys"], "GET", "/api/runtime/capabilities", "runtime"),
        (["keys", "runtime"], "POST", "/api/mcp", None),
        (["*"], "GET", "/api/keys", None),
        (["*"], "POST", "/anything/else", None),
        (["runtime", "keys"], "GET", "/anything/else", "*"),
        (["runtime"], "GET", "/api/mcp/below", "*"),
        (["runtime"], "GET", "/x/api/runtime/capabilities", "*"),
        (["keys"], "GET", "/api/keysmith", "*"),
        ([], "GET", "/api/keys", "keys"),
        (["gone"], "GET", "/api/keys", "keys"),
        (["runtime"], "POST", "/api/mcp/", None),
        (["keys"], "GET", "/api/keys/", None),
        (["runtime"], "PROPFIND", "/api/mcp", "*"),
        (["keys"], "POST", "/api/keys/verify", "verify"),
        (["keys"], "POST", "/api/keys/verify/", "verify"),
        (["verify"], "POST", "/api/keys/verify", None),
        (["verify", "keys"], "POST", "/api/keys/verify", None),
        (["verify"], "GET", "/api/keys", "keys"),
        (["*"], "POST", "/api/keys/verify", None),
    ],
)
def test_a_call_needs_the_scope_that_opens_its_route(
    held: list[str], verb: str, path: str, missing: str | None
) -> None:
    assert missing_scope(OWN, held, verb + path) == missing


def test_every_verb_is_spelled_out() -> None:
    opened = OWN.opened(["runtime"])
    assert "GET/api/runtime/" in opened.prefixes
    assert "DELETE/api/mcp" in opened.calls
    assert not any("*" in call for call in (*opened.calls, *opened.prefixes))


@pytest.mark.parametrize("name", scope.ROUTES)
def test_the_table_contains_only_what_a_policy_and_a_403_can_express(name: str) -> None:
    assert re.fullmatch(r"\*|[a-z][a-z0-9._:-]*", name)
    assert isinstance(scope.ROUTES[name], tuple)
    for route in scope.ROUTES[name]:
        # A star inside a path would match slashes in the policy, and a {parameter} would match nothing.
        assert re.fullmatch(r"(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) (/[^/*{}?\s]+)*(/\*)?", route)


def test_a_scope_that_left_the_table_opens_nothing() -> None:
    opened = OWN.opened(["gone"])
    assert (opened.calls, opened.prefixes) == ({}, ())


def test_what_a_star_covers_and_its_scope_does_not_open_is_denied() -> None:
    assert OWN.opened(["keys"]).denied == ("POST/api/keys/verify", "POST/api/keys/verify/")
    assert TABLE.on("api2").opened(["there"]).denied == ()
    for held in (["keys", "verify"], ["*"], ["runtime"]):
        assert OWN.opened(held).denied == ()


@pytest.mark.parametrize(
    ("held", "api", "path", "missing"),
    [
        (["invoices:read"], OWN_API, "/invoices", None),
        (["invoices:read"], OWN_API, "/invoices/7/lines", None),
        (["invoices:read"], "api2", "/invoices", "invoices:there"),
        (["invoices:there"], "api2", "/invoices", None),
        (["invoices:there"], OWN_API, "/invoices", "invoices:read"),
        (["runtime"], "api2", "/api/mcp", "there"),
        (["there"], OWN_API, "/api/keys", "keys"),
        (["*"], "api2", "/what/ever", None),
        (["root"], "api2", "/what/ever", "there"),
    ],
)
def test_a_route_belongs_to_one_api(held: list[str], api: str, path: str, missing: str | None) -> None:
    assert missing_scope(TABLE.on(api), held, "GET" + path) == missing


@pytest.mark.parametrize(
    ("held", "covers"),
    [
        (["keys"], True),
        (["*"], True),
        (["below"], True),
        (["reader", "rest"], True),
        (["keys", "verify"], True),
        (["helpdesk"], False),
        (["reader"], False),
        (["helpdesk", "reader"], False),
        (["runtime"], False),
        ([], False),
    ],
)
def test_a_scope_that_covers_key_management_opens_all_of_it(held: list[str], covers: bool) -> None:
    own = TABLE.on(OWN_API)
    assert own.opened(held).covers(own.opened(["keys"])) is covers


def test_what_a_scope_has_to_name_is_covered_by_those_that_name_it() -> None:
    own = TABLE.on(OWN_API)
    assert not own.opened(["keys"]).covers(own.opened(["verify"]))
    assert not own.opened(["root"]).covers(own.opened(["*"]))
    assert own.opened(["keys", "verify"]).covers(own.opened(["verify"]))


def test_on_an_api_that_no_route_names_nothing_is_open() -> None:
    with pytest.raises(ConfigurationError, match="no route names the API api3"):
        TABLE.on("api3")


@pytest.mark.parametrize("held", [["runtime"], ["keys"], ["*"]])
@pytest.mark.parametrize("wanted", ["*", "verify", "root", "ops", "checker"])
def test_nobody_gives_everything_or_the_checking_of_keys_over_http(held: list[str], wanted: str) -> None:
    with pytest.raises(
        ForbiddenError, match=f'^The scope "{re.escape(wanted)}" cannot be given through this API'
    ):
        TABLE.check_grant_over_http(["runtime", wanted], held)


def test_nobody_gives_over_http_scopes_that_together_open_everything() -> None:
    TABLE.check_grant_over_http(["reader"], ["*"])
    TABLE.check_grant_over_http(["rest"], ["*"])
    with pytest.raises(ForbiddenError, match=r'^The scopes "reader" and "rest" together cannot be given'):
        TABLE.check_grant_over_http(["reader", "rest"], ["*"])


@pytest.mark.parametrize("wanted", ["keys", "helpdesk", "reader", "rest", "below", "gone"])
def test_only_a_key_that_opens_everything_gives_scopes_for_key_management(wanted: str) -> None:
    TABLE.check_grant_over_http([wanted], ["*"])
    TABLE.check_grant_over_http([wanted], ["reader", "rest"])
    TABLE.check_grant_over_http([wanted], ["ops"])
    for held in (["keys"], ["helpdesk"], ["reader"], [wanted]):
        with pytest.raises(
            ForbiddenError,
            match=f'^Only a key with full access, the scope "\\*", can give the scope "{wanted}"',
        ):
            TABLE.check_grant_over_http(["runtime", wanted], held)


@pytest.mark.parametrize("wanted", ["runtime", "invoices:read", "invoices:there", "there"])
def test_a_key_that_manages_keys_gives_the_other_scopes(wanted: str) -> None:
    TABLE.check_grant_over_http([wanted], ["keys"])
