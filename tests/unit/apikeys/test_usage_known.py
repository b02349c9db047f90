"""What a process remembers of counts stays within bounds, and is never more than it was given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apikeys.usage.known import Known, Memory

NAMES = [("key_1", "2026-11-24 1"), ("key_1", "2026-11-24 2"), ("key_2", "2026-11-24 1")]
events = st.sets(st.binary(min_size=8, max_size=8), max_size=20)


@given(events, events)
def test_it_has_the_events_that_it_was_given_and_no_others(told: set[bytes], others: set[bytes]) -> None:
    memory = Memory()
    assert memory.of(NAMES[0]) == Known()
    memory.learn(NAMES[0], 7, told, is_full=True)
    known = memory.of(NAMES[0])
    assert (known.moved, known.is_full, memory.of(NAMES[1])) == (7, True, Known())
    assert [known.has(event) for event in told | others] == [event in told for event in told | others]
    memory.forget(NAMES[0])
    assert memory.of(NAMES[0]) == Known()


@given(st.lists(st.tuples(st.sampled_from(NAMES), events, st.booleans())))
def test_it_never_holds_more_than_fits_and_always_the_latest(
    told: list[tuple[tuple[str, str], set[bytes], bool]],
) -> None:
    memory = Memory()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apikeys.usage.known._EVENTS_AT_MOST", 30)
        patch.setattr("apikeys.usage.known._EVENTS_OF_AN_ENTRY", 5)
        for name, some, forget in told:
            if forget:
                memory.forget(name)
                continue
            memory.learn(name, len(some), some, is_full=False)
            assert memory.of(name).moved == len(some)
            assert sum(5 + len(memory.of(one).events) for one in NAMES if memory.of(one) != Known()) <= 30
