"""A cursor leads on within its own organization's list; any other text is refused."""

import contextlib
from string import ascii_letters, digits

from hypothesis import given
from hypothesis import strategies as st

from apikeys.cursor import Cursor
from apikeys.errors import InvalidInputError
from apikeys.key import timestamp
from tests.fuzz.keys import near_misses

organizations = st.text(digits + ascii_letters + "._:-", min_size=1, max_size=64)
cursors = st.builds(
    Cursor,
    st.datetimes().map(timestamp),
    st.text(digits + ascii_letters, min_size=12, max_size=12).map("key_{}".format),
)


def is_refused(text: str, organization: str) -> bool:
    try:
        Cursor.decode(text, organization)
    except InvalidInputError:
        return True
    return False


@given(cursors, organizations)
def test_a_cursor_comes_back_as_it_was(cursor: Cursor, organization: str) -> None:
    assert Cursor.decode(cursor.encode(organization), organization) == cursor


@given(cursors, organizations, organizations)
def test_a_cursor_of_another_organization_is_refused(cursor: Cursor, one: str, other: str) -> None:
    assert is_refused(cursor.encode(one), other) == (one != other)


@given(near_misses(cursors.map(lambda cursor: cursor.encode("org_1"))))
def test_a_text_that_is_accepted_is_the_one_spelling_of_its_cursor(text: str) -> None:
    with contextlib.suppress(InvalidInputError):
        assert Cursor.decode(text, "org_1").encode("org_1") == text


@given(st.text(), organizations)
def test_a_text_that_is_no_cursor_is_refused(text: str, organization: str) -> None:
    assert is_refused(text, organization)
