import json
import re
from pathlib import Path

import pytest

from apikeys import scope_parameter
from apikeys.errors import ConfigurationError
from apikeys.scope import OWN_API, ROUTES
from apikeys.scope_parameter import scope_table
from tests.written import written

TEMPLATE = Path(__file__).parents[3] / "template.yaml"
ROUTE = ["GET /x"]

GOOD = [
    {"invoices:read": ["GET /invoices", "GET /invoices/*"]},
    {"a": ["a1b2c3d4e5:ANY /*"], "B-2_c.d": ["POST /"], "x" * 64: ["DELETE /a/b.c/d-e_f/g:h"]},
    {"every": [f"{verb} /x" for verb in ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")]},
    {"keys2": ROUTE, "key": ROUTE},
    {},
]
BAD = [
    ("verb", {"bad": ["FETCH /x"]}, '"bad": "FETCH /x": the verb must be one of DELETE, GET,'),
    ("verb in small letters", {"bad": ["get /x"]}, '"bad": "get /x": the verb must be'),
    ("star as a verb", {"bad": ["* /x"]}, '"bad": "* /x": the verb must be'),
    ("no verb", {"bad": ["/x"]}, '"bad": "/x": a route is "VERB /path"'),
    ("star inside", {"bad": ["GET /x/*/y"]}, '"bad": "GET /x/*/y": a star stands at the end alone'),
    ("star after letters", {"bad": ["GET /x*"]}, '"bad": "GET /x*": a star stands at the end alone'),
    ("two stars", {"bad": ["GET /*/*"]}, '"bad": "GET /*/*": a star stands at the end alone'),
    ("question mark", {"bad": ["GET /x?"]}, '"bad": "GET /x?": a path holds letters'),
    ("parameter", {"bad": ["GET /x/{id}"]}, '"bad": "GET /x/{id}": a path holds letters'),
    ("policy variable", {"bad": ["GET /${aws:x}"]}, "a path holds letters"),
    ("percent", {"bad": ["GET /%2e%2e"]}, "a path holds letters"),
    ("spaces", {"bad": ["GET  /x"]}, 'a route is "VERB /path"'),
    ("space at the end", {"bad": ["GET /x "]}, "a path holds letters"),
    ("letters of a script", {"bad": ["GET /é"]}, "a path holds letters"),
    ("dots", {"bad": ["GET /x/../api/keys"]}, "no part of a path is empty, or made of dots alone"),
    ("empty part", {"bad": ["GET //x"]}, "no part of a path is empty"),
    ("empty part before a star", {"bad": ["GET //*"]}, "no part of a path is empty"),
    ("slash at the end", {"bad": ["GET /x/"]}, "none ends in a slash"),
    ("long path", {"bad": ["GET /" + "x" * 256]}, "a path has at most 256 characters"),
    ("API in capitals", {"bad": ["Api:GET /x"]}, "the id of an API holds small letters"),
    ("API without an id", {"bad": [":GET /x"]}, "the id of an API holds small letters"),
    ("empty list", {"bad": []}, '"bad": needs a list of one route or more'),
    ("no list", {"bad": "GET /x"}, '"bad": needs a list of one route or more'),
    ("no text", {"bad": [7]}, '"bad": a route is a text'),
    ("space in a name", {"not good": ROUTE}, '"not good": a name begins with a letter, and holds'),
    ("digit first", {"7up": ROUTE}, '"7up": a name begins with a letter'),
    ("quote in a name", {'a"b': ROUTE}, "a name begins with a letter"),
    ("no name", {"": ROUTE}, '"": a name has 1 to 64 characters'),
    ("long name", {"x" * 65: ROUTE}, "a name has 1 to 64 characters"),
    ("runtime", {"runtime": ROUTE}, '"runtime": is built in'),
    ("keys", {"keys": ROUTE}, '"keys": is built in'),
    ("verify", {"verify": ROUTE}, '"verify": is built in'),
    ("star", {"*": ROUTE}, '"*": is built in'),
    ("list", [], "must be an object"),
    ("many scopes", {f"s{n}": ROUTE for n in range(65)}, "more than 64 scopes"),
    ("many routes", {"a": [f"GET /{n}" for n in range(201)]}, "more than 200 routes"),
]


def pattern() -> str:
    """The template's own check of the parameter."""
    found: str = written("template.yaml")["Parameters"]["Scopes"]["AllowedPattern"]
    return found


@pytest.mark.parametrize("table", GOOD)
def test_a_good_table_adds_its_scopes_to_those_that_are_built_in(table: dict[str, list[str]]) -> None:
    for text in (json.dumps(table), json.dumps(table, indent=2), json.dumps(table, separators=(",", ":"))):
        assert scope_table(text).routes == {**ROUTES, **table}
        assert re.fullmatch(pattern(), text)


def test_no_parameter_adds_nothing() -> None:
    assert scope_table("").routes == ROUTES
    assert re.fullmatch(pattern(), "")


@pytest.mark.parametrize(("table", "text"), [one[1:] for one in BAD], ids=[one[0] for one in BAD])
def test_a_table_that_breaks_a_rule_is_refused_with_the_entry(table: object, text: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        scope_table(json.dumps(table, ensure_ascii=False))
    assert text in str(refusal.value)
    assert str(refusal.value).startswith("Scopes: ")


#: What a pattern cannot count.
ONLY_AT_THE_FIRST_CALL = {"dots", "long path", "many scopes", "many routes"}


@pytest.mark.parametrize(
    "table",
    [pytest.param(one[1], id=one[0]) for one in BAD if one[0] not in ONLY_AT_THE_FIRST_CALL],
)
def test_a_deployment_refuses_it_too(table: object) -> None:
    assert not re.fullmatch(pattern(), json.dumps(table, ensure_ascii=False))


def test_a_duplicate_name_is_refused() -> None:
    with pytest.raises(ConfigurationError, match='"a": is listed twice'):
        scope_table('{"a": ["GET /x"], "b": ["GET /y"], "a": ["GET /z"]}')


@pytest.mark.parametrize("text", ["{", "nonsense", "NaN", "[" * 100_000, "\ud800"])
def test_a_text_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"Scopes: (not valid JSON|must be an object)"):
        scope_table(text)


def test_a_table_too_long_for_a_parameter_is_read_from_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope_parameter, "__file__", str(tmp_path / "scope_parameter.py"))
    assert re.fullmatch(pattern(), "scopes.json")
    with pytest.raises(
        ConfigurationError, match=r"scopes\.json cannot be read\. Put it into functions/apikeys/"
    ):
        scope_table("scopes.json")
    table = {f"scope{n}": [f"GET /a/rather/long/path/{n}", f"POST /another/{n}/*"] for n in range(60)}
    (tmp_path / "scopes.json").write_text(json.dumps(table, indent=4))
    assert scope_table("scopes.json").on(OWN_API).needed("POST/another/7/x") == "scope7"
