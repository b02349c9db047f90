"""GET /settings/api and GET /settings/api/{file}: the page where people manage their keys.

Owns how the page is sent: types, caching and the headers that lock a browser down. The page's files lie
beside this module; what is not one of them does not exist. Must never need a key, nor say anything of one:
all that the page shows, it asks the API for.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from apikeys import scope

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
    # Asked for anew at each load, and answered with 304 while it is the same: the files of two releases are
    # never mixed.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}


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


@cache
def _files() -> dict[str, _File]:
    """The page by file name; the page itself is called "". Read at the first call, then kept."""
    texts = {
        path.name: path.read_text("utf-8")
        for path in Path(__file__).parent.iterdir()
        if path.suffix in _TYPES
    }
    texts["routes.js"] = f"export const ROUTES = {json.dumps(scope.ROUTES)};\n"
    texts["deployment.js"] = f"export const TRACKS_USAGE = {os.environ['USAGE_TRACKING']};\n"
    files = {name: _File.of(name, text) for name, text in texts.items()}
    files[""] = files.pop("index.html")
    return files


def handler(event: Mapping[str, Any], _context: object) -> dict[str, object]:
    """Answer the file, 304 when the browser holds it already, or 404."""
    path: str = event.get("path") or ""
    if path.endswith("/"):
        # API Gateway serves the page there too, where its relative links would lead astray.
        return _answer(308, {"Location": "../" + path.rstrip("/").rpartition("/")[2]}, "")
    file = _files().get((event.get("pathParameters") or {}).get("file", ""))
    if file is None:
        return _answer(404, {"Content-Type": "application/json"}, '{"error": "Not found"}')
    if file.etag in _held(event):
        return _answer(304, {"ETag": file.etag}, "")
    return _answer(200, {"ETag": file.etag, "Content-Type": file.content_type}, file.body)


def _held(event: Mapping[str, Any]) -> list[str]:
    """The tags in If-None-Match, whatever case the client gave the header's name."""
    headers: Mapping[str, list[str]] = event.get("multiValueHeaders") or {}
    sent = [values for name, values in headers.items() if name.lower() == "if-none-match"]
    return [tag.strip() for values in sent for value in values for tag in value.split(",")]


def _answer(status: int, headers: Mapping[str, str], body: str) -> dict[str, object]:
    return {"statusCode": status, "headers": {**_HEADERS, **headers}, "body": body}
