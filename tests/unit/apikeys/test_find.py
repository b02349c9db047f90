import pytest

from apikeys.errors import InvalidInputError
from apikeys.keys.find import key_ids, secrets, without_secrets
from apikeys.secret import ENTROPY_BYTES, SecretFormat

PREFIX = "sk_live_copia_"
SECRET = "sk_live_copia_ExampleKey01ThisIsNotASecretItOnlyShowsWhatOneLooksLike3NbOPm"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (SECRET, ["key_ExampleKey01"]),
        (f"export API_KEY='{SECRET}'\n", ["key_ExampleKey01"]),
        (SECRET[:26], ["key_ExampleKey01"]),
        (f"xx{SECRET}yy", ["key_ExampleKey01"]),
        ('{"key_id": "key_ExampleKey02"}', ["key_ExampleKey02"]),
        (f"key_ExampleKey02 {SECRET} key_ExampleKey02", ["key_ExampleKey02", "key_ExampleKey01"]),
        ("key_key_ExampleKey01", ["key_ExampleKey01"]),
        (SECRET[:25], []),
        ("sk_test_copia_ExampleKey01", []),
        ("", []),
        ("no key at all", []),
    ],
)
def test_ids_are_found_anywhere_in_a_text(text: str, ids: list[str]) -> None:
    assert key_ids(text, PREFIX) == ids


def test_a_prefix_is_taken_literally() -> None:
    assert key_ids("skXExampleKey01ABCD", "sk.") == []


def test_the_number_of_keys_to_look_up_is_limited() -> None:
    assert len(key_ids(" ".join(f"key_{n:012}" for n in range(20)), PREFIX)) == 20
    with pytest.raises(InvalidInputError, match="more than 20 keys"):
        key_ids(" ".join(f"key_{n:012}" for n in range(21)), PREFIX)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SECRET, 1),
        (f"export API_KEY='{SECRET}'\n", 1),
        (f"xx{SECRET}yy", 1),
        (f"{SECRET}{SECRET}", 1),
        (f"sk_live_copia_{SECRET}", 1),
        (SECRET[:-1], 0),
        (SECRET[:-1] + "n", 0),
        (SECRET.replace("Example", "example"), 0),
        (SECRET.replace("live", "test"), 0),
        ("key_ExampleKey01", 0),
    ],
)
def test_a_secret_is_found_when_it_is_whole_and_its_checksum_is_good(text: str, found: int) -> None:
    assert [secret.reveal() for secret in secrets(text, PREFIX)] == [SECRET] * found


def test_the_number_of_secrets_to_look_up_is_limited() -> None:
    form = SecretFormat(PREFIX)
    many = [form.new(bytes(ENTROPY_BYTES - 2) + n.to_bytes(2, "big")).reveal() for n in range(1001)]
    assert [secret.reveal() for secret in secrets(" ".join(many[:1000]), PREFIX)] == many[:1000]
    with pytest.raises(InvalidInputError, match="at most 1000 secrets"):
        secrets(" ".join(many), PREFIX)


def test_in_a_text_that_is_kept_the_hint_replaces_the_secret() -> None:
    kept = without_secrets(f"https://x.example/?key={SECRET}&a=b", PREFIX)
    assert kept == "https://x.example/?key=sk_live_copia_Exam…bOPm&a=b"
