"""Texts that are keys, nearly keys, and not keys at all."""

from hypothesis import strategies as st

from apikeys.secret import ENTROPY_BYTES, Secret, SecretFormat, checksum

PREFIX = "sk_live_copia_"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

FORMAT = SecretFormat(PREFIX)

entropy = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)
secrets = entropy.map(FORMAT.new)


def near_misses(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Each text after one typing error, or now and then none."""
    return st.builds(slip, texts, st.integers(0, 7), st.integers(0, 255), _characters)


# Code that does not ask for ASCII takes the last ones for letters and digits.
_characters = st.sampled_from(BASE62 + "_- \t\n\r.~\0\u017f\u212a\uff10\u0663") | st.characters()


def slip(text: str, kind: int, place: int, new: str) -> str:
    """`text` after a slip of one of eight kinds, at some place, perhaps with a new character."""
    at = place % (len(text) + 1)
    before, after = text[:at], text[at:]
    return [
        before + new + after,
        before + new + after[1:],
        before + after[1:],
        before + after[1::-1] + after[2:],
        before + after[:1].swapcase() + after[1:],
        before,
        new + text,
        text + text,
    ][kind]


def with_another_secret(secret: Secret) -> Secret:
    """The id of `secret` with another secret part, and the checksum that belongs to them."""
    text = secret.reveal()
    body = text[:-7] + ("1" if text[-7] == "0" else "0")
    wrong = FORMAT.parse(body + checksum(body))
    assert wrong is not None
    return wrong
