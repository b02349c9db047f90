"""A deployment's own scopes, by its parameter Scopes."""

from tests.e2e.api import Api, error
from tests.e2e.people import Browser


def test_a_scope_of_the_deployment_opens_its_route_and_no_other(scoped: Api) -> None:
    secret = scoped.create("capabilities")["secret"]
    assert scoped.status(secret) == 200
    refused = scoped.call("POST", "/api/mcp", secret, json={})
    assert refused.status_code == 403
    assert '"runtime"' in error(refused)


def test_a_scope_that_opens_the_creation_of_keys_is_given_and_renewed_only_by_star(scoped: Api) -> None:
    helpdesk = scoped.create("helpdesk")
    held = helpdesk["secret"]
    given = scoped.call("POST", "/api/keys", held, json={"name": "A friend", "scopes": ["capabilities"]})
    assert given.status_code == 201
    again = scoped.call("POST", "/api/keys", held, json={"name": "Myself", "scopes": ["helpdesk"]})
    assert again.status_code == 403
    assert error(again).startswith(
        'Only a key with full access, the scope "*", can give the scope "helpdesk".'
    )
    renewed = scoped.call("POST", f"/api/keys/{helpdesk['id']}/rotate", scoped.create("keys")["secret"])
    assert renewed.status_code == 403


def test_a_scope_that_opens_only_a_part_of_key_management_cannot_sign_in(scoped: Api) -> None:
    with Browser(scoped.url) as browser:
        refused = browser.sign_in(key=scoped.create("helpdesk")["secret"])
    assert refused.status_code == 403
    assert error(refused).startswith('This key lacks the scope "keys".')


def test_a_scope_that_opens_everything_cannot_be_given_over_http(scoped: Api) -> None:
    refused = scoped.admin("POST", "/api/keys", json={"name": "Root", "scopes": ["root"]})
    assert refused.status_code == 403
    assert error(refused).startswith('The scope "root" cannot be given through this API')


def test_an_unknown_scope_is_refused_and_the_answer_lists_the_known_ones(scoped: Api) -> None:
    refused = scoped.admin("POST", "/api/keys", json={"name": "Typing error", "scopes": ["helpdesc"]})
    assert refused.status_code == 400
    assert '"helpdesk"' in error(refused)
