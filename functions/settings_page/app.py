"""GET /settings/api and GET /settings/api/{file}: the page where people manage their keys.

Owns how the page is sent: types, caching and the headers that lock a browser down. The page's files lie
beside this module; what is not one of them does not exist. Must never need a key, nor say anything of one:
all that the page shows, it asks the API for.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from apikeys.errors import ConfigurationError
from apikeys.scope import OWN_API, ScopeTable
from apikeys.scope_parameter import scope_table

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}

_HEADERS = {
    # No inline script or style, no third party, no frame; and no way to turn text into markup or code.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), clipboard-write=(self), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The page is asked for anew at each load, and answered with 304 while it is the same.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
# What the page loads is named with its release, and kept.
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}

_BROKEN = '{"error": "A parameter of this deployment is not valid. Its operator finds which in the log."}'

# A tag may hold commas. https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
_TAG = re.compile(r'(?:W/)?("[!#-~\x80-\xff]*")')
_TAGS = re.compile(rf"[ \t,]*{_TAG.pattern}(?:[ \t]*,[ \t,]*{_TAG.pattern})*[ \t,]*")

# How the page and its scripts name a file: from "api/" and from "./".
_REFERENCE = re.compile(r'(?<=")(?:api|\.)/[a-z]+\.(?:js|css)(?=")')


class _File(NamedTuple):
    """One file as it is sent."""

    body: str
    content_type: str
    etag: str

    @classmethod
    def of(cls, name: str, body: str) -> "_File":
        # Weak, since API Gateway compresses the body on its way: one tag stands for both forms of it.
        etag = f'W/"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
        return cls(body, _TYPES[Path(name).suffix], etag)


class _Page(NamedTuple):
    """The page's files by name; the page itself is called "". `release` changes whenever one of them does."""

    release: str
    files: Mapping[str, _File]


@cache
def _page() -> _Page:
    """The page. Read at the first call, then kept."""
    texts = {
        path.name: path.read_text("utf-8")
        for path in Path(__file__).parent.iterdir()
        if path.suffix in _TYPES
    }
    texts["routes.js"] = _routes(scope_table(os.environ["SCOPES"]))
    texts["deployment.js"] = f"export const TRACKS_USAGE = {os.environ['USAGE_TRACKING']};\n"
    release = hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]
    files = {
        name: _File.of(name, _REFERENCE.sub(rf"\g<0>?v={release}", text)) for name, text in texts.items()
    }
    files[""] = files.pop("index.html")
    return _Page(release, files)


def _routes(table: ScopeTable) -> str:
    givers = {scope: table.on(OWN_API).giver([scope]) for scope in table.routes}
    constants = {"ROUTES": table.routes, "GIVERS": givers}
    return "".join(f"export const {name} = {json.dumps(value)};\n" for name, value in constants.items())


def handler(event: Mapping[str, Any], _context: object) -> dict[str, object]:
    """Answer the file, 304 when the browser holds it already, 404, or 503 while the scopes are not valid.

    A file of another release than the one that is deployed does not exist: two are never mixed.
    """
    path: str = event.get("path") or ""
    if path.endswith("/"):
        # API Gateway serves the page there too, where its relative links would lead astray.
        return _answer(308, {"Location": "../" + path.rstrip("/").rpartition("/")[2]}, "")
    try:
        page = _page()
    except ConfigurationError as error:
        print(json.dumps({"level": "ERROR", "message": str(error)}))  # noqa: T201 - the function's only log line
        return _answer(503, {"Content-Type": "application/json", "Retry-After": "1"}, _BROKEN)
    file = page.files.get((event.get("pathParameters") or {}).get("file", ""))
    asked_for = (event.get("queryStringParameters") or {}).get("v")
    if file is None or asked_for not in (None, page.release):
        return _answer(404, {"Content-Type": "application/json"}, '{"error": "Not found"}')
    headers = {"ETag": file.etag, **(_FOREVER if asked_for else {})}
    if _holds(event, file.etag):
        return _answer(304, headers, "")
    return _answer(200, {"Content-Type": file.content_type, **headers}, file.body)


def _holds(event: Mapping[str, Any], etag: str) -> bool:
    """Whether If-None-Match, whatever case the client gave its name, says that the client has the file.

    Tags are compared weakly, that is without their W/, and `*` stands for any.
    https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2
    """
    headers: Mapping[str, list[str]] = event.get("multiValueHeaders") or {}
    lines = [line for name, values in headers.items() if name.lower() == "if-none-match" for line in values]
    sent = ",".join(lines).strip(" \t")
    return sent == "*" or (
        _TAGS.fullmatch(sent) is not None and etag.removeprefix("W/") in _TAG.findall(sent)
    )


def _answer(status: int, headers: Mapping[str, str], body: str) -> dict[str, object]:
    return {"statusCode": status, "headers": {**_HEADERS, **headers}, "body": body}
