import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.imported import AnySecretFormat, ImportedSecret, imported, imported_id
from apikeys.keys.key import is_key_id
from apikeys.secret import ENTROPY_BYTES, SecretFormat

PREFIX = "sk_live_copia_"
FORMAT = AnySecretFormat(PREFIX)
TEXT = "hFx4MTZ1aS9nbbEkVYTTd7mhWfYhSPTo9a2uKP0C"  # as API Gateway makes them: 40 letters and digits
words = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=20, max_size=256)


@given(words)
def test_any_word_of_a_keys_length_leads_to_an_id_of_a_keys_form(text: str) -> None:
    found = imported(text)
    assert found is not None
    assert is_key_id(found.id)
    assert found.id == imported_id(found.digest)
    assert found.matches(found.digest)


@given(words, words)
def test_two_words_lead_to_two_ids(one: str, other: str) -> None:
    assert one == other or ImportedSecret(one).id != ImportedSecret(other).id


def test_the_digest_is_sha256_of_the_text_as_other_systems_have_it() -> None:
    assert ImportedSecret(TEXT).digest == "sha256:" + hashlib.sha256(TEXT.encode()).hexdigest()


def test_the_id_shows_no_part_of_the_digest() -> None:
    """It is the same for the same digest for good: items are found by it."""
    digest = "sha256:" + "0" * 64
    assert imported_id(digest) == "key_HxjBrComh1oc"
    assert imported_id("sha256:" + "f" * 64) != imported_id("sha256:" + "0" * 63 + "1") != imported_id(digest)


@pytest.mark.parametrize(
    "text",
    ["", "x" * 19, "x" * 257, "x" * 20 + " ", "x" * 20 + "\n", "x" * 20 + "é", "two words of some length"],
)
def test_a_text_of_another_form_is_not_a_key(text: str) -> None:
    assert imported(text) is None
    assert FORMAT.parse(text) is None


@given(st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES))
def test_a_secret_in_our_own_format_keeps_the_id_inside_it(random: bytes) -> None:
    own = SecretFormat(PREFIX).new(random)
    found = FORMAT.parse(own.reveal())
    assert found is not None
    assert found.id == own.id
    assert not isinstance(found, ImportedSecret)


def test_printing_it_shows_only_its_id_and_the_hint_its_end() -> None:
    secret = ImportedSecret(TEXT)
    assert repr(secret) == f"<Secret of {secret.id}>"
    assert secret.hint == "…KP0C"


def test_digests_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(left: bytes, right: bytes) -> bool:
        compared.append({left, right})
        return left == right

    monkeypatch.setattr("hmac.compare_digest", compare)
    secret = ImportedSecret(TEXT)
    assert secret.matches(secret.digest)
    assert not secret.matches("sha256:" + "0" * 64)
    assert len(compared) == 2
