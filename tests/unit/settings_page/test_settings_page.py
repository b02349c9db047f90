"""The page that people manage their keys on, as it is served."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

import people.settings_page.app as settings_page
from apikeys import scope
from apikeys.invisible import INVISIBLE


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("USAGE_TRACKING", "true")
    monkeypatch.setenv("SCOPES", "")
    monkeypatch.setenv("KEY_PREFIX", "sk_live_copia_")
    yield
    settings_page._document.cache_clear()  # noqa: SLF001 - as in a new process


def get(headers: dict[str, list[str]] | None = None, path: str = "/settings/api") -> Any:
    return settings_page.handler({"path": path, "multiValueHeaders": headers}, None)


def told() -> Any:
    """What the page gets from the deployment."""
    [text] = re.findall(r'<script type="application/json" id="deployment">(.*?)</script>', get()["body"])
    return json.loads(text)


def test_the_page_is_one_document_that_loads_nothing_else() -> None:
    answer = get()
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert answer["body"].startswith("<!doctype html>")
    assert re.findall(r'(?:src|href)="(?!data:|#)([^"]+)"', answer["body"]) == []


def test_the_scopes_that_the_page_offers_are_those_of_the_api() -> None:
    assert told()["routes"] == {name: list(routes) for name, routes in scope.ROUTES.items()}
    assert told()["givers"] == {"runtime": "keys", "keys": "*", "verify": "operator", "*": "operator"}


def test_a_scope_of_the_deployment_is_offered_with_the_scope_that_gives_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SCOPES", '{"helpdesk": ["GET /api/keys"], "billing": ["api2:GET /bills"]}')
    assert told()["routes"]["billing"] == ["api2:GET /bills"]
    assert (told()["givers"]["helpdesk"], told()["givers"]["billing"]) == ("*", "keys")


@pytest.mark.parametrize("tracked", [True, False])
def test_the_page_knows_whether_usage_is_recorded_and_how_secrets_begin(
    monkeypatch: pytest.MonkeyPatch, tracked: bool
) -> None:
    monkeypatch.setenv("USAGE_TRACKING", str(tracked).lower())
    assert (told()["tracks_usage"], told()["key_prefix"]) == (tracked, "sk_live_copia_")


def test_the_page_marks_the_characters_that_the_api_knows_to_show_nothing() -> None:
    marked = {point for first, last in told()["invisible"] for point in range(first, last + 1)}
    assert marked == {point for point in range(0x110000) if INVISIBLE.match(chr(point))}


def test_while_the_scopes_are_invalid_the_page_is_unavailable_and_its_log_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SCOPES", '{"helpdesk": ["FETCH /tickets"]}')
    answer = get()
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")
    assert "helpdesk" not in answer["body"]
    [line] = capsys.readouterr().out.splitlines()
    assert '"helpdesk": "FETCH /tickets"' in json.loads(line)["message"]


@pytest.mark.parametrize(
    "lines",
    [
        ["*"],
        [" *\t"],
        ["TAG"],  # weak and strong are the same here
        ['W/"a,b", TAG'],
        ['"of-another,with,commas" , , W/TAG ,'],
        ['W/""', "W/TAG"],
    ],
)
def test_if_none_match_is_read_as_rfc_9110_says(lines: list[str]) -> None:
    tag = get()["headers"]["ETag"].removeprefix("W/")
    answer = get({"if-none-MATCH": [line.replace("TAG", tag) for line in lines]})
    assert (answer["statusCode"], answer["headers"]["ETag"], answer["body"]) == (304, f"W/{tag}", "")


@pytest.mark.parametrize(
    "lines", [[], [""], ['"*"'], ["w/TAG"], ["TAGx"], ["TAG TAG"], ["*", "TAG"], ["*, TAG"], ['", TAG, "']]
)
def test_the_page_is_sent_if_if_none_match_does_not_contain_its_tag(lines: list[str]) -> None:
    tag = get()["headers"]["ETag"].removeprefix("W/")
    assert get({"If-None-Match": [line.replace("TAG", tag) for line in lines]})["statusCode"] == 200


def test_a_page_that_has_changed_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    tag = get()["headers"]["ETag"]
    monkeypatch.setenv("USAGE_TRACKING", "false")
    settings_page._document.cache_clear()  # noqa: SLF001 - as in a new process
    assert get({"If-None-Match": [tag]})["statusCode"] == 200


def test_an_extra_slash_leads_back_to_the_page() -> None:
    answer = get(path="/live/settings/api/")
    assert (answer["statusCode"], answer["headers"]["Location"]) == (308, "../api")


def test_every_answer_has_strict_security_headers() -> None:
    for answer in (get(), get({"If-None-Match": ["*"]})):
        headers = answer["headers"]
        policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
        digest = r"'sha256-[0-9A-Za-z+/]{43}='"
        assert re.fullmatch(digest, policy.pop("script-src"))
        assert re.fullmatch(digest, policy.pop("style-src"))
        assert policy == {
            "default-src": "'none'",
            "connect-src": "'self'",
            "img-src": "data:",
            "form-action": "'none'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
            "require-trusted-types-for": "'script'",
            "trusted-types": "'none'",
        }
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["Strict-Transport-Security"].startswith("max-age=")
        assert "camera=()" in headers["Permissions-Policy"]
        assert headers["Cache-Control"] == "no-cache"


def test_nothing_on_the_page_takes_markup_from_text() -> None:
    body = get()["body"]
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", body)
    assert not re.search(r"\beval\b|new Function", body)
    assert not re.search(r"\sstyle=|<[a-z]+[^>]*\son[a-z]+=", body)
