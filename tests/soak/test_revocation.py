"""Keys are rotated and revoked while many clients call with them, and no verdict is ever wrong or late.

SOAK_CALLS sets the number of calls; `make soak` makes a hundred thousand.
"""

import os
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from local.template.template import Template
from tests.e2e.conftest import local_gateway
from tests.soak.drive import Drive
from tests.soak.every_route import left_out
from tests.soak.history import half_rotations, violations

CALLS = int(os.environ.get("SOAK_CALLS", "2000"))


def test_no_call_is_accepted_after_a_revocation_or_refused_before_it(
    request: pytest.FixtureRequest, template: Template, record_property: Callable[[str, object], None]
) -> None:
    """On every route."""
    with local_gateway() as gateway:
        drive = Drive(gateway.url, gateway.admin_key("org_soak"), every_route=True)
        history = drive.run(CALLS, CALLS // 100)
    answers = Counter(call.status for call in history.calls)
    record_property("calls", len(history.calls))
    record_property("accepted", answers[200])
    record_property("refused", answers[401])
    record_property("routes", len({route for route, _ in history.answers}))
    record_property("revocations", len(history.revocations))
    record_property("rotations", sum(record["replaces"] is not None for record in history.records))
    record_property("seconds", round(history.seconds))
    record_property("store", "DynamoDB Local" if request.config.getoption("dynamodb_local") else "moto")
    assert violations(history.calls, history.revocations) == []
    assert half_rotations(history.records) == []
    assert left_out(template.api.body["paths"], history.answers) == []
    assert len(history.revocations) > CALLS / 100
    assert min(answers[200], answers[401]) > CALLS / 10


def test_the_same_is_true_for_keys_that_were_made_elsewhere(
    record_property: Callable[[str, object], None],
) -> None:
    """Every key is imported, rotated into one of our own format, and revoked."""
    calls = CALLS // 4
    with local_gateway(["ImportedKeys=true"]) as gateway:
        imported = partial(gateway.imported_key, "org_soak")
        history = Drive(gateway.url, gateway.admin_key("org_soak"), imported).run(calls, calls // 100)
    answers = Counter(call.status for call in history.calls)
    record_property("calls", len(history.calls))
    record_property("revocations", len(history.revocations))
    assert violations(history.calls, history.revocations) == []
    assert half_rotations(history.records) == []
    assert len(history.revocations) > calls / 100
    assert min(answers[200], answers[401]) > calls / 10
