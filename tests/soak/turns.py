"""The answers of a key that is changed again and again, and whether each change took effect at one moment.

Owns the judgement, and is pure. A key is a switch with as many positions as there are answers to one call:
200, 401 while it is disabled or called from elsewhere, 403 while it lacks the scope. One writer turns it, so
its turns have an order. Clients saw such a switch exactly if every call can be given a turn that answers so,
that may have been the last one during the call, and that no call which had ended before it began saw beyond
(linearizability of a register).
"""

import heapq
from collections.abc import Sequence
from itertools import pairwise
from math import inf
from typing import NamedTuple

from tests.soak.history import Call, Span


class Turn(NamedTuple):
    """A change of the key, from its start to its acknowledgement, and how calls are answered after it."""

    span: Span
    status: int


#: How a key is made: it has answered 200 all along.
MADE = Turn(Span(-inf, -inf), 200)


def misread(calls: Sequence[Call], turns: Sequence[Turn]) -> list[str]:
    """Every call with one key that no order of the turns explains, a line each; none if all is well.

    `turns` are in their order, each begun after the one before was acknowledged; the first one is MADE.
    """
    # Until when a call may still see a turn: until the next one is acknowledged.
    lasts = [turn.span.ended for _, turn in pairwise(turns)] + [inf]
    running: list[tuple[float, int]] = []
    seen = 0
    found = []
    for call in sorted(calls, key=lambda call: call.started):
        while running and running[0][0] < call.started:
            seen = max(seen, heapq.heappop(running)[1])
        # The earliest turn that explains it leaves the most to the calls that come after.
        turn = next(
            (
                number
                for number in range(seen, len(turns))
                if turns[number].status == call.status
                and turns[number].span.started <= call.ended
                and lasts[number] >= call.started
            ),
            None,
        )
        if turn is None:
            found.append(f"{call.key_id}: answered {call.status}, which no turn explains")
        else:
            heapq.heappush(running, (call.ended, turn))
    return found
