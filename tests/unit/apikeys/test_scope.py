import re

import pytest

from apikeys import scope
from apikeys.errors import ForbiddenError

STAGE = "arn:aws:execute-api:eu-central-1:123456789012:api/live"


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
    ],
)
def test_a_call_needs_the_scope_that_opens_its_route(
    held: list[str], verb: str, path: str, missing: str | None
) -> None:
    assert scope.missing(held, verb, path) == missing


def test_the_resources_of_a_scope_spell_out_every_verb() -> None:
    resources = scope.resources(["runtime"], STAGE)
    assert f"{STAGE}/GET/api/runtime/*" in resources
    assert f"{STAGE}/DELETE/api/mcp" in resources
    assert not any("/*/" in resource for resource in resources)


@pytest.mark.parametrize("name", scope.ROUTES)
def test_the_table_holds_what_a_policy_and_a_403_can_say(name: str) -> None:
    assert re.fullmatch(r"\*|[a-z][a-z0-9._:-]*", name)
    assert isinstance(scope.ROUTES[name], tuple)
    for route in scope.ROUTES[name]:
        # A star inside a path would match slashes in the policy, and a {parameter} would match nothing.
        assert re.fullmatch(r"(ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT) (/[^/*{}?\s]+)*(/\*)?", route)


def test_a_scope_that_left_the_table_opens_nothing() -> None:
    assert scope.resources(["gone"], STAGE) == []


@pytest.mark.parametrize("held", [["runtime"], ["keys"], ["*"]])
def test_nobody_gives_everything_over_http(held: list[str]) -> None:
    with pytest.raises(ForbiddenError, match="cannot be given over HTTP"):
        scope.check_grant_over_http(["*"], held)


def test_only_a_key_that_opens_everything_gives_keys() -> None:
    scope.check_grant_over_http(["keys"], ["*"])
    with pytest.raises(ForbiddenError, match='Only a key with the scope "\\*"'):
        scope.check_grant_over_http(["runtime", "keys"], ["keys"])


def test_a_key_that_manages_keys_gives_the_other_scopes() -> None:
    scope.check_grant_over_http(["runtime"], ["keys"])
