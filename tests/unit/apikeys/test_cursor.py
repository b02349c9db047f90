import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.cursor import Cursor
from apikeys.errors import InvalidInputError

CURSOR = Cursor("2026-11-24T09:30:00.000Z", "key_ExampleKey01")
TEXT = CURSOR.encode("org_example")


def test_a_cursor_survives_the_round_trip() -> None:
    assert Cursor.decode(TEXT, "org_example") == CURSOR


def test_a_cursor_fits_a_url_as_it_is() -> None:
    assert TEXT.replace("-", "").replace("_", "").isalnum()


def test_a_cursor_of_another_organization_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="cursor: not one of this list's"):
        Cursor.decode(TEXT, "org_other")


@pytest.mark.parametrize(
    "text", ["", "x", "=", TEXT[:-1], TEXT + "A", TEXT + "=", TEXT + "\n", "!" + TEXT, " " + TEXT, "é"]
)
def test_a_cursor_that_was_tampered_with_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        Cursor.decode(text, "org_example")


@given(st.text())
def test_no_text_makes_the_decoder_fail_in_another_way(text: str) -> None:
    with pytest.raises(InvalidInputError):
        Cursor.decode(text, "org_example")


@given(st.integers(0, len(TEXT) - 1), st.sampled_from("ABab09-_"))
def test_a_cursor_with_one_character_changed_is_refused(place: int, character: str) -> None:
    changed = TEXT[:place] + character + TEXT[place + 1 :]
    if changed != TEXT:
        with pytest.raises(InvalidInputError):
            Cursor.decode(changed, "org_example")
