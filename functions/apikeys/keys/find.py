"""The keys whose ids or secrets appear in a text: a line of a log, a leaked file, or part of a secret.

Owns where a key's id or a whole secret is in a text. Must never keep or repeat the text, which may contain a
secret.
"""

import re

from apikeys.errors import InvalidInputError
from apikeys.secret import LENGTH, Secret, SecretFormat

_AT_MOST = 20
_SECRETS_AT_MOST = 1000


def key_ids(text: str, prefix: str) -> list[str]:
    """The ids in `text`, each once, in their order: as ids, and as they begin secrets with this `prefix`.

    Raises InvalidInputError when there are more than one call looks up.
    """
    # Looked ahead, because one may begin within another.
    found = re.findall(f"(?=(?:key_|{re.escape(prefix)})([0-9A-Za-z]{{12}}))", text)
    ids = [f"key_{one}" for one in dict.fromkeys(found)]
    if len(ids) > _AT_MOST:
        raise InvalidInputError(f"text: may contain more than {_AT_MOST} keys; send a part of it.")
    return ids


def secrets(text: str, prefix: str) -> list[Secret]:
    """The whole secrets in `text`, each once, in their order: of this `prefix`, and with a good checksum.

    Raises InvalidInputError when there are more than one call looks up.
    """
    form = SecretFormat(prefix)
    # Looked ahead, because one may begin within what only looks like another.
    found = re.findall(f"(?=({re.escape(prefix)}[0-9A-Za-z]{{{LENGTH}}}))", text)
    parsed = [secret for one in dict.fromkeys(found) if (secret := form.parse(one))]
    if len(parsed) > _SECRETS_AT_MOST:
        raise InvalidInputError(f"text: may contain at most {_SECRETS_AT_MOST} secrets; send it in parts.")
    return parsed


def without_secrets(text: str, prefix: str) -> str:
    """The text with the hint of each whole secret in its place."""
    for secret in secrets(text, prefix):
        text = text.replace(secret.reveal(), secret.hint)
    return text
