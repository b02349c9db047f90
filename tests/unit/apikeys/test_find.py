import pytest

from apikeys.errors import InvalidInputError
from apikeys.find import key_ids

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
def test_ids_are_found_wherever_they_stand(text: str, ids: list[str]) -> None:
    assert key_ids(text, PREFIX) == ids


def test_a_prefix_is_no_pattern() -> None:
    assert key_ids("skXExampleKey01ABCD", "sk.") == []


def test_so_many_keys_are_looked_up_and_no_more() -> None:
    assert len(key_ids(" ".join(f"key_{n:012}" for n in range(20)), PREFIX)) == 20
    with pytest.raises(InvalidInputError, match="more than 20 keys"):
        key_ids(" ".join(f"key_{n:012}" for n in range(21)), PREFIX)
