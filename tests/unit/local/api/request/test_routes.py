"""Which route a request is for."""

from typing import Any

import pytest

from local.api.request.routes import Routes

INTEGRATION = "x-amazon-apigateway-integration"


def body(*routes: str, **extra: Any) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for route in routes:
        verb, path = route.split()
        name = "x-amazon-apigateway-any-method" if verb == "ANY" else verb.lower()
        paths.setdefault(path, {})[name] = {INTEGRATION: {"uri": route}}
    return {"paths": paths} | extra


ROUTES = Routes(
    body(
        "GET /",
        "GET /a",
        "POST /a",
        "GET /a/b",
        "GET /a/{id}",
        "ANY /a/{id}/c",
        "PUT /a/{id}/c",
        "GET /slash/",
        "ANY /a/{rest+}",
        "GET /{first}/b",
        "GET /dots.and(brackets)",
        "ANY /wide/{proxy+}",
    )
)


@pytest.mark.parametrize(
    ("request_line", "route", "parameters"),
    [
        ("GET /", "GET /", {}),
        ("GET /a", "GET /a", {}),
        ("POST /a", "POST /a", {}),
        ("GET /a/b", "GET /a/b", {}),
        ("GET /a/x", "GET /a/{id}", {"id": "x"}),
        ("DELETE /a/x/c", "ANY /a/{id}/c", {"id": "x"}),
        ("PUT /a/x/c", "PUT /a/{id}/c", {"id": "x"}),
        ("GET /a/x/y/z", "ANY /a/{rest+}", {"rest": "x/y/z"}),
        ("GET /a/b/", "GET /a/b", {}),
        ("POST /a/b", "ANY /a/{rest+}", {"rest": "b"}),
        ("GET /slash", "GET /slash/", {}),
        ("GET /slash/", "GET /slash/", {}),
        ("GET /a/x/y/", "ANY /a/{rest+}", {"rest": "x/y"}),
        ("GET /z/b", "GET /{first}/b", {"first": "z"}),
        ("GET /dots.and(brackets)", "GET /dots.and(brackets)", {}),
        ("PATCH /wide/a/b", "ANY /wide/{proxy+}", {"proxy": "a/b"}),
        ("GET /wide//a", "ANY /wide/{proxy+}", {"proxy": "/a"}),
    ],
)
def test_the_most_literal_path_wins(request_line: str, route: str, parameters: dict[str, str]) -> None:
    match = ROUTES.match(*request_line.split())
    assert match
    assert match.route.integration["uri"] == route
    assert match.parameters == parameters


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /b",
        "GET /A",
        "DELETE /a",
        "GET a",
        "GET /wide",
        "GET /wide/",
        "GET /dotsXand(brackets)",
        "TRACE /a/x/c",
        "ANY /a/x/c",
    ],
)
def test_another_path_or_verb_has_no_route(request_line: str) -> None:
    assert ROUTES.match(*request_line.split()) is None


@pytest.mark.parametrize("encoded", ["a%2Fb", "%20", "%C3%A9", "100%25", "a+b", "a;b=c", "é"])
def test_a_parameter_keeps_its_encoding(encoded: str) -> None:
    match = ROUTES.match("GET", f"/a/{encoded}")
    assert match
    assert match.parameters == {"id": encoded}


def test_an_encoded_letter_is_another_path() -> None:
    assert ROUTES.match("GET", "/%61") is None


def test_a_method_is_guarded_by_its_own_schemes_or_else_by_the_apis() -> None:
    document = body("GET /own", "GET /open", "GET /apis", security=[{"Default": []}])
    document["paths"]["/own"]["get"]["security"] = [{"Own": []}]
    document["paths"]["/open"]["get"]["security"] = []
    routes = {route.resource: route.security for route in Routes(document)}
    assert routes == {"/own": ("Own",), "/open": (), "/apis": ("Default",)}
