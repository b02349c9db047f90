"""Keys are rotated and revoked while many clients call with them, and no verdict is ever wrong or late.

SOAK_CALLS sets the number of calls; `make soak` makes a hundred thousand.
"""

import logging
import os
from collections import Counter

from tests.e2e.conftest import local_gateway
from tests.soak.drive import Drive
from tests.soak.history import half_rotations, violations

CALLS = int(os.environ.get("SOAK_CALLS", "2000"))


def test_no_call_is_accepted_after_a_revocation_or_refused_before_it() -> None:
    with local_gateway() as gateway:
        history = Drive(gateway.url, gateway.admin_key("org_soak")).run(CALLS)
    answers = Counter(call.status for call in history.calls)
    logging.getLogger(__name__).info(
        "%d calls in %.0f s, %d accepted, %d refused, %d revocations, %d rotations",
        len(history.calls),
        history.seconds,
        answers[200],
        answers[401],
        len(history.revocations),
        sum(record["replaces"] is not None for record in history.records),
    )
    assert violations(history.calls, history.revocations) == []
    assert half_rotations(history.records) == []
    assert len(history.revocations) > CALLS / 100
    assert min(answers[200], answers[401]) > CALLS / 10
