import hashlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.secret import ENTROPY_BYTES, Secret, SecretFormat, base62, checksum

FORMAT = SecretFormat("sk_live_copia_")
entropy = st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES)


def secret(seed: int = 1) -> Secret:
    return FORMAT.new(seed.to_bytes(ENTROPY_BYTES, "big"))


def test_the_checksum_is_githubs() -> None:
    # A published reading of GitHub's scheme: CRC32 of the 30 characters that follow `ghp_`.
    assert checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


def test_base62_counts_in_digits_then_upper_case_then_lower_case() -> None:
    assert [base62(n, 2) for n in (0, 9, 10, 35, 36, 61, 62)] == ["00", "09", "0A", "0Z", "0a", "0z", "10"]


@given(entropy)
def test_a_new_secret_is_recognized(random: bytes) -> None:
    new = FORMAT.new(random)
    parsed = FORMAT.parse(new.reveal())
    assert parsed is not None
    assert (parsed.id, parsed.digest) == (new.id, new.digest)


@given(entropy)
def test_a_secret_has_an_id_a_secret_part_and_a_checksum(random: bytes) -> None:
    text = FORMAT.new(random).reveal()
    rest = text.removeprefix("sk_live_copia_")
    assert len(rest) == 12 + 43 + 6
    assert rest.isalnum()
    assert rest.isascii()
    assert text.endswith(checksum(text[:-6]))


@given(entropy, entropy)
def test_two_secrets_from_different_entropy_differ(one: bytes, other: bytes) -> None:
    assert (one[:32] == other[:32]) or FORMAT.new(one).reveal()[26:69] != FORMAT.new(other).reveal()[26:69]


@pytest.mark.parametrize("size", [0, ENTROPY_BYTES - 1, ENTROPY_BYTES + 1])
def test_a_secret_needs_the_exact_amount_of_entropy(size: int) -> None:
    with pytest.raises(ValueError, match="made from 41 bytes"):
        FORMAT.new(bytes(size))


@given(entropy, st.data())
def test_a_secret_with_one_character_changed_is_not_recognized(random: bytes, data: st.DataObject) -> None:
    text = FORMAT.new(random).reveal()
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[place]))
    assert FORMAT.parse(text[:place] + other + text[place + 1 :]) is None


@given(st.text())
def test_no_text_makes_the_parser_fail(text: str) -> None:
    assert FORMAT.parse(text) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda s: s + "\n",
        lambda s: " " + s,
        lambda s: s + s,
        lambda s: s[:-1],
        lambda s: s.upper(),
        lambda s: s.replace("sk_live_", "sk_test_"),
        lambda s: s.replace("0", "٠"),  # noqa: RUF001 - a digit, but not one of ours
        lambda s: s[len("sk_live_copia_") :],
    ],
)
def test_a_text_that_is_almost_a_secret_is_not_recognized(spoil: Callable[[str], str]) -> None:
    assert FORMAT.parse(spoil(secret().reveal())) is None


def test_a_secret_cannot_be_moved_to_another_prefix() -> None:
    text = secret().reveal()
    moved = "sk_test_copia_" + text.removeprefix("sk_live_copia_")
    assert SecretFormat("sk_test_copia_").parse(moved) is None


def test_the_prefix_is_taken_literally() -> None:
    assert SecretFormat("sk.live.").parse("sk_live_" + secret().reveal()[14:]) is None


def test_the_digest_is_sha256_of_the_whole_text_and_says_so() -> None:
    text = secret().reveal()
    assert secret().digest == "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def test_a_secret_matches_only_its_own_digest() -> None:
    assert secret(1).matches(secret(1).digest)
    assert not secret(1).matches(secret(2).digest)


@pytest.mark.parametrize(
    "digest", ["", "sha256:", "sha256:XYZ", "sha512:" + "0" * 64, "0" * 64, "sha256:" + "é" * 64]
)
def test_a_malformed_digest_means_a_broken_store_and_gives_no_verdict(digest: str) -> None:
    with pytest.raises(ValueError, match="stored digest"):
        secret().matches(digest)


def test_the_hint_shows_the_prefix_and_eight_characters() -> None:
    text = secret().reveal()
    assert secret().hint == f"sk_live_copia_{text[14:18]}…{text[-4:]}"


def test_printing_a_secret_shows_only_its_id() -> None:
    new = secret()
    assert new.id == "key_" + new.reveal()[14:26]
    assert repr(new) == str(new) == f"<Secret of {new.id}>"


def test_digests_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(left: bytes, right: bytes) -> bool:
        compared.append({left, right})
        return left == right

    monkeypatch.setattr("hmac.compare_digest", compare)
    mine, other = secret(1), secret(2)
    assert mine.matches(mine.digest)
    assert not mine.matches(other.digest)
    assert compared == [{mine.digest.encode()}, {mine.digest.encode(), other.digest.encode()}]


@pytest.mark.parametrize("bit", [0, 8 * ENTROPY_BYTES - 1, *range(0, 256, 15)])
def test_every_random_bit_makes_another_secret(bit: int) -> None:
    random = (1 << bit).to_bytes(ENTROPY_BYTES, "big")
    assert FORMAT.new(random).reveal() != FORMAT.new(bytes(ENTROPY_BYTES)).reveal()
