"""GET /settings/api: the page where people manage their keys.

Owns how the page is sent: its headers, its caching, and the answer for other paths. Must never need a key or
contain anything about one: the page gets all of that from the API.
"""

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from apikeys.errors import ConfigurationError
from apikeys.scope_parameter import scope_table
from people.settings_page.document import Document, document

_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), clipboard-read=(), clipboard-write=(self), microphone=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # The browser asks for the page at each load, and gets a 304 while it has not changed.
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
}
_JSON = {"Content-Type": "application/json", "Content-Security-Policy": "default-src 'none'"}

_BROKEN = '{"error": "A parameter of this deployment is not valid. Its operator finds which in the log."}'

# A tag may hold commas. https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3
_TAG = re.compile(r'(?:W/)?("[!#-~\x80-\xff]*")')
_TAGS = re.compile(rf"[ \t,]*{_TAG.pattern}(?:[ \t]*,[ \t,]*{_TAG.pattern})*[ \t,]*")


@cache
def _document() -> Document:
    """The page. Put together at the first call, then kept."""
    return document(
        scope_table(os.environ["SCOPES"]),
        key_prefix=os.environ["KEY_PREFIX"],
        tracks_usage=os.environ["USAGE_TRACKING"] == "true",
    )


def handler(event: Mapping[str, Any], _context: object) -> dict[str, object]:
    """Answer the page, 304 when the browser holds it already, or 503 while the scopes are not valid."""
    path: str = event.get("path") or ""
    if path.endswith("/"):
        # API Gateway serves the page there too, where its relative links would lead astray.
        return _answer(308, {"Location": "../" + path.rstrip("/").rpartition("/")[2]}, "")
    try:
        page = _document()
    except ConfigurationError as error:
        print(json.dumps({"level": "ERROR", "message": str(error)}))  # noqa: T201 - the function's only log line
        return _answer(503, {**_JSON, "Retry-After": "1"}, _BROKEN)
    headers = {"Content-Security-Policy": page.policy, "ETag": page.etag}
    if _holds(event, page.etag):
        return _answer(304, headers, "")
    return _answer(200, {"Content-Type": "text/html; charset=utf-8", **headers}, page.body)


def _holds(event: Mapping[str, Any], etag: str) -> bool:
    """Whether If-None-Match, in any letter case, says that the client already has the page.

    Tags are compared weakly, that is without their W/, and `*` matches any.
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
