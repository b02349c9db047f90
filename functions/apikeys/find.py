"""The keys that a text speaks of: a line of a log, a file that leaked, a secret that is cut short.

Owns where in a text the id of a key stands. Must never keep or repeat the text, which may hold a secret.
"""

import re

from apikeys.errors import InvalidInputError

_AT_MOST = 20


def key_ids(text: str, prefix: str) -> list[str]:
    """The ids in `text`, each once, in their order: as ids, and as they begin secrets with this `prefix`.

    Raises InvalidInputError when there are more than one call looks up.
    """
    # Looked ahead, because one may begin within another.
    found = re.findall(f"(?=(?:key_|{re.escape(prefix)})([0-9A-Za-z]{{12}}))", text)
    ids = [f"key_{one}" for one in dict.fromkeys(found)]
    if len(ids) > _AT_MOST:
        raise InvalidInputError(f"text: may speak of more than {_AT_MOST} keys; send a part of it.")
    return ids
