import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import settings_page.app as settings_page
from apikeys import scope

FOLDER = Path(settings_page.__file__).parent
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.js"))
FILES = [None, "routes.js", "deployment.js", "settings.css", *SCRIPTS]
PAGE = (FOLDER / "index.html").read_text()


@pytest.fixture(autouse=True)
def deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("USAGE_TRACKING", "true")
    monkeypatch.setenv("SCOPES", "")
    yield
    settings_page._page.cache_clear()  # noqa: SLF001 - as in a new process


def get(file: str | None = None, headers: dict[str, list[str]] | None = None) -> Any:
    event = {"pathParameters": file if file is None else {"file": file}, "multiValueHeaders": headers}
    return settings_page.handler(event, None)


def test_the_page_is_html() -> None:
    answer = get()
    assert answer["statusCode"] == 200
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert answer["body"].replace(f"?v={release()}", "") == PAGE


def release() -> str:
    """What the page names its files with."""
    [one] = set(re.findall(r"\?v=([0-9a-f]{16})\"", get()["body"]))
    return str(one)


def get_of(version: str, file: str) -> Any:
    return settings_page.handler(
        {"pathParameters": {"file": file}, "queryStringParameters": {"v": version}}, None
    )


def test_a_script_and_a_style_sheet_have_their_types() -> None:
    assert get("settings.js")["headers"]["Content-Type"] == "text/javascript; charset=utf-8"
    assert get("settings.css")["headers"]["Content-Type"] == "text/css; charset=utf-8"


def test_the_scopes_that_the_page_offers_are_those_of_the_api() -> None:
    assert constants(get("routes.js")["body"]) == {
        "ROUTES": {name: list(routes) for name, routes in scope.ROUTES.items()},
        "GIVERS": {"runtime": "keys", "keys": "*", "verify": "operator", "*": "operator"},
    }


def test_a_scope_of_the_deployment_is_offered_with_who_gives_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCOPES", '{"helpdesk": ["GET /api/keys"], "billing": ["api2:GET /bills"]}')
    told = constants(get("routes.js")["body"])
    assert told["ROUTES"]["billing"] == ["api2:GET /bills"]
    assert (told["GIVERS"]["helpdesk"], told["GIVERS"]["billing"]) == ("*", "keys")


def test_while_the_scopes_are_not_valid_the_page_is_unavailable_and_its_log_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SCOPES", '{"helpdesk": ["FETCH /tickets"]}')
    answer = get()
    assert (answer["statusCode"], answer["headers"]["Retry-After"]) == (503, "1")
    assert "helpdesk" not in answer["body"]
    [line] = capsys.readouterr().out.splitlines()
    assert '"helpdesk": "FETCH /tickets"' in json.loads(line)["message"]


def constants(script: str) -> dict[str, Any]:
    """What the script exports."""
    return {name: json.loads(value) for name, value in re.findall(r"export const (\w+) = (.*);", script)}


@pytest.mark.parametrize("tracked", ["true", "false"])
def test_the_page_knows_whether_usage_is_recorded(monkeypatch: pytest.MonkeyPatch, tracked: str) -> None:
    monkeypatch.setenv("USAGE_TRACKING", tracked)
    settings_page._page.cache_clear()  # noqa: SLF001 - as in a new process
    assert get("deployment.js")["body"] == f"export const TRACKS_USAGE = {tracked};\n"


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_the_browser_holds_is_not_sent_again(file: str | None) -> None:
    tag = get(file)["headers"]["ETag"]
    answer = get(file, {"if-none-MATCH": ['W/"another"', f'"one", {tag}']})
    assert answer["statusCode"] == 304
    assert answer["headers"]["ETag"] == tag
    assert answer["body"] == ""


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
    tag = get(None)["headers"]["ETag"].removeprefix("W/")
    assert get(None, {"If-None-Match": [line.replace("TAG", tag) for line in lines]})["statusCode"] == 304


@pytest.mark.parametrize(
    "lines", [[], [""], ['"*"'], ["w/TAG"], ["TAGx"], ["TAG TAG"], ["*", "TAG"], ["*, TAG"], ['", TAG, "']]
)
def test_a_file_is_sent_where_if_none_match_does_not_hold_its_tag(lines: list[str]) -> None:
    tag = get(None)["headers"]["ETag"].removeprefix("W/")
    assert get(None, {"If-None-Match": [line.replace("TAG", tag) for line in lines]})["statusCode"] == 200


def test_a_file_that_has_changed_is_sent() -> None:
    assert get(None, {"If-None-Match": [get("settings.js")["headers"]["ETag"]]})["statusCode"] == 200


@pytest.mark.parametrize(
    "file",
    [
        "app.py",
        "index.html",
        "",
        "..",
        "../app.py",
        "..%2Fapp.py",
        "%2e%2e",
        "/etc/passwd",
        "__pycache__",
        "A.JS",
    ],
)
def test_what_is_no_file_of_the_page_does_not_exist(file: str) -> None:
    answer = get(file or "/")
    assert answer["statusCode"] == 404
    assert answer["headers"]["Content-Type"] == "application/json"
    assert json.loads(answer["body"]) == {"error": "Not found"}


@pytest.mark.parametrize("file", [*FILES, "missing.js"])
def test_every_answer_locks_the_browser_down(file: str | None) -> None:
    headers = get(file)["headers"]
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
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


def test_the_page_is_asked_for_at_each_load_and_its_files_once_a_release() -> None:
    assert get()["headers"]["Cache-Control"] == "no-cache"
    for file in FILES[1:]:
        assert file
        assert get(file)["headers"]["Cache-Control"] == "no-cache"
        kept = get_of(release(), file)
        assert (kept["statusCode"], kept["body"]) == (200, get(file)["body"])
        assert kept["headers"]["Cache-Control"] == "public, max-age=31536000, immutable"


def test_every_file_is_named_with_the_release() -> None:
    for file in FILES:
        assert not re.search(r'"(?:api|\.)/[a-z]+\.(?:js|css)"', get(file)["body"])


@pytest.mark.parametrize("version", ["0123456789abcdef", ""])
def test_two_releases_are_never_mixed(version: str) -> None:
    answer = get_of(version, "settings.js")
    assert answer["statusCode"] == 404
    assert answer["headers"]["Cache-Control"] == "no-cache"


def test_a_changed_file_makes_another_release(monkeypatch: pytest.MonkeyPatch) -> None:
    before = release()
    monkeypatch.setenv("USAGE_TRACKING", "false")
    settings_page._page.cache_clear()  # noqa: SLF001 - as in a new process
    assert release() != before


def test_the_page_asks_for_every_script_at_once() -> None:
    preloaded = set(re.findall(r'<link rel="modulepreload" href="api/([a-z]+\.js)">', PAGE))
    assert preloaded | {"settings.js"} == {*SCRIPTS, "routes.js", "deployment.js"}


def test_no_file_takes_markup_from_text() -> None:
    for script in SCRIPTS:
        text = (FOLDER / script).read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text)
        assert not re.search(r"\beval\b|new Function", text)
    assert not re.search(r"<style|style=|<script(?! type=\"module\" src=)|\son[a-z]+=", PAGE)
