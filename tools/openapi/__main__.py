"""`make openapi`."""

from tools.openapi import DOCUMENT, text

DOCUMENT.write_text(text())
