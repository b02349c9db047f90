"""The settings page as one document: markup, style sheet, scripts, and what the deployment tells them.

Owns how the files in `page/` become one document, and the content security policy that allows only them. To
change the page, edit these files: there is no build step, and they are joined for the first visitor. Must
never put anything into the document that differs between visitors.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import NamedTuple

from apikeys.invisible import RANGES
from apikeys.scope import OWN_API, ScopeTable
from people.settings_page.modules import joined

_FOLDER = Path(__file__).with_name("page")

# How index.html, and what it includes, name what is put in their place.
_PART = re.compile(r'<!--#include file="([a-z_]+/[a-z_]+\.html)" -->\n')
_STYLES = re.compile(r'(?:<link rel="stylesheet" href="[a-z_]+/[a-z_]+\.css">\s*)+')
_SCRIPT = '<script type="module" src="main.js"></script>'
_DEPLOYMENT = '<script type="application/json" id="deployment"></script>'


class Document(NamedTuple):
    """The page as it is sent. `etag` changes with the body; `policy` allows only its script and style."""

    body: str
    etag: str
    policy: str


def document(table: ScopeTable, *, key_prefix: str, tracks_usage: bool) -> Document:
    """The page of a deployment with these scopes. Raises ValueError for files that do not make a page."""
    markup = _markup("index.html")
    if "<!--" in markup:
        raise ValueError("index.html includes a file in an unknown form.")
    sheets = re.findall(r'"([a-z_]+/[a-z_]+\.css)"', markup)
    style = "\n".join((_FOLDER / sheet).read_text("utf-8") for sheet in sheets)
    modules = {
        path.relative_to(_FOLDER).as_posix(): path.read_text("utf-8") for path in _FOLDER.rglob("*.js")
    }
    script = joined(modules, "main.js")
    deployment = {
        "routes": table.routes,
        "givers": {scope: table.on(OWN_API).giver([scope]) for scope in table.routes},
        "tracks_usage": tracks_usage,
        "key_prefix": key_prefix,
        "invisible": RANGES,
    }
    body, count = _STYLES.subn(lambda _: _element("style", "", style), markup)
    if count != 1:
        raise ValueError("index.html must name its style sheets in one place.")
    for place, element in (
        (_SCRIPT, _element("script", ' type="module"', script)),
        (_DEPLOYMENT, _element("script", ' type="application/json" id="deployment"', _json(deployment))),
    ):
        if body.count(place) != 1:
            raise ValueError(f"index.html must hold this once: {place}")
        body = body.replace(place, element)
    # Weak, because API Gateway may compress the body: both forms have the same tag.
    etag = f'W/"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'
    return Document(body, etag, _policy(script, style))


def _markup(path: str) -> str:
    """The file with the files that it includes, as a web server's include would read them."""
    return _PART.sub(lambda found: _markup(found[1]), (_FOLDER / path).read_text("utf-8"))


def _element(name: str, attributes: str, text: str) -> str:
    if f"</{name}" in text.lower() or "<!--" in text:
        raise ValueError(f"A {name} cannot hold its own end, or the beginning of a comment.")
    return f"<{name}{attributes}>{text}</{name}>"


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")


def _policy(script: str, style: str) -> str:
    """This script and this style, known by their digests; no other, from anywhere, not even from this API.

    No third party, no frame, and no way to turn text into markup or code.
    https://www.w3.org/TR/CSP3/#framework-directive-source-list
    """
    return (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; connect-src 'self'; "
        "img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
