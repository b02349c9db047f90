r"""Whether the path that a policy decides about is the path that a backend will see.

Owns which paths are ambiguous. AWS Lambda Web Adapter and many HTTP servers resolve dot segments, and some
read `%2e` as a dot, `\` as a slash or `..;x` as `..`. With such a path, a key for one route would reach
another. A path that can be read in two ways is refused for every key.
https://url.spec.whatwg.org/#path-state
https://datatracker.ietf.org/doc/html/rfc3986#section-5.2.4
"""

import re

_ROUNDS = 4
_DELETE = "\x7f"


def is_plain(path: str) -> bool:
    """Whether every reader finds the same segments in `path`: none empty but the last, none of dots."""
    # Nearly every path ends here.
    if "/." not in path and "//" not in path and "%" not in path and "\\" not in path and path.isprintable():
        return True
    return "//" not in path and _without_dots(path)


def _without_dots(path: str) -> bool:
    for _ in range(_ROUNDS):
        if "\\" in path or _DELETE in path or any(character < " " for character in path):
            return False
        # Servers of servlets drop what follows a semicolon.
        if any(part.partition(";")[0] in (".", "..") for part in path.split("/")):
            return False
        decoded = re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), path)
        if decoded == path:
            return True
        path = decoded
    return False
