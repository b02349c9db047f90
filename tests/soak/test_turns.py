"""The checker of changes finds what no order of them explains, and nothing else."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.soak.history import Call, Span
from tests.soak.turns import MADE, Turn, misread

TURNS = [MADE, Turn(Span(10, 11), 401), Turn(Span(20, 21), 200), Turn(Span(30, 31), 403)]


def call(started: float, ended: float, status: int) -> Call:
    return Call("key", started, ended, status)


@pytest.mark.parametrize(
    "calls",
    [
        [call(1, 2, 200), call(12, 13, 401), call(22, 23, 200), call(32, 33, 403)],
        # What overlaps a change may see either side of it,
        [call(9, 12, 200), call(9, 12, 401), call(10.5, 10.6, 200), call(10.5, 10.6, 401)],
        # and what lasts long, all that lay in between.
        [call(1, 99, 401), call(1, 99, 403)],
        [call(10.1, 10.6, 401), call(10.5, 10.9, 200)],
    ],
)
def test_a_valid_history_has_no_violation(calls: list[Call]) -> None:
    assert misread(calls, TURNS) == []


@pytest.mark.parametrize(
    "calls",
    [
        [call(1, 2, 401)],
        [call(12, 13, 200)],
        [call(22, 23, 401)],
        [call(32, 33, 200)],
        [call(9, 9.9, 401)],
        [call(12, 13, 500)],
        [call(10.1, 10.2, 401), call(10.3, 10.9, 200)],
        [call(20.1, 20.2, 200), call(20.3, 20.4, 401)],
    ],
)
def test_a_violation_is_found(calls: list[Call]) -> None:
    assert misread(calls, TURNS)


moments = st.integers(0, 12)
seen = st.lists(
    st.builds(
        lambda start, length, status: call(start, start + length, status),
        moments,
        st.integers(0, 6),
        st.sampled_from([200, 401]),
    ),
    max_size=5,
)


@given(seen)
def test_a_history_passes_exactly_if_some_moments_of_the_changes_explain_it(calls: list[Call]) -> None:
    turns = [MADE, Turn(Span(2, 4), 401), Turn(Span(6, 8), 200)]

    def is_explained_by(off: float, on: float) -> bool:
        def may_see(one: Call) -> bool:
            good = one.started <= off or one.ended >= on
            bad = one.started <= on and one.ended >= off
            return good if one.status == 200 else bad

        return all(map(may_see, calls))

    halves = product([n / 2 for n in range(4, 9)], [n / 2 for n in range(12, 17)])
    explained = any(is_explained_by(off, on) for off, on in halves)
    assert (misread(calls, turns) == []) == explained
