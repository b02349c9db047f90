"""A text is recognized as a key exactly if it is one."""

from hypothesis import given
from hypothesis import strategies as st

from apikeys.secret import Secret, SecretFormat
from tests.fuzz.keys import BASE62, FORMAT, PREFIX, entropy, near_misses, secrets
from tests.fuzz.model import is_key


@given(entropy, entropy)
def test_a_new_secret_is_recognized_and_matches_only_itself(one: bytes, other: bytes) -> None:
    secret, another = FORMAT.new(one), FORMAT.new(other)
    text = secret.reveal()
    parsed = FORMAT.parse(text)
    assert parsed is not None
    assert is_key(text)
    assert (parsed.reveal(), parsed.id, parsed.digest) == (text, secret.id, secret.digest)
    assert parsed.matches(secret.digest)
    assert another.matches(secret.digest) == (another.reveal() == text)


@given(near_misses(secrets.map(Secret.reveal)) | st.text())
def test_only_a_key_is_recognized(text: str) -> None:
    assert (FORMAT.parse(text) is not None) == is_key(text)


@given(secrets, st.integers(0, len(PREFIX) + 60), st.sampled_from(BASE62) | st.characters())
def test_one_wrong_character_is_always_noticed(secret: Secret, at: int, wrong: str) -> None:
    text = secret.reveal()
    assert (FORMAT.parse(text[:at] + wrong + text[at + 1 :]) is None) == (wrong != text[at])


@given(secrets)
def test_a_key_with_another_prefix_is_not_recognized(secret: Secret) -> None:
    text = secret.reveal()
    assert SecretFormat("sk_test_copia_").parse(text) is None
    assert SecretFormat("sk_test_copia_").parse(text.replace("live", "test")) is None


@given(secrets)
def test_a_secret_never_shows_itself(secret: Secret) -> None:
    for shown in (repr(secret), str(secret), f"{secret}", secret.id, secret.hint, secret.digest):
        assert secret.reveal()[-49:-6] not in shown
