"""A rotation in Secrets Manager that breaks off anywhere, and clients that read the secret all the while."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from local.template.template import Template
from tests.secret_rotation import Rotation, rotating

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ROTATIONS = 50


@pytest.fixture(scope="module")
def new_rotation(template: Template, dynamodb: "DynamoDBClient") -> Iterator[Callable[[], Rotation]]:
    with rotating(template, dynamodb) as made:
        yield made


@pytest.fixture
def rotation(new_rotation: Callable[[], Rotation]) -> Iterator[Rotation]:
    """A secret that was rotated before, so that a key is there to be revoked."""
    made = new_rotation()
    made.put(**made.made_key())
    made.rotate()
    yield made
    made.calls.watch = lambda: None
    made.calls.heal()


def stands_as_after_any_rotation(rotation: Rotation) -> bool:
    """Both versions' keys work, no other does, and each replaces the other."""
    current, previous = rotation.key(), rotation.key("AWSPREVIOUS")
    return (
        sorted(rotation.good()) == sorted([current.id, previous.id])
        and (current.replaces, previous.replaced_by) == (previous.id, current.id)
        and rotation.works(rotation.value()["secret"])
        and rotation.works(rotation.value("AWSPREVIOUS")["secret"])
    )


@pytest.mark.parametrize("after", [False, True], ids=["before the call", "after the call"])
def test_wherever_a_rotation_breaks_off_its_repetition_ends_it(
    rotation: Rotation, record_property: Callable[[str, object], None], *, after: bool
) -> None:
    rotation.calls.made.clear()
    assert rotation.rotate() == 0
    calls = len(rotation.calls.made)
    assert calls > 15
    for number in range(calls):
        before = rotation.key()
        rotation.calls.break_write(number, after=after)
        assert rotation.rotate() == 1, rotation.calls.made
        rotation.calls.heal()
        assert rotation.key().replaces == before.id
        assert stands_as_after_any_rotation(rotation), number
    record_property("broken calls", calls)


def test_a_client_that_reads_the_secret_at_any_moment_never_meets_a_401(
    rotation: Rotation, record_property: Callable[[str, object], None]
) -> None:
    """It reads and calls with either label after each write, since nothing else changes what it reads."""
    labels = ("AWSCURRENT", "AWSPREVIOUS")
    reads = 0

    def read_and_call() -> None:
        nonlocal reads
        for label in labels:
            assert rotation.works(rotation.value(label)["secret"]), label
            reads += 1

    rotation.calls.watch = read_and_call
    for _ in range(ROTATIONS):
        assert rotation.rotate() == 0
    rotation.calls.watch = lambda: None
    record_property("reads", reads)
    assert reads > ROTATIONS * 10
    assert stands_as_after_any_rotation(rotation)
