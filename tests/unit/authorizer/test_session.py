import json

import pytest

from apikeys.cookie import SESSIONS
from apikeys.secret import ENTROPY_BYTES
from authorizer.session import cookie, person, presented_session

SECRET = SESSIONS.new(bytes(ENTROPY_BYTES))
OTHER = SESSIONS.new(bytes([1] * ENTROPY_BYTES))
COOKIE = f"__Host-session={SECRET.reveal()}"
SAYS = {"Cookie": [COOKIE], "X-Settings-Page": [SECRET.id]}


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": [COOKIE]},
        {"cookie": [f"theme=dark; {COOKIE};lang=de"]},
        {"Cookie": ["theme=dark", COOKIE]},
        {"Cookie": [COOKIE, COOKIE]},
    ],
    ids=["alone", "between others", "in a second line", "twice the same"],
)
def test_the_cookie_is_found_among_others(headers: dict[str, list[str]]) -> None:
    found = cookie(headers)
    assert found is not None
    assert found.reveal() == SECRET.reveal()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "__Host-session=",
        f"session={SECRET.reveal()}",
        f"__host-session={SECRET.reveal()}",
        f'__Host-session="{SECRET.reveal()}"',
        f"{COOKIE}; __Host-session={OTHER.reveal()}",
        f"__Host-session={SECRET.reveal()[:-1]}",
        f"__Host-session=sk_live_copia_{SECRET.reveal().removeprefix('session_')}",
    ],
    ids=["empty", "no value", "another name", "another case", "quoted", "two sessions", "cut", "a key"],
)
def test_no_other_cookie_is_taken_for_one(value: str) -> None:
    assert cookie({"Cookie": [value]}) is None


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
def test_a_read_needs_only_the_cookie(verb: str) -> None:
    assert presented_session({"Cookie": [COOKIE]}, verb, "/api/keys") is not None


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_needs_the_page_to_say_which_session_it_means(verb: str) -> None:
    assert presented_session({"Cookie": [COOKIE]}, verb, "/api/keys") is None
    assert presented_session({"Cookie": [COOKIE], "x-settings-page": ["sign-in"]}, verb, "/api/keys") is None
    assert presented_session(SAYS, verb, "/api/keys") is not None


@pytest.mark.parametrize("verb", ["GET", "DELETE"])
def test_a_page_that_means_another_session_gets_none(verb: str) -> None:
    assert presented_session({"Cookie": [COOKIE], "X-Settings-Page": [OTHER.id]}, verb, "/api/keys") is None
    assert (
        presented_session({"Cookie": [COOKIE], "X-Settings-Page": [SECRET.id, OTHER.id]}, verb, "/api/keys")
        is None
    )


@pytest.mark.parametrize("name", ["x-api-key", "X-Api-Key", "Authorization", "AUTHORIZATION"])
def test_a_session_is_ignored_when_a_key_header_is_present(name: str) -> None:
    assert presented_session(SAYS | {name: ["whatever it holds"]}, "GET", "/api/keys") is None


@pytest.mark.parametrize("path", ["/api/keysets", "/api/runtime/capabilities", "/settings/session", "/"])
def test_a_session_is_ignored_outside_key_management(path: str) -> None:
    assert presented_session(SAYS, "GET", path) is None


def test_a_session_counts_on_the_routes_below_api_keys() -> None:
    assert presented_session(SAYS, "GET", "/api/keys/key_0123456789ab/usage") is not None


def test_a_session_ends_at_its_time_exactly() -> None:
    session = json.dumps({"person_id": "ada", "expires_at": 1000})
    assert person(session, 999.999) == {"person_id": "ada", "expires_at": "1000"}
    assert person(session, 1000.0) is None


@pytest.mark.parametrize("broken", ["", "[]", "{}", "null", '{"expires_at": "soon"}'])
def test_a_malformed_session_item_means_a_broken_store(broken: str) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        person(broken, 0)
