"""The form of an organization's id.

The id appears in policies, logs and headers, so it contains no character that has a meaning there. The
authorizer imports this module: no regular expression, because compiling it would slow down each cold start.
"""

from functools import lru_cache

_FIRST = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_ALL = _FIRST | frozenset("._:-")
_LENGTH_AT_MOST = 64


@lru_cache(maxsize=1024)
def is_organization_id(text: str) -> bool:
    """Whether `text` has 1 to 64 letters, digits and `. _ : -`, of which the first is a letter or a digit."""
    return 0 < len(text) <= _LENGTH_AT_MOST and text[0] in _FIRST and _ALL.issuperset(text)
