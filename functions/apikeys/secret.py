"""The secret of a key or of a session: how it is made, recognized and stored.

Owns the format `PREFIX id(12) secret(43) checksum(6)`, all base62, and the digest. The checksum is the CRC32
of everything before it, as GitHub's is. With it, a mistyped or invented key is refused without a read, and
secret scanners can match keys offline. Must never print, log or store the text itself. The authorizer imports
this module, and its users pay for every import: no dataclasses, no `secrets`.
"""

import hashlib
import hmac
import re
import zlib

TYPE_CHECKING = False  # `typing` would be imported at each cold start
if TYPE_CHECKING:
    from collections.abc import Mapping

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID, _SECRET = 12, 43
#: How many characters the checksum has, at the end.
CHECKSUM = 6
#: How many characters follow the prefix.
LENGTH = _ID + _SECRET + CHECKSUM
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

#: How many random bytes a new secret needs: 256 bits for the secret part, the rest for the id.
ENTROPY_BYTES = 41


def base62(number: int, width: int) -> str:
    """`number` in digits, upper case, lower case, padded with zeros to `width` characters."""
    digits = ""
    for _ in range(width):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits


def checksum(text: str) -> str:
    """CRC32 of `text` as 6 base62 characters.

    Source: https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    """
    return base62(zlib.crc32(text.encode()), CHECKSUM)


class Secret:
    """One well-formed secret. `reveal()` is the only way to its text; `repr` shows its id."""

    __slots__ = ("_kind", "_prefix", "_text")

    def __init__(self, prefix: str, text: str, kind: str) -> None:
        self._prefix = prefix
        self._text = text
        self._kind = kind

    def __repr__(self) -> str:
        return f"<Secret of {self.id}>"

    def reveal(self) -> str:
        """The text that the key's user sends. For the one answer that shows it, and for nothing else."""
        return self._text

    @property
    def id(self) -> str:
        """The kind, such as `key_`, and the 12 characters of the id part: its name in every log and list."""
        start = len(self._prefix)
        return self._kind + self._text[start : start + _ID]

    @property
    def hint(self) -> str:
        """Enough for a person to recognize the key, and nothing that helps to guess it."""
        return f"{self._prefix}{self._text[len(self._prefix) :][:4]}…{self._text[-4:]}"

    @property
    def digest(self) -> str:
        """What the store keeps: `sha256:` and 64 hexadecimal digits.

        A slow hash would be wrong here: 256 random bits cannot be guessed, and a slow hash would be a way to
        exhaust the authorizer.
        """
        return "sha256:" + hashlib.sha256(self._text.encode()).hexdigest()

    def matches(self, digest: str) -> bool:
        """Whether `digest` is this secret's, compared in constant time.

        Raises ValueError for a digest of another form: that is a broken store, not a wrong secret.
        """
        if hmac.compare_digest(digest.encode(), self.digest.encode()):
            return True
        if not _DIGEST.fullmatch(digest):
            raise ValueError("a stored digest is not of the form sha256:…")
        return False


class SecretFormat:
    """Makes and recognizes the secrets that begin with one prefix. `kind` is what their ids begin with."""

    def __init__(self, prefix: str, kind: str = "key_") -> None:
        self._prefix = prefix
        self._kind = kind
        self._pattern = re.compile(re.escape(prefix) + f"[0-9A-Za-z]{{{LENGTH}}}")

    def new(self, entropy: bytes) -> Secret:
        """A new secret from ENTROPY_BYTES bytes of the operating system's generator."""
        if len(entropy) != ENTROPY_BYTES:
            raise ValueError(f"a secret is made from {ENTROPY_BYTES} bytes, not from {len(entropy)}")
        secret_part = base62(int.from_bytes(entropy[:32], "big"), _SECRET)
        id_part = base62(int.from_bytes(entropy[32:], "big"), _ID)
        body = self._prefix + id_part + secret_part
        return Secret(self._prefix, body + checksum(body), self._kind)

    def parse(self, text: str) -> Secret | None:
        """The secret that `text` is, or None when it is malformed or its checksum is wrong."""
        if not self._pattern.fullmatch(text) or checksum(text[:-CHECKSUM]) != text[-CHECKSUM:]:
            return None
        return Secret(self._prefix, text, self._kind)


def presented_format(environ: "Mapping[str, str]") -> SecretFormat:
    """What a presented key may look like: with IMPORTED_KEYS, like one that was made elsewhere too.

    `environ` is the process's environment, whose KEY_PREFIX this deployment's own keys begin with.
    """
    prefix = environ["KEY_PREFIX"]
    if environ.get("IMPORTED_KEYS") != "true":
        return SecretFormat(prefix)
    from apikeys.imported import AnySecretFormat  # noqa: PLC0415 - costs nothing where it is off

    return AnySecretFormat(prefix)
